import SIOEvents
import SIOJSON
import TestSupport
import Testing

@testable import SocketIO

/// Clients of Engine.IO 3 that speak MessagePack.
@Suite(.timeLimit(.minutes(1))) struct MessagePackVersion3Tests {
    /// How their bytes travel.
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case webSocket, webSocketBase64, polling, pollingBase64

        var testDescription: String { rawValue }

        func connect(_ server: TestServer) throws -> PackClient {
            try PackClient(
                server.port, self == .webSocket || self == .webSocketBase64 ? .websocket : .polling, eio: 3,
                base64: self == .webSocketBase64 || self == .pollingBase64)
        }

        /// A client that is connected to `/`, for which it need not ask.
        func joined(_ server: TestServer) async throws -> PackClient {
            let client = try connect(server)
            #expect(try await client.next() == ["type": 0, "nsp": "/"])
            return client
        }
    }

    private static func run(
        _ change: (inout Server.Configuration) -> Void = { _ in }, body: (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(loops: 3) {
            $0.parser = .messagePack
            $0.allowEIO3 = true
            change(&$0)
        } body: {
            try await body($0)
        }
    }

    @Test(arguments: Way.allCases, PackedValues.all)
    func `events and acknowledgements come back as they were sent`(way: Way, values: [JSONValue]) async throws {
        try await Self.run { server in
            let sockets = server.sockets()
            server.io.on(.connection) { socket in
                socket.on(
                    "echo",
                    raw: { arguments, acknowledge in
                        try socket.emit("echo", arguments: arguments)
                        acknowledge?(arguments: arguments)
                    })
            }
            let client = try await way.joined(server)
            let socket = try await sockets.next()
            try client.send(["type": 2, "nsp": "/", "data": .array(["echo"] + values)])
            #expect(try await client.nextEvent() == .array(["echo"] + values))
            try client.send(["type": 2, "nsp": "/", "id": 7, "data": .array(["echo"] + values)])
            #expect(try await client.nextEvent() == .array(["echo"] + values))
            #expect(try await client.next() == ["type": 3, "nsp": "/", "id": 7, "data": .array(values)])
            async let answer: JSONValue = socket.emitWithAck("ask", .array(values) as JSONValue)
            try await client.answer("ask", [.array(values)], with: [.array(values)])
            #expect(try await answer == .array(values))
        }
    }

    @Test(arguments: Way.allCases)
    func `several messages at once keep their order, whatever they are`(way: Way) async throws {
        try await Self.run { server in
            server.io.on(.connection) { socket in
                socket.on("go") { () in
                    for number in 0..<20 {
                        try socket.emit("n", number, [UInt8](repeating: UInt8(number), count: number * 40))
                    }
                }
            }
            let client = try await way.joined(server)
            try client.emit("go")
            for number in 0..<20 {
                let bytes = [UInt8](repeating: UInt8(number), count: number * 40)
                #expect(try await client.nextEvent() == ["n", .integer(Int64(number)), .binary(bytes)])
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `namespaces have queries, ids, refusals and ends of the third version`(way: Way) async throws {
        try await Self.run { server in
            let roots = server.sockets()
            let admins = server.sockets(in: "/admin")
            server.io.of("/closed").use { _ in throw ConnectError("no", data: ["retry": [UInt8]([1])]) }
            let client = try await way.joined(server)
            let root = try await roots.next()
            try client.send(["type": 0, "nsp": "/admin?token=a%20b"])
            #expect(try await client.next() == ["type": 0, "nsp": "/admin"])
            let admin = try await admins.next()
            #expect(admin.id == "/admin#\(root.id)")
            #expect(try admin.handshake.auth.decode() == ["token": "a b"])
            admin.on("sum") { (a: Int, b: Int) in a + b }
            _ = await admin.loop.call { true }
            try client.send(["type": 2, "nsp": "/admin?token=a%20b", "id": 3, "data": ["sum", 1, 2]])
            #expect(try await client.next() == ["type": 3, "nsp": "/admin", "id": 3, "data": [3]])
            try client.send(["type": 0, "nsp": "/nowhere"])
            #expect(try await client.next() == ["type": 4, "nsp": "/nowhere", "data": "Invalid namespace"])
            try client.send(["type": 0, "nsp": "/closed"])
            #expect(try await client.next()["nsp"] == "/closed")
            admin.disconnect()
            #expect(try await client.next() == ["type": 1, "nsp": "/admin"])
            root.on(.disconnect) { server.notes.push($0.rawValue) }
            try client.send(["type": 1, "nsp": "/"])
            #expect(try await server.notes.next() == "client namespace disconnect")
        }
    }

    @Test(arguments: PackedValues.few)
    func `clients of all ways hear one broadcast, and acknowledge it`(values: [JSONValue]) async throws {
        let arguments = try Arguments(values)
        try await Self.run { server in
            var clients: [PackClient] = []
            for way in Way.allCases { clients.append(try await way.joined(server)) }
            for transport in EngineServer.Transport.allCases {
                clients.append(try await PackClient.joined(server, transport))
            }
            try server.io.emit("news", arguments: arguments)
            for client in clients { #expect(try await client.nextEvent() == .array(["news"] + values)) }
            async let answers = server.io.timeout(.seconds(20)).emitWithAck("how", .array(values) as JSONValue)
            for (number, client) in clients.enumerated() {
                try await client.answer("how", [.array(values)], with: [.binary([UInt8(number)])])
            }
            let bytes = try await answers.map { try $0.decode([UInt8].self) }
            #expect(Set(bytes) == Set((0..<6).map { [UInt8($0)] }))
        }
    }

    @Test(
        arguments: Way.allCases,
        [
            ["type": 2, "nsp": "/", "data": ["disconnect"]], ["type": 7, "nsp": "/"], ["type": 0, "nsp": "/"], 1,
            ["type": 2, "nsp": "/other", "data": ["a"]],
        ] as [JSONValue])
    func `a bad packet ends the connection`(way: Way, packet: JSONValue) async throws {
        try await Self.run { server in
            let sockets = server.sockets()
            let client = try await way.joined(server)
            let socket = try await sockets.next()
            try client.send(packet)
            #expect(try await client.client.nextIncoming() == .closed)
            #expect(await eventually { socket.disconnected })
        }
    }

    @Test(arguments: Way.allCases)
    func `a client does not come back, and its events have an offset like all others`(way: Way) async throws {
        try await Self.run {
            $0.connectionStateRecovery = ConnectionStateRecovery()
        } body: { server in
            let sockets = server.sockets()
            let client = try await way.joined(server)
            let socket = try await sockets.next()
            try socket.emit("x", [UInt8]([1]))
            let event = try #require(try await client.nextEvent().arrayValue)
            #expect(event.dropLast() == ["x", .binary([1])] && event.count == 3)
            client.client.drop()
            #expect(await eventually { server.io.sockets.socketsCount == 0 })
            let again = try await way.joined(server)
            #expect(try await !sockets.next().recovered)
            withExtendedLifetime(again) {}
        }
    }
}
