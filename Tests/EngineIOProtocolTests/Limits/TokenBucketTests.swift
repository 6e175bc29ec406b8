import Testing

@testable import EngineIOProtocol

@Suite struct TokenBucketTests {
    private let limit = RateLimit(perSecond: 10, burst: 3)

    @Test func `a burst passes at once, and one more does not`() {
        var bucket = TokenBucket(limit, now: start)
        let taken = (0..<4).map { _ in bucket.takeIfThere(of: limit, now: start) }
        #expect(taken == [true, true, true, false])
    }

    @Test(arguments: [(99, 0), (100, 1), (199, 1), (200, 2), (300, 3), (10_000, 3)])
    func `what was taken comes back with time, up to the burst`(milliseconds: Int, count: Int) {
        var bucket = TokenBucket(limit, now: start)
        for _ in 0..<3 { _ = bucket.takeIfThere(of: limit, now: start) }
        let later = start + .milliseconds(milliseconds)
        var taken = 0
        while bucket.takeIfThere(of: limit, now: later) { taken += 1 }
        #expect(taken == count)
    }

    @Test func `a clock that goes back fills nothing`() {
        var bucket = TokenBucket(limit, now: start)
        for _ in 0..<3 { _ = bucket.takeIfThere(of: limit, now: start) }
        let taken = [start - .seconds(100), start + .milliseconds(99)].map { bucket.takeIfThere(of: limit, now: $0) }
        #expect(taken == [false, false])
    }

    @Test func `what is taken although it is not there is a debt, until its time has come`() {
        var bucket = TokenBucket(limit, now: start)
        let isThere = bucket.take(8, of: limit, now: start)
        #expect(!isThere)
        let end = bucket.instant(of: limit)
        #expect(end >= start + .milliseconds(500) && end < start + .milliseconds(501))
        let isThereThen = bucket.take(0, of: limit, now: end)
        #expect(isThereThen)
        #expect(bucket.instant(of: limit) <= end)
    }

    @Test func `over a long time no more passes than the rate allows`() {
        let limit = RateLimit(perSecond: 7, burst: 1)
        var bucket = TokenBucket(limit, now: start)
        var passed = 0
        for step in 0..<100_000 where bucket.takeIfThere(of: limit, now: start + .milliseconds(step)) { passed += 1 }
        #expect((690...701).contains(passed))
    }

    @Test(arguments: [1e-9, 1, 1e12])
    func `rates that are far apart neither overflow nor trap`(rate: Double) {
        let limit = RateLimit(perSecond: rate)
        var bucket = TokenBucket(limit, now: start)
        bucket.take(1e15, of: limit, now: start)
        #expect(bucket.instant(of: limit) > start)
        let isThere = bucket.takeIfThere(of: limit, now: start + .seconds(1_000_000_000_000_000))
        #expect(isThere == (rate > 1e-3))
    }
}
