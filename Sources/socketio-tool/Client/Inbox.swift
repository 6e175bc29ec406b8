import SIOEvents
import SIOJSON
import Synchronization

/// What a command that stays connected has to deal with.
enum Incident: Sendable {
    /// The socket is connected, for the first time or again.
    case connected
    /// An event arrived; with what answers it, if the server wants an answer.
    case event(String, EventArguments, Acknowledgement?)
    /// So many events were dropped, because they came faster than they were written.
    case dropped(Int)
    /// A line was typed; nil is the end of them.
    case line(String?)
    /// A line was passed over.
    case lineTooLong(LineTooLong)
    /// An event that was sent was acknowledged, or was not.
    case answer(String, Result<RawJSON, any Error>)
    /// The tool is asked to end.
    case interrupted
    /// There will be no connection any more.
    case over(String)
}

/// Incidents, in order, for one task that takes them.
///
/// Events are dropped beyond a bound: a server cannot fill the memory while nobody reads what the tool writes.
final class Inbox: Sendable {
    /// The most events that wait.
    static let maxEvents = 16 * 1024
    /// The most bytes of events that wait.
    static let maxEventBytes = 64 * 1024 * 1024

    private let state = Mutex(State())

    private struct State {
        var incoming: [Incident] = []
        /// The next one is the last.
        var outgoing: [Incident] = []
        var events = 0
        var bytes = 0
        var dropped = 0
        var waiting: CheckedContinuation<Incident, Never>?

        mutating func hasRoom(for incident: Incident) -> Bool {
            guard case .event(_, let arguments, _) = incident else { return true }
            guard events < Inbox.maxEvents, bytes + arguments.size <= Inbox.maxEventBytes else {
                dropped += 1
                return false
            }
            events += 1
            bytes += arguments.size
            return true
        }

        mutating func take() -> Incident? {
            if dropped > 0, incoming.isEmpty, outgoing.isEmpty {
                defer { dropped = 0 }
                return .dropped(dropped)
            }
            if outgoing.isEmpty { (outgoing, incoming) = (incoming.reversed(), []) }
            guard let incident = outgoing.popLast() else { return nil }
            if case .event(_, let arguments, _) = incident {
                events -= 1
                bytes -= arguments.size
            }
            return incident
        }
    }

    func push(_ incident: Incident) {
        let handOver = state.withLock { state -> (CheckedContinuation<Incident, Never>, Incident)? in
            guard state.hasRoom(for: incident) else { return nil }
            state.incoming.append(incident)
            guard let waiting = state.waiting, let next = state.take() else { return nil }
            state.waiting = nil
            return (waiting, next)
        }
        if let (waiting, next) = handOver { waiting.resume(returning: next) }
    }

    /// The next incident; one task at a time asks.
    func next() async -> Incident {
        await withCheckedContinuation { continuation in
            let next = state.withLock { state -> Incident? in
                if let next = state.take() { return next }
                state.waiting = continuation
                return nil
            }
            if let next { continuation.resume(returning: next) }
        }
    }
}

extension EventArguments {
    /// The bytes that the arguments take.
    fileprivate var size: Int { attachments.reduce(text.count) { $0 + $1.count } }
}
