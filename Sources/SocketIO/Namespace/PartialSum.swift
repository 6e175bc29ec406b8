import Synchronization

/// A sum whose parts come from several threads.
final class PartialSum: Sendable {
    private let state: Mutex<(sum: Int, missing: Int)>

    init(parts: Int) {
        state = Mutex((0, parts))
    }

    /// Adds a part.
    ///
    /// - Returns: The sum, if it was the last one.
    func add(_ part: Int) -> Int? {
        state.withLock { state in
            state.sum += part
            state.missing -= 1
            return state.missing == 0 ? state.sum : nil
        }
    }
}
