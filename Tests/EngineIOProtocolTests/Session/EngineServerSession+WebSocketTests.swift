import EngineIOProtocol
import Testing

@Suite struct EngineServerSessionWebSocketTests {
    @Test func `messages are recognised by their first byte`() {
        var session = EngineServerSession.webSocket()
        #expect(session.receive("4hello") == .message)
        #expect(session.receive("4") == .message)
        #expect(session.receive([1]) == .message)
        #expect(session.receive("6") == .none)
        #expect(session.receive("0") == .none)
        #expect(session.receive("5") == .none)
        #expect(session.actions() == [])
        #expect(session.isOpen)
    }

    @Test(arguments: ["", "abc", "7", "b?", " "])
    func `a bad packet ends the session`(text: String) {
        var session = EngineServerSession.webSocket()
        #expect(session.receive(text) == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.parseError, .invalidPacket)])
        #expect(session.receive("4late") == .none)
        #expect(session.receive([1]) == .none)
    }

    @Test func `binary may come as text in base64`() {
        var session = EngineServerSession.webSocket()
        #expect(session.receive("bAQID") == .binary([1, 2, 3]))
        #expect(session.receive("b") == .binary([]))
        #expect(session.isOpen)
    }

    @Test func `a client leaves with a close packet, or by closing the WebSocket`() {
        var session = EngineServerSession.webSocket()
        #expect(session.receive("1") == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.transportClose, nil)])

        session = .webSocket()
        session.webSocketClosed(now: start)
        #expect(session.actions() == [.closed(.transportClose, nil)])
        session.webSocketClosed(now: start)
        #expect(session.actions() == [])

        session = .webSocket()
        session.webSocketFailed(now: start)
        #expect(session.actions() == [.closed(.transportError, .webSocketFailed)])
    }

