import SIOBytes
import Testing

@testable import EngineIOProtocol

@Suite struct EngineServerSessionTests {
    @Test func `on polling the opening GET takes the handshake, and the initial packet with it`() {
        var configuration = EngineConfiguration()
        configuration.initialPacket = utf8("hi")
        var session = EngineServerSession(id: "S", transport: .polling, configuration: configuration, now: start)
        let handshake =
            #"0{"sid":"S","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        #expect(session.pollArrived(now: start) == .respond(utf8(handshake + "\u{1E}4hi")))
        #expect(session.actions() == [])
        #expect(session.pollArrived(now: start) == .hold)
    }

    @Test func `on a WebSocket the handshake and the initial packet are its first messages`() {
        var configuration = EngineConfiguration()
        configuration.initialPacket = utf8("hi")
        configuration.maxPayload = 5
        var session = EngineServerSession(id: "S", transport: .websocket, configuration: configuration, now: start)
        // What is sent before they are written must not overtake them.
        #expect(session.send("early") == .buffered)
        #expect(
            session.actions() == [
                .writeText(
                    utf8(#"0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":5}"#)),
                .writeText(utf8("4hi")),
                .writeText(utf8("4early")),
            ])
        #expect(session.send("late") == .write)
        #expect(session.send([1]) == .write)
        #expect(session.bufferedBytes == 0)
    }

    @Test func `upgrades are announced only when they are possible`() {
        var configuration = EngineConfiguration()
        #expect(configuration.upgrades(from: .polling) == [.websocket])
        #expect(configuration.upgrades(from: .websocket) == [])
        configuration.transports = [.polling]
        #expect(configuration.upgrades(from: .polling) == [])
        configuration.transports = [.polling, .websocket]
        configuration.allowUpgrades = false
        #expect(configuration.upgrades(from: .polling) == [])
    }

    @Test func `on a WebSocket the server pings, and a pong starts the next interval`() {
        var session = EngineServerSession.webSocket()
        #expect(session.deadline == start + .seconds(25))
        session.deadlineReached(now: start + .seconds(24))
        #expect(session.actions() == [])
        session.deadlineReached(now: start + .seconds(25))
        #expect(session.actions() == [.writeText(utf8("2"))])
        #expect(session.deadline == start + .seconds(45))
        #expect(session.receive("3", now: start + .seconds(26)) == .none)
        #expect(session.actions() == [])
        #expect(session.deadline == start + .seconds(51))
    }

    @Test func `on polling the ping answers the held GET, or waits for the next`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        session.deadlineReached(now: start + .seconds(25))
        #expect(session.actions() == [.respondPoll(utf8("2"))])
        #expect(session.post("3", now: start + .seconds(26)) == ["ok"])
        session.deadlineReached(now: start + .seconds(51))
        #expect(session.actions() == [])
        #expect(session.pollArrived(now: start + .seconds(52)) == .respond(utf8("2")))
    }

    @Test func `a missing pong ends the session on a WebSocket`() {
        var session = EngineServerSession.webSocket()
        session.deadlineReached(now: start + .seconds(25))
        _ = session.actions()
        session.deadlineReached(now: start + .seconds(45))
        #expect(session.actions() == [.closeWebSocket, .closed(.pingTimeout, nil)])
        #expect(session.deadline == nil)
        #expect(session.isClosed)
        #expect(session.send("x") == .closed)
    }

    @Test func `a missing pong ends the session on polling, and all that is underway`() {
        var session = EngineServerSession.probed()
        #expect(session.postArrived(isBinary: false, now: start) == .accept)
        #expect(session.pollArrived(now: start) == .hold)
        session.deadlineReached(now: start + .seconds(25))
        #expect(session.actions() == [.respondPoll(utf8("2")), .closeWebSocket])
        #expect(session.webSocketArrived(now: start + .seconds(40)) == .accept)
        #expect(session.pollArrived(now: start + .seconds(26)) == .hold)
        session.deadlineReached(now: start + .seconds(45))
        #expect(
            session.actions() == [.respondPoll(utf8("1")), .abortPost, .closeWebSocket, .closed(.pingTimeout, nil)])
    }

    @Test func `pongs that nobody asked for change nothing`() {
        var session = EngineServerSession.webSocket()
        for second in 1..<25 {
            #expect(session.receive("3", now: start + .seconds(second)) == .none)
        }
        #expect(session.deadline == start + .seconds(25))
        #expect(session.actions() == [])
    }

    @Test func `a ping from the client is the wrong direction`() {
        var session = EngineServerSession.webSocket()
        #expect(session.receive("2") == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.transportError, .invalidHeartbeatDirection)])

        session = .polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.post("4a\u{1E}2\u{1E}4b") == ["a", "abort"])
        #expect(session.actions() == [.respondPoll(utf8("1")), .closed(.transportError, .invalidHeartbeatDirection)])
    }

    @Test func `a session is small, as there may be very many`() {
        #expect(MemoryLayout<EngineServerSession>.size <= 56)
    }

    @Test func `on a WebSocket of its own a session keeps nothing for polling`() {
        var session = EngineServerSession(id: "S", transport: .websocket, configuration: .init(), now: start)
        #expect(session.polling.value == nil)
        #expect(session.send("early") == .buffered)
        #expect(session.polling.value != nil)
        #expect(session.actions().last == .writeText(utf8("4early")))
        #expect(session.polling.value == nil)

        session = .probed()
        #expect(session.polling.value != nil)
        _ = session.receive("5")
        #expect(session.send("early") == .buffered)
        #expect(session.actions() == [.upgraded, .writeText(utf8("4early"))])
        #expect(session.polling.value == nil)
        #expect(session.bufferedBytes == 0 && !session.isUpgrading && !session.isPollHeld)
        #expect(session.pollArrived(now: start) == .refuse(.transportMismatch(.polling, current: .websocket)))
        #expect(
            session.postArrived(isBinary: false, now: start)
                == .refuse(.transportMismatch(.polling, current: .websocket)))
        #expect(session.webSocketArrived(now: start) == .refuse)
        session.close(now: start)
        #expect(session.send("late") == .closed)
        #expect(session.actions() == [.closeWebSocket, .closed(.forcedClose, nil)])
    }

    @Test func `as many packets wait as the limit says, and not one more`() {
        var session = EngineServerSession.polling { $0.limits.bufferedPackets = 2 }
        #expect(session.send("a") == .buffered)
        #expect(session.send([1]) == .buffered)
        #expect(session.send("c") == .overflow)
        #expect(session.pollArrived(now: start) == .respond(utf8("4a\u{1E}bAQ==")))
        #expect(session.send("c") == .buffered)
    }

    @Test func `as many bytes wait as the limit says, and not one more`() {
        var session = EngineServerSession.polling { $0.limits.bufferedBytes = 10 }
        #expect(session.send("abcdefghij") == .overflow)
        #expect(session.send("abcd") == .buffered)
        #expect(session.send("efgh") == .overflow)
        #expect(session.send([1, 2, 3, 4]) == .overflow)
        #expect(session.send("efg") == .buffered)
        #expect(session.bufferedBytes == 10)
        #expect(session.send("") == .overflow)
    }
}
