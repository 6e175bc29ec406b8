import SIONet
import Synchronization

/// The handlers of events that other servers send: a namespace's, or those that a parent's children begin with.
public final class ServerSideListeners: Sendable {
    typealias Body = @Sendable (borrowing ServerSideEvent) throws -> Void

    private struct Entry: Sendable {
        let number: Int
        let event: String
        let body: Body
    }

    /// What a parent's handlers were when its child began.
    ///
    /// They stay the parent's, so that one that is taken off there is taken off everywhere.
    private struct Inheritance: Sendable {
        let listeners: ServerSideListeners
        let lastNumber: Int
    }

    private struct State {
        var inheritance: Inheritance?
        var entries: [Entry] = []
        var lastNumber = 0
    }

    private let state: Mutex<State>

    /// No handlers but those that the parent has now.
    init(of parent: ServerSideListeners? = nil) {
        let inheritance = parent.map { parent in
            Inheritance(listeners: parent, lastNumber: parent.state.withLock { $0.lastNumber })
        }
        state = Mutex(State(inheritance: inheritance))
    }

    func add(_ event: String, _ body: @escaping Body) -> ServerSideListener {
        let number = state.withLock { state in
            state.lastNumber += 1
            state.entries.append(Entry(number: state.lastNumber, event: event, body: body))
            return state.lastNumber
        }
        return ServerSideListener(number: number, listeners: self)
    }

    func remove(_ number: Int) {
        // What they hold goes behind the lock.
        state.letGo { state in
            let old = state.entries
            state.entries.removeAll { $0.number == number }
            return old
        }
    }

    /// Lets go of all handlers.
    func close() {
        state.letGo { state in
            let old = state
            state.entries = []
            state.inheritance = nil
            return old
        }
    }

    /// The handlers of an event: the parent's, then those that were added here.
    func handlers(of event: String) -> [Body] {
        let (inheritance, own) = state.withLock { ($0.inheritance, $0.entries) }
        var entries = own
        if let inheritance {
            entries = inheritance.listeners.entries(until: inheritance.lastNumber) + own
        }
        return entries.compactMap { $0.event == event ? $0.body : nil }
    }

    private func entries(until number: Int) -> [Entry] {
        state.withLock { $0.entries.filter { $0.number <= number } }
    }
}

/// A handler that listens to events of other servers: a token to take it off again.
public struct ServerSideListener: Sendable {
    let number: Int
    let listeners: ServerSideListeners

    /// Takes the handler off: of a ``ParentNamespace``, in all its children.
    public func off() {
        listeners.remove(number)
    }
}
