import SIONet

/// Calls a cluster's adapter at its deadline; it lives on one loop, and does not hold the adapter.
final class ClusterTimer: DeadlineOwner {
    private weak var adapter: ClusterAdapter?
    private let loop: EventLoop
    private var deadline: Deadline?

    init(loop: EventLoop) {
        self.loop = loop
    }

    /// Has the adapter called at the instant, or earlier; called on the loop.
    ///
    /// A later deadline needs no call: one that comes early is harmless.
    func set(for adapter: ClusterAdapter, to instant: ContinuousClock.Instant) {
        self.adapter = adapter
        if let set = deadline?.instant, set <= instant { return }
        loop.core.set(&deadline, of: self, to: instant)
    }

    /// Nobody is called any more; called on the loop.
    func clear() {
        adapter = nil
        loop.core.set(&deadline, of: self, to: nil)
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        adapter?.deadlineReached()
    }
}
