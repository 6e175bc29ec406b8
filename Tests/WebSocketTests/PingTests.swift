import SIONet
import TestSupport
import Testing

@testable import WebSocket

@Suite(.timeLimit(.minutes(1))) struct `Pings of a WebSocket` {
    /// A server that pings each client once, and what came of it.
    private func withPinger(
        timeout: Duration, keepAlive: WebSocket.KeepAlive? = nil,
        _ body: @escaping @Sendable (RawClient, Shared<String>) async throws -> Void
    ) async throws {
        let outcome = Shared("")
        var configuration = WebSocketServer.Configuration()
        configuration.socket.keepAlive = keepAlive
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                async let first = try? await socket.ping(timeout: timeout)
                do {
                    let trip = try await socket.ping(timeout: timeout)
                    let both = await first != nil
                    outcome.change { $0 = trip > .zero && both ? "pong" : "\(trip)" }
                } catch {
                    outcome.change { $0 = (error as? WebSocketFailure)?.code.description ?? "\(error)" }
                }
                do { for try await _ in socket {} } catch {
                    outcome.change { $0 += " \((error as? WebSocketFailure)?.code.description ?? "")" }
                }
            }
        } _: {
            try await body(try $0.raw(), outcome)
        }
    }

    @Test func `are answered, the last for all before it`() async throws {
        try await withPinger(timeout: .seconds(30)) { peer, outcome in
            let first = try #require(peer.receiveFrame())
            let second = try #require(peer.receiveFrame())
            #expect(first.opcode == 9 && second.opcode == 9 && first.payload != second.payload)
            peer.sendFrame(10, [1, 2, 3])
            peer.sendFrame(10, second.payload)
            #expect(await eventually { outcome.value == "pong" })
        }
    }

    @Test func `have a time, behind which the WebSocket is still open`() async throws {
        try await withPinger(timeout: .milliseconds(50)) { peer, outcome in
            #expect(await eventually { outcome.value == "pingTimeout" })
            peer.sendFrame(8, [3, 232])
            while let frame = peer.receiveFrame(), frame.opcode != 8 {}
            #expect(outcome.value == "pingTimeout")
        }
    }

    @Test func `keep a connection alive, or find out that it is not`() async throws {
        let keepAlive = WebSocket.KeepAlive(
            interval: .milliseconds(30) * slowness, timeout: .milliseconds(150) * slowness)
        try await withPinger(timeout: .milliseconds(1), keepAlive: keepAlive) { peer, outcome in
            var answered = 0
            while answered < 3, let frame = peer.receiveFrame() {
                if frame.payload.count == 8 {
                    peer.sendFrame(10, frame.payload)
                    answered += 1
                }
            }
            #expect(outcome.value == "pingTimeout")
            while peer.receiveFrame() != nil {}
            #expect(await eventually { outcome.value == "pingTimeout pingTimeout" })
        }
    }

    @Test func `of a user keep a connection alive, too, where only the last is answered`() async throws {
        let keepAlive = WebSocket.KeepAlive(
            interval: .milliseconds(30) * slowness, timeout: .milliseconds(500) * slowness)
        let done = Gate()
        var configuration = WebSocketServer.Configuration()
        configuration.socket.keepAlive = keepAlive
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                // Whatever becomes of the ping: the test waits for it.
                defer { done.open() }
                try await Task.sleep(for: .milliseconds(100) * slowness)
                try await socket.ping()
                done.open()
                try await Task.sleep(for: .seconds(1))
                await socket.close()
            }
        } _: { site in
            let peer = try site.raw()
            // The first is the keep-alive's, the second the user's; later ones are answered.
            #expect(peer.receiveFrame()?.payload.count == 8)
            let second = try #require(peer.receiveFrame())
            #expect(second.payload.count == 9)
            peer.sendFrame(10, second.payload)
            await done.pass()
            var frame = peer.receiveFrame()
            while let ping = frame, ping.opcode == 9 {
                peer.sendFrame(10, ping.payload)
                frame = peer.receiveFrame()
            }
            #expect(frame?.opcode == 8)
            peer.sendFrame(8, [3, 232])
            #expect(await eventually { site.server.connectionCount == 0 })
        }
    }

    @Test func `of nobody are sent where there is no keep-alive`() async throws {
        var options = WebSocket.Options()
        options.keepAlive = nil
        var configuration = WebSocketServer.Configuration()
        configuration.socket = options
        try await withSite(configuration) { site in
            let peer = try site.raw()
            peer.setReceiveTimeout(milliseconds: 200)
            #expect(peer.receiveFrame() == nil && !peer.isEnded())
        }
    }
}
