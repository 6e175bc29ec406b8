import Testing

@testable import EngineIOProtocol

@Suite struct ClientRateTests {
    private let messages = RateLimit(perSecond: 10, burst: 2)
    private let bytes = RateLimit(perSecond: 1000, burst: 100)

    @Test func `without limits nothing is too much`() {
        var rate = ClientRate(ClientRate.Limits(), now: start)
        func receive(_ messages: Int, _ bytes: Int, _ now: ClientRate.Instant = start) -> ClientRate.Excess? {
            rate.received(messages: messages, bytes: bytes, now: now)
        }
        #expect(ClientRate.Limits().isNone)
        #expect(receive(1 << 40, 1 << 50) == nil)
        #expect(rate.settled(now: start) == start)
    }

    @Test func `a message more than may come at once is too much`() {
        var rate = ClientRate(ClientRate.Limits(messages: messages), now: start)
        func receive(_ messages: Int, _ bytes: Int, _ now: ClientRate.Instant = start) -> ClientRate.Excess? {
            rate.received(messages: messages, bytes: bytes, now: now)
        }
        let excesses = (0..<3).map { _ in receive(1, 1000) }
        #expect(excesses == [nil, nil, .messages(messages)])
        let settled = rate.settled(now: start)
        #expect(settled >= start + .milliseconds(100) && settled < start + .milliseconds(101))
    }

    @Test func `a byte more than may come at once is too much`() {
        var rate = ClientRate(ClientRate.Limits(bytes: bytes), now: start)
        func receive(_ messages: Int, _ bytes: Int, _ now: ClientRate.Instant = start) -> ClientRate.Excess? {
            rate.received(messages: messages, bytes: bytes, now: now)
        }
        #expect(receive(1, 100) == nil)
        #expect(receive(1, 1) == .bytes(bytes))
    }

    @Test func `the longer of two debts counts`() {
        var rate = ClientRate(ClientRate.Limits(messages: messages, bytes: bytes), now: start)
        func receive(_ messages: Int, _ bytes: Int, _ now: ClientRate.Instant = start) -> ClientRate.Excess? {
            rate.received(messages: messages, bytes: bytes, now: now)
        }
        #expect(receive(3, 2100) == .messages(messages))
        let settled = rate.settled(now: start)
        #expect(settled >= start + .seconds(2) && settled < start + .milliseconds(2001))
        #expect(receive(0, 0, settled) == nil)
    }
}
