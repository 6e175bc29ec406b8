import SocketIO
import SocketIOClient
import SocketIOTesting
import Synchronization
import TestSupport
import Testing

@Suite struct DisconnectDetailsTests {
    /// A server that speaks polling, welcomes a socket, and answers its next GET with this.
    private func server(_ answer: String) throws -> RawServer {
        let gets = Counter()
        return try RawServer { peer, _ in
            while case let (head, _) = peer.receiveRequest(), !head.isEmpty {
                guard head.hasPrefix("GET") else {
                    peer.send(Self.ok("ok"))
                    continue
                }
                switch gets.count.add(1, ordering: .relaxed).oldValue {
                case 0:
                    let handshake =
                        #"{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#
                    peer.send(Self.ok("0" + handshake))
                case 1: peer.send(Self.ok(#"40{"sid":"s"}"#))
                default: peer.send(answer)
                }
            }
        }
    }

    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }

    private static func ok(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(arguments: [
        (
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy",
            "transport error: refused, 503, busy, polling GET: the server answered 503 Service Unavailable"
        ),
        (ok("4rubbish"), "parse error: invalidResponse, polling GET: unknown packet type r"),
        (ok("rubbish"), "transport error: invalidResponse, polling GET: invalid packet"),
        (ok("1"), "transport close"), (ok("41"), "io server disconnect"),
    ])
    func `the end of a connection is told with what the server answered`(answer: String, expected: String) async throws
    {
        let server = try server(answer)
        var configuration = World.fast()
        configuration.reconnection = false
        let manager = try Manager("http://127.0.0.1:\(server.port)", configuration)
        let socket = manager.socket()
        let (ends, closes, reasons) = (Mailbox<String>(), Mailbox<String>(), Mailbox<DisconnectReason>())
        socket.on(.disconnect) { reason, error in ends.push(Self.words(reason, error)) }
        manager.once(.close) { (reason, error) async throws -> Void in closes.push(Self.words(reason, error)) }
        socket.on(.disconnect) { reason in reasons.push(reason) }
        socket.connect()
        #expect(try await ends.next() == expected)
        #expect(try await expected.hasPrefix(reasons.next().rawValue))
        // A server that has a socket leave has not ended the connection: this side does, as nobody uses it.
        let isKept = expected == "io server disconnect"
        #expect(try await closes.next() == (isKept ? "forced close" : expected))
        await manager.closed()
    }

    private static func words(_ reason: DisconnectReason, _ error: EngineClientError?) -> String {
        guard let error else { return "\(reason)" }
        let details = [
            "\(error.code)", error.status.map { "\($0)" },
            error.body.isEmpty ? nil : String(decoding: error.body, as: UTF8.self), error.closeCode.map { "\($0)" },
            error.description,
        ]
        return "\(reason): " + details.compactMap { $0 }.joined(separator: ", ")
    }

    @Test func `the end of a WebSocket is told with its close code`() async throws {
        try await World.run(server: { $0.maxHttpBufferSize = 1000 }, client: { $0.transports = [.websocket] }) {
            world in
            let socket = world.pair.socket()
            socket.on(.disconnect) { reason, error in world.notes.push(Self.words(reason, error)) }
            try await socket.ready()
            try socket.emit("too large", String(repeating: "x", count: 2000))
            #expect(
                try await world.notes.next()
                    == "transport close: webSocketClosed, 1009, WebSocket: closed with code 1009")
            try await socket.ready()
            world.pair.cutAll()
            #expect(
                try await world.notes.next()
                    == "transport close: webSocketClosed, 1006, WebSocket: closed with code 1006")
            try await socket.ready()
            await socket.close()
            #expect(try await world.notes.next() == "io client disconnect")
        }
    }

    @Test func `a connection that goes before the namespace is joined says why`() async throws {
        try await World.run(client: { configuration in
            configuration.transports = [.websocket]
            configuration.reconnection = false
        }) { world in
            world.io.of("/").use { _ in
                world.pair.cutAll()
                await withCheckedContinuation { $0.resume() }
            }
            let failure = await #expect(throws: ConnectFailure.self) { try await world.pair.socket().ready() }
            #expect(failure?.code == .transport)
            #expect((failure?.underlying as? EngineClientError)?.closeCode == 1006)
        }
    }
}
