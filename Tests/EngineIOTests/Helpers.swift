import Foundation
import SIOHTTP
import SIONet
import Synchronization
import TestSupport
import Testing

@testable import EngineIO

/// What a server's sessions did.
struct Events: Sendable {
    var opened = 0
    var messages: [EngineSocket.Message] = []
    var closes: [String] = []
    var last: EngineSocket?
}

final class Recorder: Sendable {
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

/// The engine's requests, as text on the wire.
struct Peer {
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

    /// Sends the head of a POST and some of its body; returns when the session knows of it.
    func beginPost(_ sid: String, to server: EngineServer) async throws -> RawClient {
        let client = try connect()
        client.send(Self.post(sid, "4ab", length: 10))
        #expect(await eventually { await server.receivesPost(sid) })
        return client
    }

    /// Sends a second POST while one is being received: it is refused, and the first one's connection ends.
    func expectSecondPostRefused(_ sid: String, first: RawClient) throws {
        let second = try connect()
        second.send(Self.post(sid, "4x"))
        #expect(second.receiveResponse().head.hasPrefix("HTTP/1.1 400 "))
        #expect(first.isEnded())
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
    func holdsPoll(_ sid: String) async -> Bool { await withSession(sid) { $0.isPollHeld } ?? false }
    func receivesPost(_ sid: String) async -> Bool {
        await withSession(sid) { $0.isReceivingPost } ?? false
    }
}

extension RawClient {
    func receiveText() -> String? { receiveFrame().map { String(decoding: $0.payload, as: UTF8.self) } }
    func sendText(_ text: String) { sendFrame(1, Array(text.utf8)) }
    func receiveBody() -> String { String(decoding: receiveResponse().body, as: UTF8.self) }
}

/// Runs a server whose messages are echoed and recorded, and the body, which may block.
func withEngine(
    loops: Int,
    _ configuration: EngineServer.Configuration = .init(),
    _ body: @escaping @Sendable (EngineServer, Peer, Recorder) async throws -> Void
) async throws {
    let group = EventLoopGroup(loops: loops)
    let server = EngineServer(configuration)
    let recorder = Recorder()
    recorder.attach(to: server)
    let addresses = try await onQuietPort { try await server.listen(host: "127.0.0.1", port: $0, eventLoops: group) }
    let peer = Peer(port: try #require(addresses.first?.port))
    // The clients block a thread that nobody else needs.
    let own = EventLoopGroup(loops: 1)
    let failure = await withTaskExecutorPreference(own.loops[0]) { () async -> (any Error)? in
        do { try await body(server, peer, recorder) } catch { return error }
        return nil
    }
    await own.shutdown()
    await server.close()
    #expect(server.clientsCount == 0)
    await group.shutdown()
    if let failure { throw failure }
}
