import SIONet
import TestSupport
import Testing

@testable import EngineIO

/// Clients that break a rule, or break off.
@Suite struct EngineServerFaultTests {
    @Test(arguments: [1, 3])
    func `a client that gives up its poll loses its session`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            let other = try peer.connect()
            other.send(Peer.get(sid))
            #expect(await eventually { await server.holdsPoll(sid) })
            other.close()
            #expect(await eventually { recorder.now.closes == ["transport error"] })
            polling.send(Peer.get(sid))
            #expect(polling.receiveBody() == #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }

    @Test(arguments: [1, 3])
    func `two polls at once end the session`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            let first = try peer.connect()
            let sid = try peer.open(on: first)
            first.send(Peer.get(sid))
            #expect(await eventually { await server.holdsPoll(sid) })
            let second = try peer.connect()
            second.send(Peer.get(sid))
            #expect(second.receiveResponse().head.hasPrefix("HTTP/1.1 400 "))
            #expect(first.receiveBody() == "1")
            #expect(await eventually { recorder.now.closes == ["transport error"] })
        }
    }

    @Test(arguments: [1, 3])
    func `two posts at once end the session, and the first one's connection`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            let first = try peer.connect()
            let sid = try peer.open(on: first)
            let slow = try await peer.beginPost(sid, to: server)
            try peer.expectSecondPostRefused(sid, first: slow)
            #expect(await eventually { recorder.now.closes == ["transport error"] })
            #expect(recorder.now.messages.isEmpty)
        }
    }

    @Test(arguments: [1, 3])
    func `a post that is too large is refused, and the session goes on`(loops: Int) async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxHttpBufferSize = 1000
        try await withEngine(loops: loops, configuration) { _, peer, recorder in
            let first = try peer.connect()
            let sid = try peer.open(on: first)
            for _ in 0..<4 {
                let sending = try peer.connect()
                sending.send(Peer.post(sid, "4" + String(repeating: "x", count: 1000)))
                #expect(sending.receiveResponse().head.hasPrefix("HTTP/1.1 413 "))
                #expect(sending.isEnded())
            }
            first.send(Peer.post(sid, "4" + String(repeating: "x", count: 999)))
            #expect(first.receiveBody() == "ok")
            #expect(recorder.now.messages.count == 1 && recorder.now.closes.isEmpty)
            // On a WebSocket it is the end (RFC 6455 §7.4.1: 1009).
            let socket = try peer.openWebSocket()
            socket.sendText("4" + String(repeating: "x", count: 1000))
            #expect(socket.receiveFrame()?.payload.prefix(2) == [3, 241])
            #expect(await eventually { recorder.now.closes == ["transport error"] })
        }
    }

    @Test(arguments: [1, 3])
    func `a client whose post breaks off loses its session`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            let first = try peer.connect()
            let sid = try peer.open(on: first)
            let slow = try await peer.beginPost(sid, to: server)
            slow.reset()
            #expect(await eventually { recorder.now.closes == ["transport error"] })
        }
    }
}
