/// The growing, jittered time between two attempts to connect.
///
/// The reference's arithmetic, in whole milliseconds: `delay · factor^attempts`, give or take a random part of it, and at
/// most `maximum`.
package struct Backoff: Sendable {
    /// The first delay, before jitter.
    package var delay: Duration
    /// The longest delay.
    package var maximum: Duration
    /// What the delay is multiplied with from one attempt to the next.
    package var factor: Double
    /// How much of a delay is left to chance, 0…1; anything else counts as 0, as in the reference.
    package var randomizationFactor: Double
    /// The delays that were taken since the last reset.
    package private(set) var attempts = 0

    package init(
        delay: Duration = .seconds(1), maximum: Duration = .seconds(5), factor: Double = 2,
        randomizationFactor: Double = 0.5
    ) {
        self.delay = delay
        self.maximum = maximum
        self.factor = factor
        self.randomizationFactor = randomizationFactor
    }

    /// The time to wait before the next attempt.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let exponent = attempts
        if attempts < Int.max { attempts += 1 }
        return duration(exponent: exponent, chance: .random(in: 0..<1, using: &generator))
    }

    /// The connection stands: delays begin anew.
    package mutating func reset() {
        attempts = 0
    }

    /// The delay behind so many others.
    ///
    /// - Parameters:
    ///   - exponent: The number of delays before.
    ///   - chance: At least 0 and below 1. It says how far the delay is off, and its first decimal in which direction.
    /// - Returns: Whole milliseconds.
    func duration(exponent: Int, chance: Double) -> Duration {
        var milliseconds = delay / .milliseconds(1)
        for _ in 0..<exponent {
            // What is too large for a double is too large for any maximum: the reference would get no delay at all out of it.
            guard milliseconds > 0, milliseconds < Self.ceiling, factor != 1 else { break }
            milliseconds *= factor
        }
        milliseconds = min(milliseconds, Self.ceiling)
        if randomizationFactor > 0, randomizationFactor <= 1 {
            let deviation = (chance * randomizationFactor * milliseconds).rounded(.down)
            milliseconds += Int(chance * 10).isMultiple(of: 2) ? -deviation : deviation
        }
        return .milliseconds(Int64(max(0, min(milliseconds, maximum / .milliseconds(1), Self.ceiling))))
    }

    /// 2^53 ms: up to here a double counts milliseconds exactly.
    private static let ceiling = 0x1p53
}
