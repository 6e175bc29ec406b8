import SIOBytes
import SIOJSON
import SocketIOProtocol
import Synchronization
import TestSupport
import Testing

@testable import SocketIO

/// One text a packet, the fields with a bar between them; a packet that waits for its other half when it is cut.
private struct BarParser: PacketParser {
    struct Refused: Error {}

    func encode(_ packet: ParsedPacket) throws -> [PacketMessage] {
        let payload = packet.payload?.description ?? ""
        if payload.contains("unspeakable") { throw Refused() }
        let id = packet.id.map { "\($0)" } ?? ""
        return [.text("\(packet.kind.rawValue)|\(packet.namespace)|\(id)|"), .text(payload)]
    }

    func makeDecoder() -> any PacketMessageDecoder { Decoder() }

    struct Decoder: PacketMessageDecoder {
        var head: [Substring]?

        mutating func receive(_ message: PacketMessage) throws -> ParsedPacket? {
            guard case .text(let text) = message else { throw Refused() }
            guard let head else {
                head = text.split(separator: "|", omittingEmptySubsequences: false)
                return nil
            }
            self.head = nil
            guard head.count == 4, let kind = Int(head[0]).flatMap(ParsedPacket.Kind.init) else { throw Refused() }
            return ParsedPacket(
                kind, namespace: String(head[1]), id: UInt64(head[2]),
                payload: text.isEmpty ? nil : try RawJSON(validating: text))
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct ParserTests {
    @Test(arguments: [EngineServer.Transport.websocket, .polling], [1, 3])
    func `events and acknowledgements are MessagePack`(transport: EngineServer.Transport, loops: Int) async throws {
        try await TestServer.run(loops: loops) {
            $0.parser = .messagePack
        } body: { server in
            server.io.on(.connection) { socket in
                socket.on("echo") { (text: String, bytes: [UInt8], number: Double) in
                    try socket.emit("echo", text, bytes, number)
                }
                socket.on("sum") { (a: Int, b: Int) in a + b }
                socket.on("binary") { (bytes: [UInt8]) in [bytes, bytes] }
            }
            let client = try await PackClient.joined(server, transport)
            try client.emit("echo", "é", .binary([1, 2]), 1.5)
            #expect(try await client.nextEvent() == ["echo", "é", .binary([1, 2]), 1.5])
            try client.emit("sum", 40, 2, id: 7)
            #expect(try await client.next() == ["type": 3, "nsp": "/", "id": 7, "data": [42]])
            try client.emit("binary", .binary([9]), id: 8)
            #expect(
                try await client.next() == ["type": 3, "nsp": "/", "id": 8, "data": [[.binary([9]), .binary([9])]]])
        }
    }

    @Test func `the handshake, refusals and disconnections are MessagePack`() async throws {
        try await TestServer.run {
            $0.parser = .messagePack
        } body: { server in
            let sockets = server.sockets()
            let admins = server.sockets(in: "/admin")
            server.io.of("/closed").use { _ in throw ConnectError("not allowed", data: ["retry": false]) }
            let client = try PackClient(server.port)
            let id = try await client.join(auth: ["token": "abc", "key": .binary([1])])
            let socket = try await sockets.next()
            #expect(socket.id == id)
            #expect(try socket.handshake.auth.decode() == ["token": "abc", "key": .binary([1])] as JSONValue)
            try client.send(["type": 0, "nsp": "/closed"])
            #expect(
                try await client.next()
                    == ["type": 4, "nsp": "/closed", "data": ["message": "not allowed", "data": ["retry": false]]])
            try client.send(["type": 0, "nsp": "/nowhere", "data": nil])
            #expect(
                try await client.next() == ["type": 4, "nsp": "/nowhere", "data": ["message": "Invalid namespace"]])
            try await client.join("/admin")
            try await admins.next().disconnect()
            #expect(try await client.next() == ["type": 1, "nsp": "/admin"])
            socket.on(.disconnect) { server.notes.push($0.rawValue) }
            try client.send(["type": 1, "nsp": "/"])
            #expect(try await server.notes.next() == "client namespace disconnect")
        }
    }

