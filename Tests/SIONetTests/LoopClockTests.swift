import Testing

@testable import SIONet

@Suite struct LoopClockTests {
    @Test func `the exact time is on the clock of the turn's time, and goes on within a turn`() async {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let (turn, first, second) = await loop.call {
            (loop.core.now, loop.core.exactNow, loop.core.exactNow)
        }
        #expect(turn <= first && first < second)
        #expect(second - turn < .seconds(10))
        await group.shutdown()
    }

    @Test func `a machine that has not slept has no time asleep, and what it sleeps is added`() async {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let before = await loop.call { loop.core.timeAsleep }
        #expect(before > .seconds(-1) && before < .seconds(1))
        let after = await loop.call {
            loop.core.pretendedSleep = .seconds(60)
            return loop.core.timeAsleep
        }
        #expect(after > .seconds(59) && after < .seconds(61))
        await group.shutdown()
    }
}
