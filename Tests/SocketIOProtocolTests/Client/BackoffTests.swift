import SocketIOTesting
import Testing

@testable import SocketIOProtocol

@Suite struct BackoffTests {
    /// What the reference's own lines give for these numbers.
    @Test(arguments: [
        // attempts before, chance, milliseconds
        (0, 0.0, 1_000), (0, 0.05, 975), (0, 0.15, 1_075), (0, 0.95, 1_475), (0, 0.999, 1_499), (0, 0.85, 575),
        (1, 0.0, 2_000), (1, 0.25, 1_750), (1, 0.35, 2_350), (2, 0.41, 3_180), (2, 0.5, 5_000), (3, 0.81, 4_760),
        (3, 0.0, 5_000), (4, 0.89, 5_000), (9, 0.999, 5_000),
    ]) func `a delay is the reference's`(attempts: Int, chance: Double, milliseconds: Int) {
        let backoff = Backoff()
        #expect(backoff.duration(exponent: attempts, chance: chance) == .milliseconds(milliseconds))
    }

    @Test func `delays grow from one attempt to the next, and begin anew behind a reset`() {
        var generator = SeededGenerator(seed: 1)
        var backoff = Backoff(
            delay: .milliseconds(100), maximum: .seconds(60), factor: 3, randomizationFactor: 0)
        let delays = (0..<4).map { _ in backoff.next(using: &generator) }
        #expect(delays == [100, 300, 900, 2_700].map { .milliseconds($0) })
        #expect(backoff.attempts == 4)
        backoff.reset()
        #expect(backoff.attempts == 0)
        #expect(backoff.next(using: &generator) == .milliseconds(100))
    }

    @Test func `chance moves a delay within the factor, in both directions, and over all of the range`() {
        var generator = SeededGenerator(seed: 2)
        var delays: [Duration] = []
        for _ in 0..<10_000 {
            var backoff = Backoff()
            delays.append(backoff.next(using: &generator))
        }
        #expect(delays.allSatisfy { $0 >= .milliseconds(500) && $0 < .milliseconds(1_500) })
        #expect(delays.contains { $0 < .milliseconds(600) } && delays.contains { $0 > .milliseconds(1_400) })
    }

    @Test(arguments: [62, 63, 64, 1_023, 1_024, 1_025, 1_000_000, Int.max])
    func `however many attempts were made, the delay is the longest one`(attempts: Int) {
        for chance in [0.0, 0.5, 0.85, 0.999_999] {
            #expect(Backoff().duration(exponent: attempts, chance: chance) == .seconds(5))
        }
    }

    @Test func `attempts are counted on where counting ends`() {
        var generator = SeededGenerator(seed: 3)
        var backoff = Backoff(delay: .zero)
        for _ in 0..<3_000 { #expect(backoff.next(using: &generator) == .zero) }
        #expect(backoff.attempts == 3_000)
    }

    @Test(arguments: [-1.0, 1.5, Double.nan, Double.infinity])
    func `a factor of chance that is none leaves the delay as it is`(factor: Double) {
        let backoff = Backoff(randomizationFactor: factor)
        #expect(backoff.duration(exponent: 0, chance: 0.999) == .seconds(1))
    }

    @Test func `values that make no sense give a delay that does no harm`() {
        let longest = Duration.seconds(Int64.max)
        #expect(Backoff(delay: .seconds(-1)).duration(exponent: 3, chance: 0.5) == .zero)
        #expect(Backoff(maximum: .seconds(-1)).duration(exponent: 3, chance: 0.5) == .zero)
        #expect(Backoff(factor: 0).duration(exponent: 5, chance: 0) == .zero)
        #expect(Backoff(factor: -2).duration(exponent: 1, chance: 0) == .zero)
        #expect(Backoff(factor: .nan).duration(exponent: 1, chance: 0) <= .seconds(5))
        #expect(Backoff(delay: longest, maximum: longest).duration(exponent: 9, chance: 0) > .seconds(1_000_000))
    }
}
