import EngineIOProtocol
import SIOBytes
import Testing

@Suite struct EngineServerSessionVersion3Tests {
    private static let handshake =
        #"0{"sid":"S","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#

    // MARK: Polling

    @Test func `the handshake comes with its length`() {
        var session = EngineServerSession(
            id: "S", transport: .polling, dialect: .version3, configuration: EngineConfiguration(), now: start)
        #expect(
            session.pollArrived(now: start) == .respond(utf8("\(Self.handshake.utf8.count):\(Self.handshake)")))
    }

    @Test func `a GET takes all of one turn, as text where it is text and as bytes where any of it is`() {
        var session = EngineServerSession.polling(.version3)
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.send("a") == .buffered)
        #expect(session.send("€") == .buffered)
        #expect(session.flush() == utf8("2:4a2:4€"))
        #expect(session.send("a") == .buffered)
        #expect(session.send([1, 2, 3]) == .buffered)
        #expect(session.pollArrived(now: start) == .respond([0, 2, 255, 0x34, 0x61, 1, 4, 255, 4, 1, 2, 3]))
    }

    @Test func `a client that takes no bytes gets base64`() {
        var session = EngineServerSession.polling([.version3, .base64])
        #expect(session.send([1, 2, 3]) == .buffered)
        #expect(session.pollArrived(now: start) == .respond(utf8("6:b4AQID")))
    }

    @Test func `a POST is of text or of bytes`() {
        var session = EngineServerSession.polling(.version3)
        #expect(session.post("6:4hello1:610:b4AQIDBA==2:4€") == ["hello", "[1, 2, 3, 4]", "€", "ok"])
        #expect(session.post(bytes: [0, 2, 255, 0x34, 0x61, 1, 4, 255, 4, 1, 2, 3]) == ["a", "[1, 2, 3]", "ok"])
        #expect(session.post("0:") == ["ok"])
        #expect(session.actions() == [])
    }

    @Test(arguments: ["", "4a", "abc", "3:4a", "1:8", "99999991:4222", "4a\u{1E}4b"])
    func `a bad packet ends the session, and its POST gets no answer`(body: String) {
        var session = EngineServerSession.polling(.version3)
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.post(body).last == "abort")
        #expect(session.actions() == [.respondPoll(utf8("1:1")), .closed(.parseError, .invalidPacket)])
        #expect(session.pollArrived(now: start) == .refuse(.unknownSession("S")))
    }

    @Test func `a form cannot be bytes`() {
        var session = EngineServerSession.polling([.version3, .jsonp, .base64])
        #expect(session.postArrived(isBinary: true, now: start) == .invalidContent)
        #expect(session.actions() == [.closed(.transportError, .invalidContent)])
    }

    @Test func `overlapping requests end the session as they do in the fourth version`() {
        var session = EngineServerSession.polling(.version3)
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.pollArrived(now: start) == .overlap)
        #expect(session.actions() == [.respondPoll(utf8("1:1")), .closed(.transportError, .pollOverlap)])
    }

    @Test func `a client leaves with a POST of 1 and the held GET gets a noop`() {
        var session = EngineServerSession.polling(.version3)
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.post("1:16:4later") == ["ok"])
        #expect(session.actions() == [.respondPoll(utf8("1:6")), .closed(.transportClose, nil)])
    }

    @Test func `a session closes behind what was sent`() {
        var session = EngineServerSession.polling(.version3)
        #expect(session.send("a") == .buffered)
        session.close(now: start)
        #expect(session.pollArrived(now: start) == .respond(utf8("2:4a1:1")))
        #expect(session.actions() == [.closed(.forcedClose, nil)])
    }

    // MARK: Heartbeat

    @Test func `on polling a ping is answered through the GET, and moves the deadline`() {
        var session = EngineServerSession.polling(.version3)
        #expect(session.deadline == start + .seconds(45))
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.post("1:2", now: start + .seconds(25)) == ["ok"])
        #expect(session.flush() == utf8("1:3"))
        #expect(session.deadline == start + .seconds(70))
    }

    @Test func `on a WebSocket a ping is answered at once, and moves the deadline`() {
        var session = EngineServerSession.webSocket(.version3)
        #expect(session.receive("2", now: start + .seconds(25)) == .none)
        #expect(session.actions() == [.writeText(utf8("3"))])
        #expect(session.deadline == start + .seconds(70))
        #expect(session.receive([2], now: start + .seconds(30)) == .none)
        #expect(session.actions() == [.writeText(utf8("3"))])
        #expect(session.deadline == start + .seconds(75))
    }

    @Test func `a client that does not ping is lost, and is not pinged`() {
        var session = EngineServerSession.webSocket(.version3)
        session.deadlineReached(now: start + .seconds(25))
        #expect(session.actions() == [])
        session.deadlineReached(now: start + .seconds(45))
        #expect(session.actions() == [.closeWebSocket, .closed(.pingTimeout, nil)])
    }

    @Test func `a pong is a ping in the wrong direction`() {
        var session = EngineServerSession.webSocket(.version3)
        #expect(session.receive("3") == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.transportError, .invalidHeartbeatDirection)])
        var polling = EngineServerSession.polling(.version3)
        #expect(polling.post("2:4a1:32:4b") == ["a", "abort"])
        #expect(polling.actions() == [.closed(.transportError, .invalidHeartbeatDirection)])
    }

    @Test func `the pongs that wait for a GET are bounded, and one ping more ends the session`() {
        var session = EngineServerSession.polling(.version3) { $0.limits.bufferedPackets = 3 }
        #expect(session.post("1:21:21:2") == ["ok"])
        #expect(session.isOpen)
        #expect(session.post("1:22:4a") == ["abort"])
        #expect(session.actions() == [.closed(.forcedClose, nil)])

        var bytes = EngineServerSession.polling(.version3) { $0.limits.bufferedBytes = 4 }
        #expect(bytes.post("1:21:2") == ["ok"])
        #expect(bytes.post("1:2") == ["abort"])
    }

    // MARK: WebSocket

    @Test func `the first byte of bytes is the packet's type`() {
        var session = EngineServerSession.webSocket(.version3)
        #expect(session.receive([4, 1, 2, 3]) == .messageBehindType)
        #expect(session.receive([6]) == .none)
        #expect(session.receive("4a") == .message)
        #expect(session.actions() == [])
        #expect(session.receive([1]) == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.transportClose, nil)])
    }

    @Test(arguments: [[], [7], [0x34, 1]] as [[UInt8]])
    func `bytes of no type end the session`(bytes: [UInt8]) {
        var session = EngineServerSession.webSocket(.version3)
        #expect(session.receive(bytes) == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.parseError, .invalidPacket)])
    }

    @Test func `base64 has its type in front`() {
        var session = EngineServerSession.webSocket(.version3)
        #expect(session.receive("b4AQID") == .binary([1, 2, 3]))
        #expect(session.receive("b2") == .none)
        #expect(session.actions() == [.writeText(utf8("3"))])
    }

    @Test(arguments: ["b", "bx", "b4!", "bAQID"])
    func `base64 without a type or of nothing ends the session`(text: String) {
        var session = EngineServerSession.webSocket(.version3)
        #expect(session.receive(text) == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.parseError, .invalidPacket)])
    }

    @Test func `the fourth version knows no types in bytes`() {
        var session = EngineServerSession.webSocket()
        #expect(session.receive([7]) == .message)
        #expect(session.receive("bAQID") == .binary([1, 2, 3]))
    }

    @Test func `an upgrade is the same, but for the payloads`() {
        var session = EngineServerSession.polling(.version3)
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.webSocketArrived(now: start) == .accept)
        #expect(session.receive("2probe") == .none)
        #expect(session.actions() == [.writeText(utf8("3probe")), .upgrading])
        session.deadlineReached(now: start + .milliseconds(100))
        #expect(session.actions() == [.respondPoll(utf8("1:6"))])
        #expect(session.send("a") == .buffered)
        #expect(session.send([1, 2, 3]) == .buffered)
        #expect(session.receive("5") == .none)
        #expect(session.actions() == [.upgraded, .writeText(utf8("4a")), .writeBinary([1, 2, 3])])
        #expect(session.send("b") == .write)
        #expect(session.receive("2") == .none)
        #expect(session.actions() == [.writeText(utf8("3"))])
    }

    @Test func `what waits when an upgrade lets the GET return leaves as a payload of the third version`() {
        var session = EngineServerSession.probed(.version3)
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.send("a") == .buffered)
        session.deadlineReached(now: start + .milliseconds(100))
        #expect(session.actions() == [.respondPoll(utf8("2:4a"))])
    }

    @Test func `a ping in front of the upgrade's end is answered behind it`() {
        var session = EngineServerSession.probed(.version3)
        #expect(session.post("1:2") == ["ok"])
        #expect(session.receive("5") == .none)
        #expect(session.actions() == [.upgraded, .writeText(utf8("3"))])
    }
}
