import SIOBytes
import Synchronization

/// How many connections there are, on whatever loops, and how many there may be.
final class ConnectionCount: Sendable {
    private let limit: Int
    private let count = Atomic<Int>(0)

    /// - Parameter limit: The most connections, 0 or more.
    init(limit: Int) {
        precondition(limit >= 0, "a negative number of connections")
        self.limit = limit
    }

    /// Counts one more, unless there are as many as may be.
    ///
    /// - Returns: Whether it was counted; then ``leave()`` is to be called once.
    func enter() -> Bool {
        guard count.add(1, ordering: .relaxed).newValue > limit else { return true }
        leave()
        return false
    }

    /// Counts what outlives a connection that was counted, whatever the limit: ``leave()`` is to be called once.
    func hold() {
        count.add(1, ordering: .relaxed)
    }

    func leave() {
        count.subtract(1, ordering: .relaxed)
    }
}

/// The stage of a connection that was answered before it asked.
final class RefusedConnection: ConnectionStage {
    func received(_ window: inout MutableRawSpan) -> Int { window.byteCount }
    func receivedEnd() {}
    func closed() {}
}
