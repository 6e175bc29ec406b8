import SIOBytes
import SIOJSON
import SIOMessagePack
import Testing

@testable import SocketIO

/// A client that speaks MessagePack.
struct PackClient: Sendable {
    let client: TestClient

    init(
        _ port: Int, _ transport: EngineServer.Transport = .websocket, eio: Int = 4, base64: Bool = false,
        reads: Bool = true
    ) throws {
        client = try TestClient(port, transport, eio: eio, base64: base64, reads: reads)
    }

    static func joined(
        _ server: TestServer, _ transport: EngineServer.Transport = .websocket, namespace: String = "/"
    ) async throws -> PackClient {
        let client = try PackClient(server.port, transport)
        try await client.join(namespace)
        return client
    }

    @discardableResult
    func join(_ namespace: String = "/", auth: JSONValue = [:]) async throws -> String {
        try connect(namespace, auth: auth)
        let answer = try await next()
        let id = try #require(answer["data"]?["sid"]?.stringValue)
        #expect(answer == ["type": 0, "nsp": .string(namespace), "data": ["sid": .string(id)]])
        return id
    }

    func connect(_ namespace: String = "/", auth: JSONValue = [:]) throws {
        try send(["type": 0, "nsp": .string(namespace), "data": auth])
    }

    func send(_ fields: JSONValue) throws {
        client.send(binary: try MessagePack.encode(fields))
    }

    func emit(_ data: JSONValue..., id: Int64? = nil, namespace: String = "/") throws {
        try send(
            ["type": 2, "nsp": .string(namespace), "data": .array(data), "id": id.map(JSONValue.integer) ?? .null])
    }

    func next() async throws -> JSONValue {
        let bytes = try await client.nextBinary()
        return try MessagePack.decode(JSONValue.self, from: bytes.span.bytes)
    }

    /// The name and the arguments of the event that comes next.
    func nextEvent() async throws -> JSONValue {
        let packet = try await next()
        #expect(packet["type"] == 2)
        return packet["data"] ?? .null
    }
}
