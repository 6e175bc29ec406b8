/// A clock that stands still until a test moves it.
///
/// The machines of this package take the time as an argument, so a test that lasts minutes of virtual time takes
/// microseconds, and no test waits.
public struct VirtualClock: Sendable {
    /// The present.
    public private(set) var now: ContinuousClock.Instant

    /// The instant the clock was made at.
    public let start: ContinuousClock.Instant

    /// A clock that shows `start`; which instant that is makes no difference to anybody.
    public init(startingAt start: ContinuousClock.Instant = .now) {
        self.start = start
        now = start
    }

    /// The time since the start.
    public var elapsed: Duration { now - start }

    /// Moves the clock on.
    ///
    /// - Precondition: `duration` is not negative.
    public mutating func advance(by duration: Duration) {
        precondition(duration >= .zero, "a clock does not go back")
        now += duration
    }

    /// Moves the clock on to `instant`, or leaves it where it is when that has passed.
    public mutating func advance(to instant: ContinuousClock.Instant) {
        now = max(now, instant)
    }
}
