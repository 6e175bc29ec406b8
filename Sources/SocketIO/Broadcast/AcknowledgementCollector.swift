public import SIOJSON
import Synchronization

/// Gathers the answers of many clients to one packet.
///
/// Each party that sends the packet on, an event loop or a server, is expected first, then says how many clients it
/// reached. When all parties have spoken and all clients have answered or left, or when the time is up, it is over.
public final class AcknowledgementCollector: Sendable {
    private struct State {
        var parties = 0
        var clients = 0
        var settled = 0
        var responses: [RawJSON] = []
        var isOver = false
        /// The answers that suffice.
        var enough = Int.max
        var waiting: CheckedContinuation<Void, Never>?

        var isComplete: Bool { parties <= 0 && settled >= clients || responses.count >= enough }
    }

    private let state = Mutex(State())

    /// A collector that has heard of nobody yet.
    public init() {}

    /// A collector that is content with so many answers.
    init(enough: Int) {
        state.withLock { $0.enough = enough }
    }

    /// Parties will say how many clients they reach.
    public func expectServers(_ count: Int) {
        change { $0.parties += count }
    }

    /// One party reaches so many clients.
    public func expectClients(_ count: Int) {
        change { state in
            state.parties -= 1
            state.clients += count
        }
    }

    /// A party that goes on speaking reaches so many clients more.
    func addClients(_ count: Int) {
        change { $0.clients += count }
    }

    /// A client answered.
    public func answered(_ response: RawJSON) {
        change { state in
            guard !state.isOver else { return }
            state.settled += 1
            state.responses.append(response)
        }
    }

    /// A client left without an answer, which is then not waited for.
    public func left() { left(1) }

    /// Clients left without an answer.
    func left(_ count: Int) {
        change { state in
            guard !state.isOver else { return }
            state.settled += count
        }
    }

    /// The time is up, or nobody wants the answers any more.
    func giveUp() {
        change { $0.isOver = true }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            body(&state)
            if state.isComplete { state.isOver = true }
            guard state.isOver else { return nil }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Waits for the end.
    ///
    /// It is to be called once.
    ///
    /// - Returns: The answers in the order of their arrival, and whether all clients that stayed have answered.
    public func result() async -> (responses: [RawJSON], isComplete: Bool) {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiting = continuation }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
        return state.withLock { ($0.responses, $0.isComplete) }
    }
}
