import Synchronization

/// Something that happens once, which tasks may wait for.
package final class OneTimeEvent: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Void, Never>])
        case happened
    }

    private let state = Mutex(State.waiting([]))

    package init() {}

    package func fire() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard case .waiting(let continuations) = state else { return [] }
            state = .happened
            return continuations
        }
        for continuation in waiting { continuation.resume() }
    }

    package func wait() async {
        await withCheckedContinuation { continuation in
            let happened = state.withLock { state in
                guard case .waiting(var continuations) = state else { return true }
                continuations.append(continuation)
                state = .waiting(continuations)
                return false
            }
            if happened { continuation.resume() }
        }
    }
}
