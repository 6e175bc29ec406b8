import EngineIOProtocol
import Testing

@Suite struct EngineClientSessionTests {
    private let opened = EngineHandshake(
        sid: "S", upgrades: [], pingInterval: .seconds(25), pingTimeout: .seconds(20), maxPayload: 1_000_000)

    @Test func `a session opens with a GET, and goes on polling`() {
        var session = EngineClientSession.make()
        #expect(session.actions() == [.poll])
        #expect(session.deadline == nil)
        #expect(session.read(EngineClientSession.handshake + "\u{1E}4hi") == ["hi"])
        #expect(session.id == "S")
        #expect(session.actions() == [.opened(opened), .poll])
        #expect(session.read("4a\u{1E}bAQID") == ["a", "[1, 2, 3]"])
        #expect(session.actions() == [.poll])
    }

    @Test func `a session opens on a WebSocket`() {
        var session = EngineClientSession.make { $0.transports = [.websocket] }
        #expect(session.actions() == [.openWebSocket])
        session.webSocketOpened(now: start)
        #expect(session.send("early") == .buffered)
        #expect(session.flush() == nil)
        #expect(session.receive(EngineClientSession.handshake) == .none)
        #expect(session.actions() == [.opened(opened), .writeText(utf8("4early"))])
        #expect(session.send("late") == .write)
        #expect(session.receive("4a") == .message)
        #expect(session.binaryReceived(now: start) == .message)
    }

