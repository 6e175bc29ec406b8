import SIOEvents
import SIOJSON
import SIONet
import Synchronization

/// Who listens to the events that other servers send to the servers of a namespace.
final class ServerSideListeners: Sendable {
    typealias Body = @Sendable (borrowing ServerSideEvent) throws -> Void

    private struct Entry: Sendable {
        let number: Int
        let event: String
        let body: Body
    }

    private struct State {
        var entries: [Entry] = []
        var lastNumber = 0
    }

    private let state = Mutex(State())
    let namespace: String
    /// Where the handlers are called.
    let home: EventLoop
    /// The handlers that run as tasks.
    let runningTasks = Atomic<Int>(0)
    private let reports: ErrorReports

    init(namespace: String, home: EventLoop, reports: ErrorReports) {
        self.namespace = namespace
        self.home = home
        self.reports = reports
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
        removeEntries { $0.number == number }
    }

    func close() {
        removeEntries { _ in true }
    }

    private func removeEntries(_ isMeant: (Entry) -> Bool) {
        // What they hold goes behind the lock.
        _ = state.withLock { state in
            let old = state.entries
            state.entries.removeAll(where: isMeant)
            return old
        }
    }

    /// Calls the handlers of an event, in a turn of the loop.
    func receive(_ event: RawJSON, reply: (@Sendable (RawJSON) -> Void)?) {
        let answer = reply.map { ServerSideReply($0) }
        home.post { [self] in
            do {
                try call(event, answer)
            } catch {
                reports.report(ClusterError(.malformedMessage, detail: "\(error)"))
            }
        }
    }

    private func call(_ event: RawJSON, _ reply: ServerSideReply?) throws {
        let (text, attachments) = event.numbered
        try JSONParser.reading(text.span.bytes) { array in
            var arguments = array.elements
            guard let name = arguments.next()?.string else {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "an event without a name"))
            }
            let incoming = ServerSideEvent(
                name: name, elements: arguments, attachments: attachments, reply: reply, listeners: self)
            for entry in state.withLock({ $0.entries }) where entry.event == name {
                do {
                    try entry.body(incoming)
                } catch {
                    report(error, event: name)
                }
            }
        }
    }

    func report(_ error: any Error, event: String) {
        reports.report(HandlerError(namespace: namespace, socketID: "", event: event, underlying: error))
    }
}

/// A handler that listens to events of other servers: a token to take it off again.
public struct ServerSideListener: Sendable {
    let number: Int
    let listeners: ServerSideListeners

    /// Takes the handler off.
    public func off() {
        listeners.remove(number)
    }
}
