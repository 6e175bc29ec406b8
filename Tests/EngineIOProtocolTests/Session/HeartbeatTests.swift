import EngineIOProtocol
import Testing

@Suite struct HeartbeatTests {
    private func make() -> Heartbeat {
        Heartbeat(interval: .seconds(25), timeout: .seconds(20), now: start)
    }

    @Test func `silence after a ping loses the peer`() {
        var heartbeat = make()
        #expect(heartbeat.deadline == start + .seconds(25))
        #expect(heartbeat.deadlineReached(now: start + .seconds(24)) == .wait)
        #expect(heartbeat.deadlineReached(now: start + .seconds(25)) == .sendPing)
        #expect(heartbeat.deadline == start + .seconds(45))
        #expect(heartbeat.deadlineReached(now: start + .seconds(44)) == .wait)
        #expect(heartbeat.deadlineReached(now: start + .seconds(45)) == .close(.pingTimeout))
        #expect(heartbeat.deadline == nil)
        #expect(heartbeat.deadlineReached(now: start + .seconds(99)) == .wait)
    }

    @Test func `a pong starts the next interval`() {
        var heartbeat = make()
        #expect(heartbeat.deadlineReached(now: start + .seconds(25)) == .sendPing)
        heartbeat.pongReceived(now: start + .seconds(30))
        #expect(heartbeat.deadline == start + .seconds(55))
        #expect(heartbeat.deadlineReached(now: start + .seconds(45)) == .wait)
    }

    @Test func `a pong that nobody asked for changes nothing`() {
        var heartbeat = make()
        heartbeat.pongReceived(now: start + .seconds(20))
        #expect(heartbeat.deadline == start + .seconds(25))
        #expect(heartbeat.deadlineReached(now: start + .seconds(25)) == .sendPing)
    }

    @Test func `a late timer leaves the pong its whole time`() {
        var heartbeat = make()
        #expect(heartbeat.deadlineReached(now: start + .seconds(60)) == .sendPing)
        #expect(heartbeat.deadline == start + .seconds(80))
    }

    @Test func `a client of the third version pings, and may take interval and timeout for it`() {
        var heartbeat = Heartbeat(interval: .seconds(25), timeout: .seconds(20), version: .v3, now: start)
        #expect(heartbeat.deadline == start + .seconds(45))
        #expect(heartbeat.deadlineReached(now: start + .seconds(44)) == .wait)
        heartbeat.pingReceived(now: start + .seconds(44))
        #expect(heartbeat.deadline == start + .seconds(89))
        #expect(heartbeat.deadlineReached(now: start + .seconds(45)) == .wait)
        heartbeat.pongReceived(now: start + .seconds(50))
        #expect(heartbeat.deadlineReached(now: start + .seconds(89)) == .close(.pingTimeout))
        #expect(heartbeat.deadline == nil)
        heartbeat.pingReceived(now: start + .seconds(90))
        #expect(heartbeat.deadline == nil)
    }

    @Test func `a ping of the fourth version puts nothing off`() {
        var heartbeat = make()
        heartbeat.pingReceived(now: start + .seconds(20))
        #expect(heartbeat.deadline == start + .seconds(25))
    }

    @Test func `a client waits for interval and timeout since the last ping`() {
        var heartbeat = ClientHeartbeat(pingInterval: .seconds(25), pingTimeout: .seconds(20), now: start)
        #expect(heartbeat.deadline == start + .seconds(45))
        #expect(!heartbeat.isExpired(now: start + .seconds(44)))
        #expect(heartbeat.isExpired(now: start + .seconds(45)))
        heartbeat.pingReceived(now: start + .seconds(25))
        #expect(heartbeat.deadline == start + .seconds(70))
    }
}