    @Test(arguments: ["4a", "2", "bAQID", "0{}", "0[]", #"0{"sid":"S"}"#])
    func `anything but a handshake ends a session that is being opened`(body: String) {
        var session = EngineClientSession.make()
        _ = session.actions()
        #expect(session.read(body) == [])
        #expect(session.actions() == [.closed(.transportError, .invalidHandshake)])
    }

    @Test func `bytes on a WebSocket are no handshake`() {
        var session = EngineClientSession.make { $0.transports = [.websocket] }
        _ = session.actions()
        #expect(session.binaryReceived(now: start) == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.transportError, .invalidHandshake)])
    }

    @Test func `messages leave in one POST at a time`() {
        var session = EngineClientSession.polling()
        #expect(session.flush() == nil)
        #expect(session.send("a") == .buffered)
        #expect(session.send("b") == .buffered)
        #expect(session.flush() == utf8("4a\u{1E}4b"))
        #expect(session.send("c") == .buffered)
        #expect(session.flush() == nil)
        session.postCompleted(now: start)
        #expect(session.flush() == utf8("4c"))
    }

    @Test func `a POST is no larger than the server allows`() {
        var session = EngineClientSession.polling(
            #"0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":5}"#)
        for text in ["a", "b", "c", "too large", "d"] { #expect(session.send(text) == .buffered) }
        #expect(session.flush() == utf8("4a\u{1E}4b"))
        session.postCompleted(now: start)
        #expect(session.flush() == utf8("4c"))
        session.postCompleted(now: start)
        #expect(session.flush() == utf8("4too large"))
        session.postCompleted(now: start)
        #expect(session.flush() == utf8("4d"))
    }

    @Test func `messages wait for the handshake, up to the limits`() {
        var session = EngineClientSession.make { $0.limits.bufferedPackets = 1 }
        _ = session.actions()
        #expect(session.send("a") == .buffered)
        #expect(session.send("b") == .overflow)
        #expect(session.flush() == nil)
        _ = session.read(EngineClientSession.handshake)
        _ = session.actions()
        #expect(session.flush() == utf8("4a"))

        session = .make { $0.limits.bufferedBytes = 4 }
        #expect(session.send("abcd") == .overflow)
        #expect(session.send("abc") == .buffered)
    }

    @Test func `a ping is answered, and puts off the timeout`() {
        var session = EngineClientSession.webSocket()
        #expect(session.deadline == start + .seconds(45))
        #expect(session.receive("2", now: start + .seconds(25)) == .none)
        #expect(session.actions() == [.writeText(utf8("3"))])
        #expect(session.deadline == start + .seconds(70))

        session = .polling()
        #expect(session.read("2", now: start + .seconds(25)) == [])
        #expect(session.flush() == utf8("3"))
        #expect(session.deadline == start + .seconds(70))
    }

    @Test func `any number of pings is answered with one pong while it cannot leave`() {
        var session = EngineClientSession.polling()
        #expect(session.send("a") == .buffered)
        #expect(session.flush() == utf8("4a"))
        for _ in 0..<100 { #expect(session.read("2\u{1E}2") == []) }
        session.postCompleted(now: start)
        #expect(session.flush() == utf8("3"))
        session.postCompleted(now: start)
        #expect(session.read("2") == [])
        #expect(session.flush() == utf8("3"))
    }

    @Test func `a server that does not ping is gone after interval and timeout`() {
        var session = EngineClientSession.webSocket()
        session.deadlineReached(now: start + .milliseconds(44_999))
        #expect(session.actions() == [])
        #expect(!session.hasPingExpired(now: start + .milliseconds(44_999)))
        #expect(session.hasPingExpired(now: start + .seconds(45)))
        session.deadlineReached(now: start + .seconds(45))
        #expect(session.actions() == [.closeWebSocket, .closed(.pingTimeout, nil)])
        #expect(session.deadline == nil)

        session = .polling()
        session.deadlineReached(now: start + .seconds(45))
        #expect(session.actions() == [.abortRequests, .closed(.pingTimeout, nil)])
    }

    @Test func `a failed request ends the session`() {
        var session = EngineClientSession.polling()
        session.pollFailed(now: start)
        #expect(session.actions() == [.closed(.transportError, .requestFailed)])

        session = .polling()
        session.postFailed(now: start)
        #expect(session.actions() == [])
        #expect(session.send("a") == .buffered)
        _ = session.flush()
        session.postFailed(now: start)
        #expect(session.actions() == [.abortRequests, .closed(.transportError, .requestFailed)])
        #expect(session.read("4late") == [])
    }

    @Test func `a bad packet is a transport error, behind the messages in front of it`() {
        var session = EngineClientSession.polling()
        #expect(session.read("4a\u{1E}x\u{1E}4b") == ["a"])
        #expect(session.actions() == [.closed(.transportError, .invalidPacket)])

        session = .webSocket()
        #expect(session.receive("") == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.transportError, .invalidPacket)])
    }

    @Test func `a server leaves with a close packet, or by closing the WebSocket`() {
        var session = EngineClientSession.polling()
        #expect(session.read("6\u{1E}1\u{1E}4late") == [])
        #expect(session.actions() == [.closed(.transportClose, nil)])

        session = .webSocket()
        #expect(session.receive("1") == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.transportClose, nil)])

        session = .webSocket()
        session.webSocketClosed(now: start)
        #expect(session.actions() == [.closed(.transportClose, nil)])

        session = .webSocket()
        session.webSocketFailed(now: start)
        #expect(session.actions() == [.closed(.transportError, .webSocketFailed)])
        #expect(session.receive("4late") == .none)
    }

    @Test func `packets that mean nothing to a client are passed over`() {
        var session = EngineClientSession.webSocket()
        for text in ["0{}", "3", "5", "6"] { #expect(session.receive(text) == .none) }
        #expect(session.actions() == [])
        #expect(session.id == "S")
    }

    @Test func `the next transport is tried if asked for`() {
        var session = EngineClientSession.make {
            $0.transports = [.websocket, .polling]
            $0.tryAllTransports = true
        }
        #expect(session.actions() == [.openWebSocket])
        session.webSocketFailed(now: start)
        #expect(session.actions() == [.poll])
        session.pollFailed(now: start)
        #expect(session.actions() == [.closed(.transportError, .requestFailed)])

        session = .make { $0.tryAllTransports = true }
        #expect(session.actions() == [.poll])
        #expect(session.read("x") == [])
        #expect(session.actions() == [.openWebSocket])
        #expect(session.receive(EngineClientSession.handshake) == .none)
        #expect(session.actions() == [.opened(opened)])

        session = .make { $0.transports = [.websocket, .polling] }
        _ = session.actions()
        session.webSocketClosed(now: start)
        #expect(session.actions() == [.closed(.transportError, .webSocketFailed)])
    }
}
