import EngineIOProtocol
import Testing

@Suite struct EngineServerSessionCloseTests {
    @Test func `closing on a WebSocket closes it behind what was written`() {
        var session = EngineServerSession.webSocket()
        session.close(now: start)
        #expect(session.actions() == [.closeWebSocket, .closed(.forcedClose, nil)])
        session.close(now: start)
        session.discard(now: start)
        #expect(session.actions() == [])
    }

    @Test func `closing a WebSocket session at once still writes its handshake`() {
        var session = EngineServerSession(id: "S", transport: .websocket, configuration: .init(), now: start)
        #expect(session.send("a") == .buffered)
        session.close(now: start)
        let actions = session.actions()
        #expect(actions.count == 4)
        #expect(actions.suffix(3) == [.writeText(utf8("4a")), .closeWebSocket, .closed(.forcedClose, nil)])
    }

    @Test func `closing with a held GET answers it with 1, behind what waits`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        session.close(now: start)
        #expect(session.actions() == [.respondPoll(utf8("1")), .closed(.forcedClose, nil)])

        session = .polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.send("a") == .buffered)
        session.close(now: start)
        #expect(session.actions() == [.respondPoll(utf8("4a\u{1E}1")), .closed(.forcedClose, nil)])
    }

    @Test func `closing without a GET waits for the next, which gets a noop and the close`() {
        var session = EngineServerSession.polling()
        session.close(now: start)
        #expect(session.actions() == [])
        #expect(!session.isOpen)
        #expect(!session.isClosed)
        #expect(session.send("late") == .closed)
        #expect(session.deadline == start + .seconds(30))
        #expect(session.pollArrived(now: start + .seconds(1)) == .respond(utf8("6\u{1E}1")))
        #expect(session.actions() == [.closed(.forcedClose, nil)])
    }

    @Test func `closing without a GET keeps what was sent`() {
        var session = EngineServerSession.polling()
        #expect(session.send("a") == .buffered)
        session.close(now: start)
        #expect(session.pollArrived(now: start) == .respond(utf8("4a\u{1E}1")))
        #expect(session.actions() == [.closed(.forcedClose, nil)])
    }

    @Test func `a client that does not come back for the close is forgotten after 30 s`() {
        var session = EngineServerSession.polling()
        session.close(now: start)
        session.deadlineReached(now: start + .milliseconds(29_999))
        #expect(session.actions() == [])
        session.deadlineReached(now: start + .seconds(30))
        #expect(session.actions() == [.closed(.forcedClose, nil)])
        #expect(session.deadline == nil)
    }

    @Test func `packets that arrive while the session closes are answered and dropped`() {
        var session = EngineServerSession.polling()
        session.close(now: start)
        #expect(session.post("4a\u{1E}3") == ["ok"])
        #expect(session.actions() == [])
        #expect(session.post("4a\u{1E}1") == ["ok"])
        #expect(session.actions() == [.closed(.transportClose, nil)])
    }

    @Test func `an upgrade that ends while the session closes takes what waits, and the close`() {
        var session = EngineServerSession.probed()
        #expect(session.send("a") == .buffered)
        session.close(now: start)
        #expect(session.actions() == [])
        #expect(session.receive("5") == .none)
        #expect(
            session.actions() == [.upgraded, .writeText(utf8("4a")), .closeWebSocket, .closed(.forcedClose, nil)])
    }

    @Test func `discarding loses what waits, and waits for nobody`() {
        var session = EngineServerSession.polling()
        #expect(session.send("a") == .buffered)
        session.discard(now: start)
        #expect(session.actions() == [.closed(.forcedClose, nil)])

        session = .polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.send("a") == .buffered)
        session.discard(now: start)
        #expect(session.actions() == [.respondPoll(utf8("1")), .closed(.forcedClose, nil)])

        session = .polling()
        session.close(now: start)
        session.discard(now: start)
        #expect(session.actions() == [.closed(.forcedClose, nil)])

        session = .probed()
        session.discard(now: start)
        #expect(session.actions() == [.closeWebSocket, .closed(.forcedClose, nil)])
    }

    @Test func `closing with a held GET closes the WebSocket that is being tried`() {
        var session = EngineServerSession.probed()
        #expect(session.pollArrived(now: start) == .hold)
        session.close(now: start)
        #expect(session.actions() == [.respondPoll(utf8("1")), .closeWebSocket, .closed(.forcedClose, nil)])
    }
}