    @Test func `an upgrade takes the probe, the silence of polling, and the upgrade packet`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.webSocketArrived(now: start) == .accept)
        #expect(session.isUpgrading)
        #expect(session.receive("2probe", now: start + .milliseconds(50)) == .none)
        #expect(session.actions() == [.writeText(utf8("3probe")), .upgrading])
        #expect(session.deadline == start + .milliseconds(150))
        session.deadlineReached(now: start + .milliseconds(150))
        #expect(session.actions() == [.respondPoll(utf8("6"))])
        #expect(session.send("held") == .buffered)
        #expect(session.flush() == nil)
        #expect(session.receive("5", now: start + .milliseconds(200)) == .none)
        #expect(session.transport == .websocket)
        #expect(session.send("behind") == .buffered)
        #expect(session.actions() == [.upgraded, .writeText(utf8("4held")), .writeText(utf8("4behind"))])
        #expect(session.send("direct") == .write)
        #expect(session.deadline == start + .seconds(25))
        #expect(!session.isUpgrading)
    }

    @Test func `binary messages that waited for the upgrade leave as bytes`() {
        var session = EngineServerSession.probed()
        #expect(session.send([0, 255]) == .buffered)
        #expect(session.receive("5") == .none)
        #expect(session.actions() == [.upgraded, .writeBinary([0, 255])])
    }

    @Test func `a noop lets a held GET return every 100 ms, and only then`() {
        var session = EngineServerSession.probed()
        #expect(session.pollArrived(now: start) == .hold)
        session.deadlineReached(now: start + .milliseconds(99))
        #expect(session.actions() == [])
        session.deadlineReached(now: start + .milliseconds(100))
        #expect(session.actions() == [.respondPoll(utf8("6"))])
        session.deadlineReached(now: start + .milliseconds(200))
        #expect(session.actions() == [])
        #expect(session.pollArrived(now: start + .milliseconds(210)) == .hold)
        #expect(session.deadline == start + .milliseconds(300))
        session.deadlineReached(now: start + .milliseconds(300))
        #expect(session.actions() == [.respondPoll(utf8("6"))])
    }

    @Test func `messages sent during the upgrade leave with the held GET`() {
        var session = EngineServerSession.probed()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.send("a") == .buffered)
        #expect(session.flush() == utf8("4a"))
    }

    @Test func `a GET that is still held when the upgrade is done gets a noop, and later ones are refused`() {
        var session = EngineServerSession.probed()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.postArrived(isBinary: false, now: start) == .accept)
        #expect(session.receive("5") == .none)
        #expect(session.actions() == [.respondPoll(utf8("6")), .abortPost, .upgraded])
        let mismatch = EngineError(.badRequest, .transportMismatch(transport: .polling, previous: .websocket))
        #expect(session.pollArrived(now: start) == .refuse(mismatch))
        #expect(session.postArrived(isBinary: false, now: start) == .refuse(mismatch))
        #expect(session.isOpen)
    }

    @Test func `a second WebSocket is refused, during the upgrade and after`() {
        var session = EngineServerSession.polling()
        #expect(session.webSocketArrived(now: start) == .accept)
        #expect(session.webSocketArrived(now: start) == .refuse)
        _ = session.receive("2probe")
        #expect(session.webSocketArrived(now: start) == .refuse)
        _ = session.receive("5")
        #expect(session.webSocketArrived(now: start) == .refuse)
        _ = session.actions()
        #expect(session.receive("4a") == .message)
    }

    @Test func `a WebSocket is refused where upgrades are not allowed`() {
        var session = EngineServerSession.polling { $0.allowUpgrades = false }
        #expect(session.webSocketArrived(now: start) == .refuse)
    }

    @Test(arguments: ["2", "2other", "3probe", "4a", "x", "", "1", "6"])
    func `anything but a probe closes the new WebSocket only`(text: String) {
        var session = EngineServerSession.polling()
        #expect(session.webSocketArrived(now: start) == .accept)
        #expect(session.receive(text) == .none)
        #expect(session.actions() == [.closeWebSocket])
        #expect(session.isOpen)
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.webSocketArrived(now: start) == .accept, "a new attempt is welcome")
    }

    @Test func `a binary message closes the new WebSocket only`() {
        var session = EngineServerSession.probed()
        #expect(session.receive([1]) == .none)
        #expect(session.actions() == [.closeWebSocket])
        #expect(session.isOpen)
        #expect(session.deadline == start + .seconds(25))
    }

    @Test func `an upgrade packet without a probe upgrades, as in the reference`() {
        var session = EngineServerSession.polling()
        #expect(session.webSocketArrived(now: start) == .accept)
        #expect(session.receive("5") == .none)
        #expect(session.actions() == [.upgraded])
    }

    @Test(arguments: [false, true])
    func `the upgrade's timeout closes the new WebSocket only`(isProbed: Bool) {
        var session = EngineServerSession.polling()
        #expect(session.webSocketArrived(now: start) == .accept)
        if isProbed { _ = session.receive("2probe") }
        _ = session.actions()
        session.deadlineReached(now: start + .milliseconds(9_999))
        #expect(session.actions() == [])
        session.deadlineReached(now: start + .milliseconds(10_000))
        #expect(session.actions() == [.closeWebSocket])
        #expect(session.isOpen)
        #expect(session.deadline == start + .seconds(25))
    }

    @Test func `a WebSocket that is lost during the upgrade leaves the session on polling`() {
        var session = EngineServerSession.probed()
        session.webSocketClosed(now: start)
        #expect(session.actions() == [])
        #expect(session.isOpen)
        #expect(session.deadline == start + .seconds(25))

        session = .probed()
        session.webSocketFailed(now: start)
        #expect(session.actions() == [])
        #expect(session.pollArrived(now: start) == .hold)
    }

    @Test func `a ping that was sent on polling may be answered on the WebSocket`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        session.deadlineReached(now: start + .seconds(25))
        #expect(session.actions() == [.respondPoll(utf8("2"))])
        #expect(session.webSocketArrived(now: start + .seconds(25)) == .accept)
        _ = session.receive("2probe", now: start + .seconds(25))
        _ = session.receive("5", now: start + .seconds(26))
        _ = session.actions()
        #expect(session.deadline == start + .seconds(45))
        #expect(session.receive("3", now: start + .seconds(27)) == .none)
        #expect(session.deadline == start + .seconds(52))
    }
}
