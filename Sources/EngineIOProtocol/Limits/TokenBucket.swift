/// What is left of a ``RateLimit``: a bucket that fills steadily, and from which is taken what comes.
///
/// The limit is a parameter of each call, so that many buckets share one.
package struct TokenBucket: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// What is left, as of ``filled``; less than nothing if more was taken than there was.
    private var tokens: Double
    private var filled: Instant

    /// A full bucket.
    package init(_ limit: RateLimit, now: Instant) {
        tokens = limit.burst
        filled = now
    }

    /// Takes the amount if there is as much.
    ///
    /// - Returns: Whether it was taken.
    package mutating func takeIfThere(_ amount: Double = 1, of limit: RateLimit, now: Instant) -> Bool {
        fill(limit, now)
        guard tokens >= amount else { return false }
        tokens -= amount
        return true
    }

    /// Takes the amount, which has come already.
    ///
    /// - Returns: Whether there was as much; if not, the bucket is in debt until ``instant(of:owing:)``.
    @discardableResult
    package mutating func take(_ amount: Double, of limit: RateLimit, now: Instant) -> Bool {
        fill(limit, now)
        tokens -= amount
        return tokens >= 0
    }

    /// When there will be the amount, if nothing is taken meanwhile; 0 asks for the end of the debt.
    package func instant(of limit: RateLimit, owing amount: Double = 0) -> Instant {
        guard tokens < amount else { return filled }
        // A part of a nanosecond more, so that the instant is not too early by an error of rounding.
        return filled + .nanoseconds(Int64(min((amount - tokens) / limit.perSecond * 1e9 + 1, 9e18)))
    }

    private mutating func fill(_ limit: RateLimit, _ now: Instant) {
        // A clock that went back fills nothing.
        guard now > filled else { return }
        let (seconds, attoseconds) = (now - filled).components
        tokens = min(limit.burst, tokens + (Double(seconds) + Double(attoseconds) * 1e-18) * limit.perSecond)
        filled = now
    }
}
