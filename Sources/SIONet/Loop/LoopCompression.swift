package import SIOWebSocket

/// What a loop's connections compress with, given back when nobody needs it.
package final class LoopCompression: DeadlineOwner {
    /// What was not used for this long, or up to twice as long, is given back.
    var interval: Duration = .seconds(10)
    private unowned let core: LoopCore
    private let held = DeflatePool()
    private let deadline = Deadline()

    init(_ core: LoopCore) {
        self.core = core
    }

    /// The loop's pool, to be used at once.
    package var pool: DeflatePool {
        if !deadline.isSet { core.set(deadline, of: self, to: core.now + interval) }
        return held
    }

    /// Whether no memory is held.
    var isEmpty: Bool { held.isEmpty }

    package func deadlineReached(now: ContinuousClock.Instant) {
        held.sweep()
        if !held.isEmpty { core.set(deadline, of: self, to: now + interval) }
    }
}
