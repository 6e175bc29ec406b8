import EngineIOProtocol
import SIONet
import Synchronization
import TestSupport
import Testing

@testable import EngineIO

/// What an engine does when somebody reaches one of its limits.
@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    typealias Limit = EngineServer.LimitReached.Limit

    /// Notes the limits that are reached.
    private func note(on server: EngineServer) -> Reached {
        let reached = Reached()
        server.onLimitReached { event in reached.all.withLock { $0.append(event) } }
        return reached
    }

    private final class Reached: Sendable {
        let all = Mutex<[EngineServer.LimitReached]>([])
        var now: [EngineServer.LimitReached] { all.withLock { $0 } }
    }

    private func limited(_ change: (inout EngineServer.RateLimits) -> Void) -> EngineServer.Configuration {
        var configuration = EngineServer.Configuration()
        change(&configuration.rateLimits)
        return configuration
    }

    // MARK: New sessions

    @Test(arguments: [1, 3])
    func `an address that opens sessions too fast is answered with 429, and told when to come again`(
        loops: Int
    ) async throws {
        let configuration = limited { $0.handshakesPerAddress = RateLimit(perSecond: 0.01, burst: 3) }
        try await withEngine(loops: loops, configuration) { server, peer, recorder in
            let reached = note(on: server)
            let client = try peer.connect()
            let sid = try peer.open(on: client)
            _ = try peer.openWebSocket()
            _ = try peer.open(on: try peer.connect())
            let late = try peer.connect()
            late.send(Peer.get())
            let response = late.receiveResponse()
            #expect(response.head.hasPrefix("HTTP/1.1 429 "))
            let wait = response.head.split(separator: "\r\n").first { $0.hasPrefix("Retry-After: ") }
            // A second more if all came in the same millisecond: what is rounded is rounded up.
            #expect((50...101).contains(wait.flatMap { Int($0.dropFirst(13)) } ?? 0))
            // The connection may be used for something else; a WebSocket's is at its end.
            late.send(Peer.webSocket())
            #expect(late.receiveResponse().head.hasPrefix("HTTP/1.1 429 "))
            #expect(late.isEnded())
            // Who has a session goes on.
            client.send(Peer.post(sid, "4x"))
            #expect(client.receiveBody() == "ok")
            #expect(recorder.now.opened == 3 && server.limitCounts == [.handshakesPerAddress: 2])
            #expect(reached.now.map(\.limit) == [.handshakesPerAddress, .handshakesPerAddress])
            #expect(reached.now.map(\.transport) == [.polling, .websocket])
            #expect(reached.now[0].sessionID == nil && reached.now[0].value == 0.01)
            #expect(reached.now[0].remoteAddress?.host == "127.0.0.1")
        }
    }

    @Test(arguments: [1, 3])
    func `one client more than may be is answered with 503, until one has left`(loops: Int) async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxClients = 2
        try await withEngine(loops: loops, configuration) { server, peer, recorder in
            for _ in 0..<3 {
                let first = try peer.openWebSocket()
                let polling = try peer.connect()
                let sid = try peer.open(on: polling)
                let late = try peer.connect()
                late.send(Peer.get())
                #expect(late.receiveResponse().head.hasPrefix("HTTP/1.1 503 "))
                late.send(Peer.webSocket())
                #expect(late.receiveResponse().head.hasPrefix("HTTP/1.1 503 "))
                first.close()
                polling.send(Peer.post(sid, "1"))
                #expect(await eventually { server.clientsCount == 0 })
            }
            #expect(server.limitCounts == [.maxClients: 6] && recorder.now.opened == 6)
        }
    }

    @Test func `a handshake that fails takes nobody's place`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxClients = 1
        try await withEngine(loops: 1, configuration) { server, peer, _ in
            for _ in 0..<3 {
                let client = try peer.connect()
                // Without a key it is no WebSocket.
                client.send(
                    "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                        + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n")
                #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 400 "))
            }
            _ = try peer.openWebSocket()
            #expect(server.limitCounts.isEmpty)
        }
    }

    // MARK: What clients send

    @Test(arguments: [1, 3])
    func `who sends too many messages is read no faster than it may send, and loses none`(loops: Int) async throws {
        let configuration = limited { $0.messagesPerClient = RateLimit(perSecond: 50, burst: 5) }
        try await withEngine(loops: loops, configuration) { server, peer, recorder in
            let reached = note(on: server)
            let client = try peer.openWebSocket()
            let before = ContinuousClock.now
            client.send((0..<20).flatMap { RawClient.frame(1, Array("4\($0)".utf8)) })
            #expect((0..<20).map { _ in client.receiveText() } == (0..<20).map { "4\($0)" })
            // 15 more than may come at once.
            #expect(ContinuousClock.now - before >= .milliseconds(280))
            #expect(reached.now.first?.limit == .messagesPerClient && reached.now.first?.value == 50)
            #expect(reached.now.first?.sessionID == recorder.now.last?.id)
            #expect(recorder.now.closes.isEmpty)
        }
    }

    @Test func `a POST that is held back is read in time, although an upgrade beside it came to nothing`() async throws
    {
        let configuration = limited { $0.messagesPerClient = RateLimit(perSecond: 5 / Double(slowness), burst: 1) }
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            let client = try peer.connect()
            let sid = try peer.open(on: client)
            client.send(Peer.post(sid, "4a\u{1E}4b\u{1E}4c"))
            #expect(client.receiveBody() == "ok")
            client.send(Peer.post(sid, "4d"))
            #expect(await eventually { await server.receivesPost(sid) })
            let socket = try peer.connect()
            socket.send(Peer.webSocket(sid))
            #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            socket.close()
            #expect(client.receiveBody() == "ok")
            #expect(recorder.now.messages.last == .text("d") && recorder.now.closes.isEmpty)
        }
    }

    @Test func `what is owed is not forgotten with a WebSocket that came to nothing`() async throws {
        let configuration = limited { $0.messagesPerClient = RateLimit(perSecond: 0.001, burst: 2) }
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            let client = try peer.connect()
            let sid = try peer.open(on: client)
            client.send(Peer.post(sid, "4a\u{1E}4b\u{1E}4c"))
            #expect(client.receiveBody() == "ok")
            let socket = try peer.connect()
            socket.send(Peer.webSocket(sid))
            #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            socket.close()
            #expect(await eventually { await server.withSession(sid) { $0.channel == nil } ?? false })
            client.send(Peer.post(sid, "4d"))
            #expect(await eventually { await server.receivesPost(sid) })
            #expect(recorder.now.messages == [.text("a"), .text("b"), .text("c")])
        }
    }

    @Test func `a client that is held back is read again when its session ends`() async throws {
        let configuration = limited { $0.bytesPerClient = RateLimit(perSecond: 1000, burst: 100) }
        try await withEngine(loops: 1, configuration) { _, peer, recorder in
            let client = try peer.openWebSocket()
            // Its debt is made up for in a minute and a half.
            client.sendText("4" + String(repeating: "x", count: 90_000))
            #expect(client.receiveText()?.utf8.count == 90_001)
            recorder.now.last?.close()
            #expect(client.receiveFrame()?.opcode == 8)
            client.sendFrame(8, [])
            // At once, and not when the time for the answer is over.
            #expect(client.isEnded())
            #expect(recorder.now.closes == ["forced close"])
        }
    }

    @Test func `while a client is held back nothing of it is read, whatever it sends`() async throws {
        let configuration = limited { $0.bytesPerClient = RateLimit(perSecond: 1000, burst: 100) }
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            let client = try peer.openWebSocket()
            // Its debt is made up for in half a minute.
            client.sendText("4" + String(repeating: "x", count: 30_000))
            #expect(client.receiveText()?.utf8.count == 30_001)
            let chunk = RawClient.frame(1, Array(("4" + String(repeating: "y", count: 50_000)).utf8))
            // More than the system takes for somebody who does not read.
            var sent = 0
            while true {
                let count = client.sendWhatFits(chunk)
                if count <= 0 { break }
                sent += count
                guard sent < 64_000_000, count == chunk.count else { break }
            }
            #expect(sent < 64_000_000)
            #expect(recorder.now.messages.count == 1)
            #expect(server.limitCounts == [.bytesPerClient: 1])
            // Its session ends like any other.
            recorder.now.last?.close()
            #expect(await eventually { recorder.now.closes == ["forced close"] })
        }
    }

    @Test func `pings and parts of messages count like messages`() async throws {
        let configuration = limited {
            $0.messagesPerClient = RateLimit(perSecond: 0.001, burst: 6)
            $0.policy = .disconnect
        }
        try await withEngine(loops: 1, configuration) { _, peer, recorder in
            let client = try peer.openWebSocket()
            for _ in 0..<2 { client.sendFrame(9, [1]) }
            client.sendFrame(10, [])
            client.sendFrame(1, [UInt8(ascii: "4")], isFinal: false)
            client.sendFrame(0, [UInt8(ascii: "x")])
            client.sendText("4y")
            for _ in 0..<2 { #expect(client.receiveFrame()?.opcode == 10) }
            #expect(client.receiveText() == "4x" && client.receiveText() == "4y")
            client.sendFrame(9, [1])
            #expect(await eventually { recorder.now.closes == ["rate limit exceeded"] })
        }
    }

    @Test(arguments: [EngineServer.Transport.websocket, .polling])
    func `where the policy says so, what is too much ends the session, and is not handed on`(
        transport: EngineServer.Transport
    ) async throws {
        let configuration = limited {
            $0.messagesPerClient = RateLimit(perSecond: 0.001, burst: 3)
            $0.policy = .disconnect
        }
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            switch transport {
            case .websocket:
                let client = try peer.openWebSocket()
                client.send((0..<10).flatMap { RawClient.frame(1, Array("4\($0)".utf8)) })
                #expect((0..<3).map { _ in client.receiveText() } == ["40", "41", "42"])
                #expect(client.receiveFrame()?.opcode == 8)
            case .polling:
                let client = try peer.connect()
                let sid = try peer.open(on: client)
                client.send(Peer.post(sid, (0..<10).map { "4\($0)" }.joined(separator: "\u{1E}")))
                #expect(client.receiveBody() == "ok")
            }
            #expect(await eventually { recorder.now.closes == ["rate limit exceeded"] })
            #expect(recorder.now.messages == [.text("0"), .text("1"), .text("2")])
            #expect(server.clientsCount == 0 && server.limitCounts == [.messagesPerClient: 1])
        }
    }

    @Test(arguments: [1, 3])
    func `on polling the next post waits until the last one is made up for`(loops: Int) async throws {
        let configuration = limited { $0.messagesPerClient = RateLimit(perSecond: 20, burst: 1) }
        try await withEngine(loops: loops, configuration) { _, peer, recorder in
            let client = try peer.connect()
            let sid = try peer.open(on: client)
            let before = ContinuousClock.now
            client.send(Peer.post(sid, (0..<8).map { "4\($0)" }.joined(separator: "\u{1E}")))
            #expect(client.receiveBody() == "ok")
            #expect(recorder.now.messages.count == 8)
            client.send(Peer.post(sid, "4next"))
            #expect(client.receiveBody() == "ok")
            #expect(ContinuousClock.now - before >= .milliseconds(340))
            #expect(recorder.now.messages.count == 9 && recorder.now.closes.isEmpty)
        }
    }

    @Test func `a post that waits is given up with its client, and with the server`() async throws {
        let configuration = limited { $0.messagesPerClient = RateLimit(perSecond: 0.001, burst: 1) }
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            let client = try peer.connect()
            for isReset in [true, false] {
                let sid = try peer.open(on: client)
                let posts = try peer.connect()
                posts.send(Peer.post(sid, "4a\u{1E}4b"))
                #expect(posts.receiveBody() == "ok")
                posts.send(Peer.post(sid, "4c"))
                #expect(await eventually { await server.receivesPost(sid) })
                if isReset {
                    posts.reset()
                    #expect(await eventually { recorder.now.closes == ["transport error"] })
                } else {
                    recorder.now.last?.close()
                    client.send(Peer.get(sid))
                    _ = client.receiveResponse()
                    #expect(await eventually { recorder.now.closes.count == 2 })
                    #expect(posts.receive().isEmpty)
                }
            }
            #expect(!recorder.now.messages.contains(.text("c")))
        }
    }

    @Test func `a session takes its debt with it when it moves to a WebSocket`() async throws {
        let configuration = limited { $0.messagesPerClient = RateLimit(perSecond: 0.001, burst: 4) }
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            let client = try peer.connect()
            let sid = try peer.open(on: client)
            client.send(Peer.post(sid, "4a\u{1E}4b"))
            #expect(client.receiveBody() == "ok")
            client.send(Peer.get(sid))
            _ = client.receiveResponse()
            let socket = try peer.connect()
            socket.send(Peer.webSocket(sid))
            #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            // The probe and the upgrade are the third and the fourth.
            socket.sendText("2probe")
            #expect(socket.receiveText() == "3probe")
            socket.sendText("5")
            socket.sendText("4c")
            #expect(socket.receiveText() == "4c")
            #expect(server.limitCounts == [.messagesPerClient: 1])
            socket.sendText("4d")
            #expect(recorder.now.messages == [.text("a"), .text("b"), .text("c")])
        }
    }

    // MARK: Sizes

    @Test func `the application is told of messages that are too large`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxHttpBufferSize = 1000
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            let reached = note(on: server)
            let client = try peer.connect()
            let sid = try peer.open(on: client)
            client.send(Peer.post(sid, "4" + String(repeating: "x", count: 1000)))
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 413 "))
            let socket = try peer.openWebSocket()
            socket.sendText("4" + String(repeating: "x", count: 1000))
            #expect(socket.receiveFrame()?.payload.prefix(2) == [3, 241])
            #expect(await eventually { recorder.now.closes == ["transport error"] })
            #expect(reached.now.map(\.limit) == [.maxHttpBufferSize, .maxHttpBufferSize])
            #expect(
                reached.now.map(\.value) == [1000, 1000] && reached.now.map(\.transport) == [.polling, .websocket])
            #expect(reached.now.first?.sessionID == sid)
        }
    }

    @Test func `the application is told when too much waits for a client`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxSendBufferSize = 10_000
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            let reached = note(on: server)
            let client = try peer.connect()
            let sid = try peer.open(on: client)
            try #require(recorder.now.last).send(.text(String(repeating: "x", count: 10_000)))
            #expect(await eventually { recorder.now.closes == ["send buffer overflow"] })
            #expect(reached.now.map(\.limit) == [.maxSendBufferSize] && reached.now.first?.sessionID == sid)
        }
    }
}
