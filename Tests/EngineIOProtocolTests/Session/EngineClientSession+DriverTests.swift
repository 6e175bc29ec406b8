import EngineIOProtocol
import Testing

/// What a driver asks a session besides, and tells it.
@Suite struct EngineClientSessionDriverTests {
    private func webSocket() -> EngineClientSession {
        var session = EngineClientSession.make { $0.transports = [.websocket] }
        _ = session.actions()
        session.webSocketOpened(now: start)
        _ = session.receive(EngineClientSession.handshake)
        _ = session.actions()
        return session
    }

    @Test func `binary messages may come as base64 on a WebSocket`() {
        var session = webSocket()
        #expect(session.receive("bAQID") == .binary([1, 2, 3]))
        #expect(session.actions() == [])
        #expect(session.receive("bnone!") == .none)
        #expect(session.actions() == [.closeWebSocket, .closed(.transportError, .invalidPacket)])
    }

    @Test func `a session is writable when a message would leave with the turn`() {
        var session = EngineClientSession.make()
        _ = session.actions()
        #expect(!session.isWritable)
        _ = session.read(EngineClientSession.handshake)
        _ = session.actions()
        #expect(session.isWritable)
        #expect(session.send("a") == .buffered)
        #expect(session.isWritable)
        _ = session.flush()
        #expect(!session.isWritable)
        session.postCompleted(now: start)
        #expect(session.isWritable)
        session.close(now: start)
        #expect(!session.isWritable)

        var probing = EngineClientSession.probing()
        #expect(probing.isWritable)
        _ = probing.receive("3probe")
        #expect(!probing.isWritable)
        #expect(webSocket().isWritable)
    }

    @Test func `pings are counted`() {
        var session = webSocket()
        #expect(session.pingCount == 0)
        _ = session.receive("2")
        _ = session.receive("2")
        #expect(session.pingCount == 2)
    }

    @Test func `a session that is discarded ends at once, with its reason, and what waits is lost`() {
        var session = EngineClientSession.polling()
        #expect(session.send("a") == .buffered)
        _ = session.flush()
        #expect(session.send("b") == .buffered)
        session.discard(now: start, reason: .sendBufferOverflow)
        #expect(session.actions() == [.abortRequests, .closed(.sendBufferOverflow, nil)])
        #expect(session.bufferedBytes == 0)
        #expect(session.send("c") == .closed)
        session.discard(now: start)
        #expect(session.actions() == [])
    }
}
