import SIONet
import Synchronization

/// How many WebSockets a server has, and may have, those that are being decided on among them, and when it has none any more.
final class WebSocketCensus: Sendable {
    private struct State {
        var count = 0
        var isClosed = false
    }

    private let limit: Int?
    private let state = Mutex(State())
    private let isQuiet = OneTimeEvent()

    init(limit: Int?) {
        self.limit = limit
    }

    var count: Int { state.withLock { $0.count } }

    /// Counts one more, unless there are as many as may be; then ``leave()`` is to be called once.
    func enter() -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.count < limit ?? .max else { return false }
            state.count += 1
            return true
        }
    }

    func leave() {
        let isLast = state.withLock { state in
            state.count -= 1
            return state.isClosed && state.count == 0
        }
        if isLast { isQuiet.fire() }
    }

    /// Lets nobody in any more.
    ///
    /// - Returns: What happens when nobody is left.
    func close() -> OneTimeEvent {
        let isEmpty = state.withLock { state in
            state.isClosed = true
            return state.count == 0
        }
        if isEmpty { isQuiet.fire() }
        return isQuiet
    }

    /// Waits for nobody any more.
    func giveUp() {
        isQuiet.fire()
    }
}
