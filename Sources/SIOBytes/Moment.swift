/// A moment on the continuous clock, as the time since another one that the process has chosen.
///
/// What `ContinuousClock.Instant` is made of is known to the standard library alone: a type that holds one is laid out at run
/// time, and whatever stands behind it has to be looked for. How long a `Duration` is, is known to the compiler.
package struct Moment: Comparable, Sendable {
    /// The time since the reference.
    package var time: Duration

    /// What is counted from: any moment would do.
    private static let reference = ContinuousClock.now

    @inlinable
    package init(time: Duration) {
        self.time = time
    }

    package init(_ instant: ContinuousClock.Instant) {
        time = Self.reference.duration(to: instant)
    }

    package var instant: ContinuousClock.Instant { Self.reference + time }

    @inlinable
    package static func < (left: Self, right: Self) -> Bool { left.time < right.time }

    @inlinable
    package static func + (moment: Self, duration: Duration) -> Self { Self(time: moment.time + duration) }
}
