import SIONet
import TestSupport
import Testing

@testable import WebSocket

@Suite(.timeLimit(.minutes(1))) struct `A task that is cancelled` {
    @Test func `stops receiving, and loses no message`() async throws {
        try await withSite { site in
            let socket = try await site.connect()
            for round in 0..<50 {
                let waiting = Task { try await socket.receive() }
                if round % 2 == 0 { await Task.yield() }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
            }
            try await socket.send("still there")
            #expect(try await socket.text() == "still there")
            await socket.close()
        }
    }

    @Test func `stops sending, and what it sent is not sent`() async throws {
        let gate = Gate()
        let got = Shared(0)
        try await withSite(routes: { server in
            server.on(path: "/") { socket in
                await gate.pass()
                for try await message in socket where message.count == 1 { got.change { $0 += 1 } }
            }
        }) { site in
            var options = WebSocket.ConnectOptions()
            options.socket.sendBuffer = 50_000
            let socket = try await site.connect("/", options)
            while await eventually(
                within: .milliseconds(300), { socket.trySend(.binary([UInt8](repeating: 0, count: 40_000))) })
            {}
            let waiting = Task { try await socket.send([1]) }
            await Task.yield()
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            gate.open()
            try await socket.send([2])
            #expect(await eventually { got.value == 1 })
            await socket.close()
            #expect(got.value == 1)
        }
    }

    @Test func `stops waiting for a pong, and for the end`() async throws {
        try await withSite { site in
            let socket = try await site.connect()
            let ended = Task { try await socket.waitUntilClosed() }
            ended.cancel()
            await #expect(throws: CancellationError.self) { try await ended.value }
            for _ in 0..<50 {
                let ping = Task { try await socket.ping(timeout: .seconds(30)) }
                ping.cancel()
                // It may have been answered before.
                do { _ = try await ping.value } catch { #expect(error is CancellationError) }
            }
            #expect(try await socket.ping() > .zero)
            await socket.close()
        }
    }

    @Test func `stops connecting`() async throws {
        let ended = Shared(0)
        let server = try RawServer { peer, _ in
            _ = peer.receive()
            if peer.isEnded() { ended.change { $0 += 1 } }
        }
        let loops = EventLoopGroup(loops: 1)
        for wait in [false, true] {
            let connecting = Task { try await WebSocket.connect("ws://127.0.0.1:\(server.port)/", eventLoops: loops) }
            if wait { #expect(await eventually { server.connections > 0 }) }
            connecting.cancel()
            await #expect(throws: CancellationError.self) { _ = try await connecting.value }
        }
        // Nothing is left of it, either.
        #expect(await eventually(within: .seconds(4)) { ended.value > 0 && ended.value == server.connections })
        await loops.shutdown()
    }

    @Test func `closes at once`() async throws {
        var configuration = WebSocketServer.Configuration()
        configuration.socket.closeTimeout = .seconds(50)
        let closure = Shared<WebSocketClosure?>(nil)
        let asked = Gate()
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                let closing = Task { await socket.close() }
                await asked.pass()
                closing.cancel()
                let how = await closing.value
                closure.change { $0 = how }
            }
        } _: { site in
            let peer = try site.raw()
            #expect(peer.receiveFrame()?.opcode == 8)
            asked.open()
            #expect(await eventually(within: .seconds(5)) { closure.value?.isClean == false })
            #expect(peer.isEnded())
        }
    }
}
