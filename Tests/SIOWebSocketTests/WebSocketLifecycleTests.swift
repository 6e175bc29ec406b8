import SIOWebSocket
import Testing

private let start = ContinuousClock.now
private let normal = WebSocketCloseFrame(code: .normalClosure)
private let away = WebSocketCloseFrame(code: .goingAway, reason: "bye")

private func lifecycle(_ role: WebSocketRole) -> WebSocketLifecycle {
    WebSocketLifecycle(role: role, closeTimeout: .seconds(5))
}

@Suite struct `The closing handshake` {
    @Test(arguments: roles) func `an open connection owes nothing`(role: WebSocketRole) {
        var machine = lifecycle(role)
        #expect(machine.isOpen && machine.answersPings && !machine.isClosed)
        #expect(machine.deadline == nil)
        #expect(machine.deadlineReached(now: start + .seconds(1_000_000)) == .wait)
    }

    @Test(arguments: roles) func `closing twice sends one close frame`(role: WebSocketRole) {
        var machine = lifecycle(role)
        #expect(machine.close(.goingAway, reason: "bye", now: start) == .send(away))
        #expect(machine.close(.normalClosure, now: start) == .none)
        #expect(!machine.isOpen && machine.answersPings)
        #expect(machine.closure.initiator == .local && machine.closure.sent == away && !machine.closure.isClean)
    }

    @Test func `a server that closes first ends the connection with the answer`() {
        var machine = lifecycle(.server)
        _ = machine.close(.goingAway, reason: "bye", now: start)
        #expect(machine.receivedClose(normal, now: start) == .closeConnection)
        #expect(machine.isClosed && machine.deadline == nil && !machine.answersPings)
        #expect(machine.closure.isClean && machine.closure.code == .normalClosure)
        #expect(machine.closure.initiator == .local)
    }

    @Test func `a client that closes first waits for the server to end the connection`() {
        var machine = lifecycle(.client)
        _ = machine.close(now: start)
        #expect(machine.receivedClose(away, now: start + .seconds(2)) == .wait)
        #expect(machine.deadline == start + .seconds(7) && !machine.isClosed && !machine.answersPings)
        let closure = machine.receivedEnd()
        #expect(closure.isClean && closure.code == .goingAway && closure.reason == "bye")
        #expect(machine.isClosed && machine.deadline == nil)
    }

    @Test func `a server answers with the code that came and ends the connection`() {
        var machine = lifecycle(.server)
        let reply = WebSocketCloseFrame(code: .goingAway)
        #expect(machine.receivedClose(away, now: start) == .replyAndCloseConnection(reply))
        #expect(machine.isClosed && !machine.isOpen && !machine.answersPings)
        #expect(machine.close(.normalClosure, now: start) == .none)
        let closure = machine.receivedEnd()
        #expect(closure.initiator == .remote && closure.received == away && closure.sent == reply && closure.isClean)
    }

    @Test func `a client answers with the code that came and waits`() {
        var machine = lifecycle(.client)
        #expect(machine.receivedClose(away, now: start) == .reply(WebSocketCloseFrame(code: .goingAway)))
        #expect(machine.deadline == start + .seconds(5))
        #expect(machine.close(.normalClosure, now: start) == .none)
        #expect(machine.deadlineReached(now: start + .seconds(5)) == .drop)
        #expect(machine.isClosed && machine.closure.isClean && machine.closure.code == .goingAway)
    }

    @Test(arguments: roles) func `an empty close frame is answered with one, and means 1005`(role: WebSocketRole) {
        var machine = lifecycle(role)
        let action = machine.receivedClose(WebSocketCloseFrame(), now: start)
        let empty = WebSocketCloseFrame()
        #expect(action == (role == .server ? .replyAndCloseConnection(empty) : .reply(empty)))
        #expect(machine.closure.code == .noStatusReceived && machine.closure.isClean)
    }

    @Test(arguments: roles) func `a second close frame changes nothing`(role: WebSocketRole) {
        var machine = lifecycle(role)
        _ = machine.receivedClose(normal, now: start)
        let before = machine.closure
        #expect(machine.receivedClose(away, now: start + .seconds(1)) == .wait)
        #expect(machine.closure == before)
    }

    @Test(arguments: roles) func `a close frame that is never answered runs out of time`(role: WebSocketRole) {
        var machine = lifecycle(role)
        _ = machine.close(.normalClosure, now: start)
        #expect(machine.deadline == start + .seconds(5))
        #expect(machine.deadlineReached(now: start + .seconds(4)) == .wait)
        #expect(machine.deadlineReached(now: start + .seconds(5)) == .drop)
        #expect(machine.deadlineReached(now: start + .seconds(6)) == .wait)
        #expect(machine.isClosed && machine.closure.code == .abnormalClosure && !machine.closure.isClean)
    }

    @Test(arguments: roles) func `a broken connection is 1006`(role: WebSocketRole) {
        var machine = lifecycle(role)
        let closure = machine.receivedEnd()
        #expect(closure.sent == nil && closure.received == nil)
        #expect(closure.code == .abnormalClosure && !closure.isClean && closure.initiator == nil)
        #expect(machine.isClosed && machine.close(.normalClosure, now: start) == .none)
    }

    @Test(arguments: roles) func `a faulty peer is told why and not waited for`(role: WebSocketRole) {
        var machine = lifecycle(role)
        let frame = WebSocketCloseFrame(code: .messageTooBig, reason: "message too big")
        #expect(machine.failed(.messageTooBig) == .sendAndCloseConnection(frame))
        #expect(machine.failed(.messageTooBig) == .drop)
        #expect(machine.isClosed && machine.deadline == nil && machine.closure.sent == frame)
        #expect(machine.receivedEnd().code == .abnormalClosure && machine.closure.initiator == .local)
    }

    @Test(arguments: roles) func `a peer that is faulty behind our close frame is dropped`(role: WebSocketRole) {
        var machine = lifecycle(role)
        _ = machine.close(.normalClosure, now: start)
        #expect(machine.failed(.reservedBits) == .drop)
        #expect(machine.isClosed && machine.closure.sent == normal)
    }
}
