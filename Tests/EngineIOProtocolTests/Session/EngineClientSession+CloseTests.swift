import EngineIOProtocol
import Testing

@Suite struct EngineClientSessionCloseTests {
    @Test func `closing on polling posts a close packet`() {
        var session = EngineClientSession.polling()
        session.close(now: start)
        #expect(session.actions() == [.post(utf8("1")), .closed(.forcedClose, nil)])
        #expect(session.send("late") == .closed)
        session.close(now: start)
        #expect(session.read("6") == [])
        #expect(session.actions() == [])
    }

    @Test func `closing on polling waits until all has been sent`() {
        var session = EngineClientSession.polling()
        #expect(session.send("a") == .buffered)
        #expect(session.flush() == utf8("4a"))
        #expect(session.send("b") == .buffered)
        session.close(now: start)
        #expect(session.actions() == [])
        #expect(session.read("4x") == ["x"])
        #expect(session.actions() == [.poll])
        session.postCompleted(now: start)
        #expect(session.actions() == [])
        #expect(session.flush() == utf8("4b"))
        session.postCompleted(now: start)
        #expect(session.actions() == [.post(utf8("1")), .closed(.forcedClose, nil)])
    }

    @Test func `closing on polling does not wait for ever, although the server pings and pings`() {
        var session = EngineClientSession.polling()
        #expect(session.send("a") == .buffered)
        #expect(session.flush() == utf8("4a"))
        #expect(session.send("b") == .buffered)
        session.close(now: start)
        let timeout = EngineClientConfiguration().closeTimeout
        #expect(session.deadline == start + timeout)
        #expect(session.read("2", now: start + .seconds(1)) == [])
        #expect(session.actions() == [.poll])
        // An answered POST is a sign of life.
        session.postCompleted(now: start + .seconds(2))
        #expect(session.flush() == utf8("4b"))
        #expect(session.read("2", now: start + .seconds(4)) == [])
        #expect(session.actions() == [.poll])
        let end = start + .seconds(2) + timeout
        #expect(session.deadline == end)
        session.deadlineReached(now: end - .milliseconds(1))
        #expect(session.actions() == [] && !session.isClosed)
        session.deadlineReached(now: end)
        #expect(session.actions() == [.abortRequests, .closed(.forcedClose, nil)])
        #expect(session.deadline == nil)
    }

    @Test(arguments: [1, 1_000_000]) func `a server that pings between the last POSTs holds up nobody`(maxPayload: Int)
    {
        var session = EngineClientSession.make()
        _ = session.actions()
        _ = session.read(
            #"0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":\#(maxPayload)}"#)
        _ = session.actions()
        for text in ["a", "b"] { #expect(session.send(text) == .buffered) }
        _ = session.read("2")
        var now = start
        var posts = session.flush() == nil ? 0 : 1
        session.close(now: now)
        // Each answer to a POST comes in time, behind a ping.
        while posts < 10 {
            now += .seconds(1)
            _ = session.read("2", now: now)
            session.postCompleted(now: now)
            guard session.flush() != nil else { break }
            posts += 1
        }
        // Two messages, and the pong of before.
        #expect(posts == (maxPayload == 1 ? 3 : 1))
        #expect(session.isClosed && session.actions().suffix(2) == [.post(utf8("1")), .closed(.forcedClose, nil)])
    }

    @Test func `closing in the middle of an upgrade does not wait for ever either`() {
        var session = EngineClientSession.probing()
        _ = session.receive("3probe")
        session.close(now: start)
        #expect(session.actions() == [])
        session.deadlineReached(now: start + EngineClientConfiguration().closeTimeout)
        #expect(session.actions() == [.abortRequests, .closeWebSocket, .closed(.forcedClose, nil)])
    }

    @Test func `closing before the probe is answered gives the WebSocket up`() {
        var session = EngineClientSession.probing()
        session.close(now: start)
        #expect(session.actions() == [.post(utf8("1")), .closeWebSocket, .closed(.forcedClose, nil)])
    }

    @Test func `closing on a WebSocket closes it`() {
        var session = EngineClientSession.webSocket()
        session.close(now: start)
        #expect(session.actions() == [.closeWebSocket, .closed(.forcedClose, nil)])
    }

    @Test func `closing before the handshake tells the server when it has come`() {
        var session = EngineClientSession.make()
        #expect(session.actions() == [.poll])
        session.close(now: start)
        #expect(session.actions() == [.closed(.forcedClose, nil)])
        #expect(session.read(EngineClientSession.handshake) == [])
        #expect(session.id == "S")
        #expect(session.actions() == [.post(utf8("1"))])

        session = .make()
        _ = session.actions()
        session.close(now: start)
        _ = session.actions()
        #expect(session.read("garbage") == [])
        #expect(session.actions() == [])

        session = .make { $0.transports = [.websocket] }
        _ = session.actions()
        session.close(now: start)
        #expect(session.actions() == [.closeWebSocket, .closed(.forcedClose, nil)])
    }

    @Test func `a session may be closed in the middle of an answer`() {
        var session = EngineClientSession.polling()
        let body = utf8("4a\u{1E}4b")
        #expect(session.nextPacket(ofPoll: body.span.bytes, now: start) == .message(1..<2))
        session.close(now: start)
        #expect(session.nextPacket(ofPoll: body.span.bytes, now: start) == .finished)
        #expect(session.actions() == [.post(utf8("1")), .closed(.forcedClose, nil)])
    }
}
