import SIOBytes
import SIOWebSocket
import Testing

private let start = ContinuousClock.now

private func keepAlive() -> WebSocketKeepAlive {
    WebSocketKeepAlive(interval: .seconds(25), timeout: .seconds(20), now: start)
}

@Suite struct `Keeping a connection alive` {
    @Test func `silence after a ping loses the peer`() {
        var machine = keepAlive()
        #expect(machine.deadline == start + .seconds(25))
        #expect(machine.deadlineReached(now: start + .seconds(24)) == .wait)
        #expect(machine.deadlineReached(now: start + .seconds(25)) == .sendPing([0, 0, 0, 0, 0, 0, 0, 1]))
        #expect(machine.deadline == start + .seconds(45))
        #expect(machine.deadlineReached(now: start + .seconds(44)) == .wait)
        #expect(machine.deadlineReached(now: start + .seconds(45)) == .drop)
        #expect(machine.deadline == nil && machine.deadlineReached(now: start + .seconds(100)) == .wait)
    }

    @Test func `a pong tells the round trip and begins the next interval`() {
        var machine = keepAlive()
        _ = machine.deadlineReached(now: start + .seconds(25))
        let pong: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
        #expect(machine.receivedPong(pong.span.bytes, now: start + .seconds(26)) == .seconds(1))
        #expect(machine.deadline == start + .seconds(51))
        #expect(machine.receivedPong(pong.span.bytes, now: start + .seconds(27)) == nil)
        #expect(machine.deadlineReached(now: start + .seconds(51)) == .sendPing([0, 0, 0, 0, 0, 0, 0, 2]))
        #expect(machine.receivedPong(pong.span.bytes, now: start + .seconds(52)) == nil)
    }

    @Test func `a pong that nobody asked for changes nothing`() {
        var machine = keepAlive()
        let pong: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        #expect(machine.receivedPong(pong.span.bytes, now: start + .seconds(1)) == nil)
        #expect(machine.deadline == start + .seconds(25))
        _ = machine.deadlineReached(now: start + .seconds(25))
        #expect(machine.receivedPong([UInt8]().span.bytes, now: start + .seconds(26)) == nil)
        #expect(machine.deadline == start + .seconds(45))
    }

    @Test func `a pong for a later ping answers the one that is out`() {
        var machine = keepAlive()
        machine.receivedLaterPong(now: start + .seconds(1))
        #expect(machine.deadline == start + .seconds(25))
        _ = machine.deadlineReached(now: start + .seconds(25))
        machine.receivedLaterPong(now: start + .seconds(30))
        #expect(machine.deadline == start + .seconds(55))
    }

    @Test func `who is not read is not lost as long as it takes pings`() {
        var machine = keepAlive()
        machine.resume()
        #expect(machine.deadline == start + .seconds(25))
        _ = machine.deadlineReached(now: start + .seconds(25))
        machine.hold()
        #expect(machine.deadline == start + .seconds(45))
        #expect(machine.deadlineReached(now: start + .seconds(45)) == .sendPing([0, 0, 0, 0, 0, 0, 0, 2]))
        #expect(machine.deadlineReached(now: start + .seconds(65)) == .sendPing([0, 0, 0, 0, 0, 0, 0, 3]))
        machine.resume()
        // Its pong may stand behind what was not read; that of the next one may not.
        #expect(machine.deadlineReached(now: start + .seconds(85)) == .sendPing([0, 0, 0, 0, 0, 0, 0, 4]))
        #expect(machine.deadlineReached(now: start + .seconds(105)) == .drop)
        machine.hold()
        machine.resume()
        #expect(machine.deadline == nil)
    }

    @Test func `who is not read and takes nothing is lost, whether the ping was due or not`() {
        var machine = keepAlive()
        machine.hold()
        #expect(machine.deadline == start + .seconds(25))
        #expect(machine.deadlineReached(now: start + .seconds(25), isTaking: false) != .drop)
        #expect(machine.deadlineReached(now: start + .seconds(44), isTaking: false) == .wait)
        #expect(machine.deadlineReached(now: start + .seconds(45), isTaking: false) == .drop)

        var overdue = keepAlive()
        _ = overdue.deadlineReached(now: start + .seconds(25))
        overdue.hold()
        #expect(overdue.deadlineReached(now: start + .seconds(46), isTaking: false) == .drop)
    }

    @Test func `reading in between postpones nothing`() {
        var machine = keepAlive()
        for _ in 0..<3 {
            machine.hold()
            machine.resume()
        }
        #expect(machine.deadline == start + .seconds(25))
        _ = machine.deadlineReached(now: start + .seconds(25))
        machine.hold()
        machine.resume()
        #expect(machine.deadlineReached(now: start + .seconds(45), isTaking: false) == .drop)
    }

    @Test func `a pong that was read late begins the next interval`() {
        var machine = keepAlive()
        _ = machine.deadlineReached(now: start + .seconds(25))
        machine.hold()
        machine.resume()
        let pong: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
        #expect(machine.receivedPong(pong.span.bytes, now: start + .seconds(40)) == .seconds(15))
        #expect(machine.deadline == start + .seconds(65))
    }
}

extension WebSocketKeepAlive {
    fileprivate mutating func deadlineReached(now: Instant, isTaking: Bool = true) -> DeadlineAction {
        deadlineReached(now: now, takesMore: { isTaking })
    }
}
