import Testing

@testable import SIOBytes

@Suite struct MomentTests {
    private let now = ContinuousClock.now

    @Test(arguments: [Duration.zero, .nanoseconds(1), .seconds(25), .seconds(-3), .seconds(1 << 40)])
    func `a moment is the instant that it was made of`(distance: Duration) {
        let instant = now + distance
        #expect(Moment(instant).instant == instant)
        #expect(Moment(now) + distance == Moment(instant))
    }

    @Test func `moments are ordered as instants are`() {
        #expect(Moment(now) < Moment(now + .nanoseconds(1)))
        #expect(!(Moment(now) < Moment(now)))
        #expect(Moment(now - .seconds(1)) < Moment(now))
    }
}