    @Test(arguments: [1, 3])
    func `broadcasts reach everybody, with and without acknowledgements`(loops: Int) async throws {
        try await TestServer.run(loops: loops) {
            $0.parser = .messagePack
        } body: { server in
            var clients: [PackClient] = []
            for _ in 0..<6 { clients.append(try await PackClient.joined(server)) }
            try server.io.emit("news", "hot", [UInt8]([1, 2]))
            for client in clients { #expect(try await client.nextEvent() == ["news", "hot", .binary([1, 2])]) }
            async let answers = server.io.timeout(.seconds(5)).emitWithAck("how", 1)
            for (number, client) in clients.enumerated() {
                let question = try await client.next()
                #expect(question["data"] == ["how", 1])
                let id = try #require(question["id"])
                try client.send(["type": 3, "nsp": "/", "id": id, "data": [.integer(Int64(number))]])
            }
            let numbers = try await answers.map { try $0.decode(Int.self) }
            #expect(Set(numbers) == Set(0..<6))
        }
    }

    @Test func `a socket asks, passes arguments on, and is heard`() async throws {
        try await TestServer.run {
            $0.parser = .messagePack
        } body: { server in
            let sockets = server.sockets()
            let client = try await PackClient.joined(server)
            let socket = try await sockets.next()
            socket.on("relay", raw: { arguments, _ in try socket.emit("relayed", arguments: arguments) })
            try client.emit("relay", .binary([5]), ["a": [1, .binary([6])]])
            #expect(try await client.nextEvent() == ["relayed", .binary([5]), ["a": [1, .binary([6])]]])
            async let answer: [UInt8] = socket.emitWithAck("question", "?")
            let question = try await client.next()
            try client.send(
                ["type": 3, "nsp": "/", "id": try #require(question["id"]), "data": [.binary([1, 2, 3])]])
            #expect(try await answer == [1, 2, 3])
            try socket.volatile.emit("now", 1)
            #expect(try await client.nextEvent() == ["now", 1])
        }
    }

    @Test(
        arguments: [
            ["type": 2, "nsp": "/", "data": ["disconnect"]], ["type": 2, "nsp": "/", "data": []],
            ["type": 7, "nsp": "/"],
            ["type": 0, "nsp": "/"], ["type": 2, "nsp": "/other", "data": ["a"]], 1,
            ["type": 4, "nsp": "/", "data": "x"],
        ] as [JSONValue])
    func `a bad packet ends the connection`(packet: JSONValue) async throws {
        try await TestServer.run {
            $0.parser = .messagePack
        } body: { server in
            server.io.on(.connection) { socket in socket.on(.disconnect) { server.notes.push($0.rawValue) } }
            let client = try await PackClient.joined(server)
            try client.send(packet)
            #expect(try await client.client.nextIncoming() == .closed)
            #expect(try await server.notes.next().hasPrefix("forced"))
        }
    }

    @Test func `a text ends the connection, and so does a bomb`() async throws {
        try await TestServer.run {
            $0.parser = .messagePack
        } body: { server in
            let first = try await PackClient.joined(server)
            first.client.send(#"2["a"]"#)
            #expect(try await first.client.nextIncoming() == .closed)
            let second = try await PackClient.joined(server)
            second.client.send(binary: [0xDD, 0xFF, 0xFF, 0xFF, 0xFF])
            #expect(try await second.client.nextIncoming() == .closed)
        }
    }

    @Test func `what is as deep as an encoder goes is sent`() async throws {
        try await TestServer.run {
            $0.parser = .messagePack
        } body: { server in
            let sockets = server.sockets()
            let client = try await PackClient.joined(server)
            let socket = try await sockets.next()
            // RawJSON is one value to the encoder, however deep it is.
            let text = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
            try socket.emit("deep", [[RawJSON(validating: text)]])
            let bytes = try await client.client.nextBinary()
            #expect(bytes.count(where: { $0 == 0x91 }) == 257 && bytes.contains(0x90))
        }
    }

    // MARK: A parser of one's own

    @Test(arguments: [EngineServer.Transport.websocket, .polling])
    func `a parser of one's own is used both ways`(transport: EngineServer.Transport) async throws {
        try await TestServer.run {
            $0.parser = .custom(BarParser())
        } body: { server in
            server.io.on(.connection) { socket in
                socket.on("sum") { (a: Int, b: Int) in a + b }
                socket.on("say") { (text: String) in try server.io.emit("said", text) }
            }
            let client = try TestClient(server.port, transport)
            client.send(together: ["0|/||", "{}"])
            #expect(try await client.next() == "0|/||")
            #expect(try await client.next().hasPrefix(#"{"sid":""#))
            client.send(together: ["2|/|5|", #"["sum",1,2]"#])
            #expect(try await [client.next(), client.next()] == ["3|/|5|", "[3]"])
            client.send(together: ["2|/||", #"["say","hello"]"#])
            #expect(try await [client.next(), client.next()] == ["2|/||", #"["said","hello"]"#])
        }
    }

    @Test func `what a parser cannot encode is dropped and reported`() async throws {
        let configuration = { (configuration: inout Server.Configuration) in
            configuration.parser = .custom(BarParser())
        }
        try await TestServer.run(configuration) { server in
            let reported = Mailbox<String>()
            server.io.onError { reported.push("\($0)") }
            let client = try TestClient(server.port)
            client.send(together: ["0|/||", "{}"])
            _ = try await (client.next(), client.next())
            try server.io.emit("unspeakable")
            try server.io.emit("fine")
            #expect(try await [client.next(), client.next()] == ["2|/||", #"["fine"]"#])
            #expect(try await reported.next() == "the parser could not encode a packet: Refused()")
        }
    }

    @Test(arguments: [["9|/||", "{}"], ["2|/||", "[]"], ["2|/||", "nonsense"], ["2|nsp||", #"["a"]"#]])
    func `what a parser of one's own refuses ends the connection`(messages: [String]) async throws {
        try await TestServer.run {
            $0.parser = .custom(BarParser())
        } body: { server in
            let client = try TestClient(server.port)
            client.send(together: ["0|/||", "{}"])
            _ = try await (client.next(), client.next())
            client.send(together: messages)
            #expect(try await client.nextIncoming() == .closed)
        }
    }
}
