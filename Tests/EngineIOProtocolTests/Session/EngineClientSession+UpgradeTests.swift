import EngineIOProtocol
import Testing

@Suite struct EngineClientSessionUpgradeTests {
    @Test func `an upgrade probes, waits for polling to fall silent, and moves`() {
        var session = EngineClientSession.make()
        _ = session.actions()
        _ = session.read(EngineClientSession.handshakeWithUpgrade)
        #expect(session.actions().suffix(2) == [.openWebSocket, .poll])
        session.webSocketOpened(now: start)
        #expect(session.actions() == [.writeText(utf8("2probe"))])
        #expect(session.send("a") == .buffered)
        #expect(session.flush() == utf8("4a"))
        #expect(session.receive("3probe") == .none)
        #expect(session.actions() == [])
        #expect(session.send("b") == .buffered)
        #expect(session.read("4x\u{1E}6") == ["x"])
        #expect(session.actions() == [], "no new GET, but the POST is still underway")
        session.postCompleted(now: start)
        #expect(session.flush() == nil)
        #expect(session.send("c") == .buffered)
        #expect(
            session.actions() == [
                .writeText(utf8("5")), .upgraded, .writeText(utf8("4b")), .writeText(utf8("4c")),
            ])
        #expect(session.send("d") == .write)
        #expect(session.receive("4y") == .message)
    }

    @Test func `from the answered probe on nothing is sent on polling`() {
        var session = EngineClientSession.probing()
        #expect(session.receive("3probe") == .none)
        #expect(session.send("a") == .buffered)
        #expect(session.flush() == nil)
        #expect(session.read("2") == [])
        #expect(
            session.actions() == [
                .writeText(utf8("5")), .upgraded, .writeText(utf8("4a")), .writeText(utf8("3")),
            ])
    }

    @Test func `a client that is to stay does not probe`() {
        var session = EngineClientSession.make { $0.upgrade = false }
        _ = session.actions()
        _ = session.read(EngineClientSession.handshakeWithUpgrade)
        #expect(session.actions().last == .poll)
        #expect(session.deadline == start + .seconds(45))

        session = .make { $0.transports = [.polling] }
        _ = session.actions()
        _ = session.read(EngineClientSession.handshakeWithUpgrade)
        #expect(!session.actions().contains(.openWebSocket))
    }

    @Test(arguments: ["3", "3other", "4a", "2", "5", ""])
    func `anything but the answer to the probe ends the attempt, and polling goes on`(text: String) {
        var session = EngineClientSession.probing()
        #expect(session.receive(text) == .none)
        #expect(session.actions() == [.closeWebSocket, .upgradeFailed])
        #expect(session.read("4a") == ["a"])
        #expect(session.actions() == [.poll])
    }

    @Test func `an attempt that does not come off in time is given up`() {
        var session = EngineClientSession.polling(EngineClientSession.handshakeWithUpgrade)
        #expect(session.deadline == start + .seconds(10))
        session.deadlineReached(now: start + .seconds(10))
        #expect(session.actions() == [.closeWebSocket, .upgradeFailed])

        session = .probing()
        session.deadlineReached(now: start + .seconds(9))
        #expect(session.actions() == [])
        session.deadlineReached(now: start + .seconds(10))
        #expect(session.actions() == [.closeWebSocket, .upgradeFailed])
        #expect(session.deadline == start + .seconds(45))
        #expect(session.isOpen)
    }

    @Test func `a WebSocket that is lost ends the attempt, and polling is taken up again`() {
        var session = EngineClientSession.probing()
        session.webSocketFailed(now: start)
        #expect(session.actions() == [.upgradeFailed])

        session = .probing()
        #expect(session.send("a") == .buffered)
        #expect(session.flush() == utf8("4a"))
        #expect(session.receive("3probe") == .none)
        #expect(session.read("6") == [])
        #expect(session.actions() == [])
        #expect(session.send("b") == .buffered)
        session.webSocketClosed(now: start)
        #expect(session.actions() == [.upgradeFailed, .poll])
        session.postCompleted(now: start)
        #expect(session.flush() == utf8("4b"))
    }

    @Test func `whatever comes behind the answered probe ends the attempt`() {
        var session = EngineClientSession.probing()
        #expect(session.receive("3probe") == .none)
        #expect(session.receive("4early") == .none)
        #expect(session.actions() == [.closeWebSocket, .upgradeFailed])

        session = .probing()
        #expect(session.binaryReceived(now: start) == .none)
        #expect(session.actions() == [.closeWebSocket, .upgradeFailed])
    }

    @Test func `closing after the answered probe waits for the upgrade`() {
        var session = EngineClientSession.probing()
        #expect(session.receive("3probe") == .none)
        #expect(session.send("a") == .buffered)
        session.close(now: start)
        #expect(session.actions() == [])
        #expect(session.read("4x\u{1E}6") == ["x"])
        #expect(
            session.actions() == [
                .writeText(utf8("5")), .upgraded, .writeText(utf8("4a")), .closeWebSocket, .closed(.forcedClose, nil),
            ])
    }

    @Test func `closing after the answered probe does not wait for an upgrade that fails`() {
        var session = EngineClientSession.probing()
        #expect(session.receive("3probe") == .none)
        session.close(now: start)
        session.webSocketFailed(now: start)
        #expect(session.actions() == [.upgradeFailed, .post(utf8("1")), .closed(.forcedClose, nil)])
    }
}
