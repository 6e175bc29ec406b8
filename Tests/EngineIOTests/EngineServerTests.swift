import Foundation
import SIOHTTP
import SIONet
import Synchronization
import TestSupport
import Testing

@testable import EngineIO

/// What a server's sessions did.
private struct Events: Sendable {
    var opened = 0
    var messages: [EngineSocket.Message] = []
    var closes: [String] = []
    var last: EngineSocket?
}

private final class Recorder: Sendable {
    private let state = Mutex(Events())
    var now: Events { state.withLock { $0 } }

    /// Echoes each message, and closes on `close`.
    func attach(to server: EngineServer) {
        server.onConnection { [self] socket in
            state.withLock {
                $0.opened += 1
                $0.last = socket
            }
            socket.onMessage { [weak socket] message in
                self.state.withLock { $0.messages.append(message) }
                if message == .text("close") { socket?.close() } else { socket?.send(message) }
            }
            socket.onClose { reason in self.state.withLock { $0.closes.append(reason) } }
        }
    }
}

/// Asks until the answer is yes, for five seconds at most.
private func eventually(_ isTrue: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(5)
    while ContinuousClock.now < end {
        if await isTrue() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return false
}

/// The engine's requests, as text on the wire.
private struct Peer {
    let port: Int

    func connect() throws -> RawClient { try RawClient(port: port) }

    static func get(_ sid: String? = nil, _ more: String = "") -> String {
        "GET /engine.io/?EIO=4&transport=polling\(sid.map { "&sid=\($0)" } ?? "") HTTP/1.1\r\nHost: x\r\n\(more)\r\n"
    }

    static func post(_ sid: String, _ body: String, length: Int? = nil) -> String {
        "POST /engine.io/?EIO=4&transport=polling&sid=\(sid) HTTP/1.1\r\nHost: x\r\n"
            + "Content-Length: \(length ?? body.utf8.count)\r\n\r\n\(body)"
    }

    static func webSocket(_ sid: String? = nil) -> String {
        "GET /engine.io/?EIO=4&transport=websocket\(sid.map { "&sid=\($0)" } ?? "") HTTP/1.1\r\nHost: x\r\n"
            + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    }

    /// Opens a session on polling.
    func open(on client: RawClient) throws -> String {
        client.send(Self.get())
        let body = String(decoding: client.receiveResponse().body, as: UTF8.self)
        let start = try #require(body.range(of: "\"sid\":\"")?.upperBound)
        return String(body[start...].prefix { $0 != "\"" })
    }

    /// Opens a session on a WebSocket.
    func openWebSocket() throws -> RawClient {
        let client = try connect()
        client.send(Self.webSocket())
        #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
        #expect(client.receiveText()?.hasPrefix("0{\"sid\":") == true)
        return client
    }
}

extension EngineServer {
    fileprivate func holdsPoll(_ sid: String) async -> Bool { await withSession(sid) { $0.isPollHeld } ?? false }
    fileprivate func receivesPost(_ sid: String) async -> Bool {
        await withSession(sid) { $0.isReceivingPost } ?? false
    }
}

extension RawClient {
    fileprivate func receiveText() -> String? { receiveFrame().map { String(decoding: $0.payload, as: UTF8.self) } }
    fileprivate func sendText(_ text: String) { sendFrame(1, Array(text.utf8)) }
    fileprivate func receiveBody() -> String { String(decoding: receiveResponse().body, as: UTF8.self) }
}

@Suite struct EngineServerTests {
    private let recorder = Recorder()

    private func withEngine(
        loops: Int,
        _ configuration: EngineServer.Configuration = .init(),
        _ body: @escaping @Sendable (EngineServer, Peer) async throws -> Void
    ) async throws {
        let group = EventLoopGroup(loops: loops)
        let server = EngineServer(configuration)
        recorder.attach(to: server)
        let addresses = try await server.listen(host: "127.0.0.1", port: 0, eventLoops: group)
        let peer = Peer(port: try #require(addresses.first?.port))
        // The clients block a thread that nobody else needs.
        let own = EventLoopGroup(loops: 1)
        let failure = await withTaskExecutorPreference(own.loops[0]) { () async -> (any Error)? in
            do { try await body(server, peer) } catch { return error }
            return nil
        }
        await own.shutdown()
        await server.close()
        #expect(server.clientsCount == 0)
        await group.shutdown()
        if let failure { throw failure }
    }

    @Test(arguments: [1, 3])
    func `messages go both ways by polling, whatever connection a request takes`(loops: Int) async throws {
        let recorder = recorder
        try await withEngine(loops: loops) { server, peer in
            let first = try peer.connect()
            let sid = try peer.open(on: first)
            #expect(server.clientsCount == 1)
            for number in 0..<12 {
                // New connections land on any loop.
                let sending = try peer.connect()
                let polling = try peer.connect()
                polling.send(Peer.get(sid))
                sending.send(Peer.post(sid, "4message \(number)"))
                #expect(sending.receiveBody() == "ok")
                #expect(polling.receiveBody() == "4message \(number)")
                // And one that stays.
                first.send(Peer.post(sid, "4again\u{1E}bAQID"))
                #expect(first.receiveBody() == "ok")
                polling.send(Peer.get(sid))
                #expect(polling.receiveBody() == "4again\u{1E}bAQID")
            }
            #expect(recorder.now.messages.count == 36 && recorder.now.closes.isEmpty)
            first.send(Peer.post(sid, "1"))
            #expect(first.receiveBody() == "ok")
            #expect(await eventually { recorder.now.closes == ["transport close"] })
            first.send(Peer.get(sid))
            #expect(first.receiveBody() == #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }

    @Test(arguments: [1, 3])
    func `a session moves to a WebSocket from any connection, and loses nothing`(loops: Int) async throws {
        let recorder = recorder
        try await withEngine(loops: loops) { _, peer in
            for _ in 0..<8 {
                let polling = try peer.connect()
                let sid = try peer.open(on: polling)
                polling.send(Peer.get(sid))
                let socket = try peer.connect()
                // The probe comes with the handshake.
                socket.send(Array(Peer.webSocket(sid).utf8) + RawClient.frame(1, Array("2probe".utf8)))
                #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                #expect(socket.receiveText() == "3probe")
                #expect(polling.receiveBody() == "6")
                recorder.now.last?.send(.text("between"))
                socket.sendText("5")
                #expect(socket.receiveText() == "4between")
                socket.sendText("4hello")
                #expect(socket.receiveText() == "4hello")
                polling.send(Peer.get(sid))
                #expect(polling.receiveBody() == #"{"code":3,"message":"Bad request"}"#)
                socket.sendFrame(8, [3, 232])
                #expect(socket.receiveFrame()?.opcode == 8)
                #expect(socket.isEnded())
            }
            #expect(await eventually { recorder.now.closes.count == 8 })
        }
    }

    @Test(arguments: [1, 3])
    func `a session may begin on a WebSocket`(loops: Int) async throws {
        let recorder = recorder
        try await withEngine(loops: loops) { server, peer in
            let clients = try (0..<6).map { _ in try peer.openWebSocket() }
            #expect(server.clientsCount == 6)
            let large = String(repeating: "x", count: 900_000)
            for client in clients {
                client.sendText("4\(large)")
                #expect(client.receiveText() == "4\(large)")
                client.sendFrame(2, [1, 2, 3])
                #expect(client.receiveFrame()?.payload == [1, 2, 3])
            }
            clients[0].sendText("4close")
            #expect(clients[0].receiveFrame()?.opcode == 8)
            clients[1].reset()
            clients[2].sendText("1")
            #expect(await eventually { server.clientsCount == 3 })
            #expect(recorder.now.closes.sorted() == ["forced close", "transport close", "transport close"])
        }
    }

    @Test(arguments: [1, 3])
    func `a client that gives up its poll loses its session`(loops: Int) async throws {
        let recorder = recorder
        try await withEngine(loops: loops) { server, peer in
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
        let recorder = recorder
        try await withEngine(loops: loops) { server, peer in
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
        let recorder = recorder
        try await withEngine(loops: loops) { server, peer in
            let first = try peer.connect()
            let sid = try peer.open(on: first)
            let slow = try peer.connect()
            slow.send(Peer.post(sid, "4ab", length: 10))
            #expect(await eventually { await server.receivesPost(sid) })
            let second = try peer.connect()
            second.send(Peer.post(sid, "4x"))
            #expect(second.receiveResponse().head.hasPrefix("HTTP/1.1 400 "))
            #expect(slow.isEnded())
            #expect(await eventually { recorder.now.closes == ["transport error"] })
            #expect(recorder.now.messages.isEmpty)
        }
    }

    @Test(arguments: [1, 3])
    func `a post that is too large is refused, and the session goes on`(loops: Int) async throws {
        let recorder = recorder
        var configuration = EngineServer.Configuration()
        configuration.maxHttpBufferSize = 1000
        try await withEngine(loops: loops, configuration) { _, peer in
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
        let recorder = recorder
        try await withEngine(loops: loops) { server, peer in
            let first = try peer.connect()
            let sid = try peer.open(on: first)
            let slow = try peer.connect()
            slow.send(Peer.post(sid, "4ab", length: 10))
            #expect(await eventually { await server.receivesPost(sid) })
            slow.reset()
            #expect(await eventually { recorder.now.closes == ["transport error"] })
        }
    }

    @Test(arguments: [1, 3])
    func `a client that is silent loses its session, one that answers pings keeps it`(loops: Int) async throws {
        let recorder = recorder
        var configuration = EngineServer.Configuration()
        configuration.pingInterval = .milliseconds(150)
        configuration.pingTimeout = .milliseconds(1500)
        try await withEngine(loops: loops, configuration) { server, peer in
            let silent = try peer.openWebSocket()
            let lively = try peer.openWebSocket()
            let polling = try peer.connect()
            _ = try peer.open(on: polling)
            for _ in 0..<5 {
                #expect(lively.receiveText() == "2")
                lively.sendText("3")
            }
            while recorder.now.closes.count < 2, lively.receiveText() == "2" { lively.sendText("3") }
            #expect(recorder.now.closes == ["ping timeout", "ping timeout"])
            #expect(server.clientsCount == 1)
            #expect(silent.receiveText() == "2")
            #expect(silent.receiveFrame()?.opcode == 8)
        }
    }

    @Test(arguments: [1, 3])
    func `a client that reads nothing loses its session, and costs no more than the limit`(loops: Int) async throws {
        let recorder = recorder
        var configuration = EngineServer.Configuration()
        configuration.maxSendBufferSize = 200_000
        try await withEngine(loops: loops, configuration) { server, peer in
            let socket = try RawClient(port: peer.port, receiveBuffer: 4096)
            socket.send(Peer.webSocket())
            #expect(await eventually { recorder.now.opened == 1 })
            let engineSocket = try #require(recorder.now.last)
            let chunk = EngineSocket.Message.binary([UInt8](repeating: 1, count: 100_000))
            // More than any system takes for a client that does not read.
            for _ in 0..<200 { engineSocket.send(chunk) }
            #expect(await eventually { recorder.now.closes == ["forced close"] })
            #expect(server.clientsCount == 0)
        }
    }

    @Test(arguments: [1, 3])
    func `a client that probes without end and reads nothing is dropped`(loops: Int) async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxSendBufferSize = 100_000
        try await withEngine(loops: loops, configuration) { server, peer in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            let socket = try RawClient(port: peer.port, receiveBuffer: 4096)
            socket.send(Peer.webSocket(sid))
            let probes = [UInt8]((0..<10_000).flatMap { _ in RawClient.frame(1, Array("2probe".utf8)) })
            var rounds = 0
            while server.clientsCount == 1, rounds < 2000, socket.send(probes) { rounds += 1 }
            #expect(await eventually { server.clientsCount == 0 })
        }
    }

    @Test(arguments: [1, 3])
    func `requests that no session knows are refused`(loops: Int) async throws {
        try await withEngine(loops: loops) { _, peer in
            let client = try peer.connect()
            client.send(Peer.get("AAAAAAAAAAAAAAAAAAAA"))
            #expect(client.receiveBody() == #"{"code":1,"message":"Session ID unknown"}"#)
            client.send(Peer.post("AAAAAAAAAAAAAAAAAAAA", "4x"))
            #expect(client.receiveBody() == #"{"code":1,"message":"Session ID unknown"}"#)
            client.send("GET /engine.io/?EIO=4&transport=carrier HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receiveBody() == #"{"code":0,"message":"Transport unknown"}"#)
            client.send("PUT /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receiveBody() == #"{"code":2,"message":"Bad handshake method"}"#)
            client.send(Peer.webSocket("AAAAAAAAAAAAAAAAAAAA"))
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test(arguments: [1, 3])
    func `closing the server ends every session and tells its clients`(loops: Int) async throws {
        let recorder = recorder
        try await withEngine(loops: loops) { server, peer in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            polling.send(Peer.get(sid))
            #expect(await eventually { await server.holdsPoll(sid) })
            let socket = try peer.openWebSocket()
            await server.close()
            #expect(polling.receiveBody() == "1")
            #expect(socket.receiveFrame()?.opcode == 8)
            #expect(recorder.now.closes == ["forced close", "forced close"] && server.clientsCount == 0)
            #expect(throws: RawClient.Failure.self) { try peer.connect() }
        }
    }

    @Test(arguments: [1, 3])
    func `sessions that come and go leave nothing`(loops: Int) async throws {
        let recorder = recorder
        try await withEngine(loops: loops) { server, peer in
            for number in 0..<60 {
                let polling = try peer.connect()
                let sid = try peer.open(on: polling)
                switch number % 4 {
                case 0:
                    polling.send(Peer.post(sid, "1"))
                    #expect(polling.receiveBody() == "ok")
                case 1:
                    polling.send(Peer.get(sid))
                    #expect(await eventually { await server.holdsPoll(sid) })
                    polling.reset()
                case 2:
                    let socket = try peer.openWebSocket()
                    socket.reset()
                    polling.send(Peer.post(sid, "1"))
                    #expect(polling.receiveBody() == "ok")
                default:
                    let socket = try peer.connect()
                    socket.send(
                        Array(Peer.webSocket(sid).utf8) + RawClient.frame(1, Array("2probe".utf8))
                            + RawClient.frame(1, Array("5".utf8)) + RawClient.frame(1, Array("1".utf8)))
                    #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                }
            }
            #expect(await eventually { server.clientsCount == 0 })
            #expect(recorder.now.opened == 75 && recorder.now.closes.count == 75)
        }
    }
}
