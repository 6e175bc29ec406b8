import SIONet
import SIOWebSocket
import Synchronization
import TestSupport
import Testing

@testable import WebSocket

/// A server on two loops of its own, on a free port.
struct Site: Sendable {
    let server: WebSocketServer
    let loops: EventLoopGroup
    let port: Int

    func url(_ path: String = "/") -> String { "ws://127.0.0.1:\(port)\(path)" }

    func connect(_ path: String = "/", _ options: WebSocket.ConnectOptions = .init()) async throws -> WebSocket {
        try await WebSocket.connect(url(path), options: options, eventLoops: loops)
    }

    /// A peer that says what the test wants, behind the handshake.
    func raw(_ path: String = "/", receiveBuffer: Int? = nil) throws -> RawClient {
        let client = try RawClient(port: port, receiveBuffer: receiveBuffer)
        client.send(Self.handshake(path))
        let head = client.receive(until: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        return client
    }

    static func handshake(_ path: String = "/", _ more: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(more)\r\n"
    }
}

/// Runs a server and the body, which may block, and looks whether all connections are gone behind it.
func withSite(
    _ configuration: WebSocketServer.Configuration = .init(), grace: Duration = .seconds(10), tls: TLSContext? = nil,
    routes: (WebSocketServer) -> Void = { $0.on(path: "/", echo) },
    _ body: @escaping @Sendable (Site) async throws -> Void
) async throws {
    let loops = EventLoopGroup(loops: 2)
    let server = WebSocketServer(configuration, eventLoops: loops)
    routes(server)
    let address = try #require(try await server.listen(host: "127.0.0.1", port: 0, tls: tls).first)
    let site = Site(server: server, loops: loops, port: address.port)
    let own = EventLoopGroup(loops: 1)
    let failure: (any Error)? = await withTaskExecutorPreference(own.loops[0]) {
        do {
            try await body(site)
            return nil
        } catch {
            return error
        }
    }
    await server.close(grace: grace)
    #expect(await eventually { server.connectionCount == 0 })
    await own.shutdown()
    await loops.shutdown()
    if let failure { throw failure }
}

/// Sends back what it gets.
@Sendable func echo(_ socket: WebSocket) async throws {
    for try await message in socket { try await socket.send(message) }
}

/// A value that tasks share.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    init(_ value: Value) { state = Mutex(value) }
    var value: Value { state.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) {
        state.withLock {
            var value = $0
            body(&value)
            $0 = value
        }
    }
}

/// What the body throws, if it is a failure of a WebSocket.
func failure(_ body: () async throws -> Void) async -> WebSocketFailure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? WebSocketFailure
    }
}

/// What the body throws, if it is an error of connecting.
func connectError(_ body: () async throws -> Void) async -> WebSocketConnectError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? WebSocketConnectError
    }
}

extension WebSocket {
    /// The next message's text.
    func text() async throws -> String? { try await receive()?.text }
}
