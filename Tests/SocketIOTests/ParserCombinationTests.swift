import SIOJSON
import SIOMessagePack
import SocketIOTesting
import TestSupport
import Testing

@testable import SocketIO

/// MessagePack together with what else changes packets on their way.
@Suite(.timeLimit(.minutes(1))) struct ParserCombinationTests {
    @Test(arguments: [EngineServer.Transport.websocket, .polling], [1, 3])
    func `a client that speaks MessagePack comes back, and receives what it missed`(
        transport: EngineServer.Transport, loops: Int
    ) async throws {
        try await TestServer.run(loops: loops) {
            $0.parser = .messagePack
            $0.connectionStateRecovery = ConnectionStateRecovery()
        } body: { server in
            let sockets = server.sockets()
            let first = try PackClient(server.port, transport)
            try first.connect()
            let before = try #require(try await first.next()["data"])
            let socket = try await sockets.next()
            socket.join("room")
            _ = await socket.loop.call { true }
            try socket.emit("seen", [UInt8]([1]))
            let seen = try #require(try await first.nextEvent().arrayValue)
            #expect(seen.dropLast() == ["seen", .binary([1])])
            first.client.close()
            #expect(await eventually { socket.disconnected })
            try server.io.to("room").emit("missed", "é", [UInt8]([2, 3]))
            try server.io.to(socket.id).emit("own room", 1.5)

            let second = try PackClient(server.port, transport)
            try second.connect(auth: ["pid": before["pid"] ?? .null, "offset": seen.last ?? .null])
            let missed = [try await second.nextEvent().arrayValue, try await second.nextEvent().arrayValue]
            #expect(missed[0]?.dropLast() == ["missed", "é", .binary([2, 3])])
            #expect(missed[1]?.dropLast() == ["own room", 1.5])
            #expect(try await second.next()["data"] == before)
            #expect(try await sockets.next().recovered)
            try server.io.to("room").emit("live")
            #expect(try await second.nextEvent().arrayValue?.first == "live")
        }
    }

    @Test func `servers of a cluster need not use the same parser`() async throws {
        let cluster = InProcessCluster()
        try await TestServer.run(loops: 3) {
            $0.adapter = cluster.adapter(of: "packs")
            $0.parser = .messagePack
        } body: { packs in
            try await TestServer.run {
                $0.adapter = cluster.adapter(of: "texts")
            } body: { texts in
                #expect(await eventually { (try? await packs.io.serverCount()) == 2 })
                #expect(await eventually { (try? await texts.io.serverCount()) == 2 })
                let pack = try await PackClient.joined(packs)
                let text = try await texts.client()
                try texts.io.emit("from texts", [UInt8]([1]))
                #expect(try await pack.nextEvent() == ["from texts", .binary([1])])
                #expect(try await text.next() == #"51-["from texts",{"_placeholder":true,"num":0}]"#)
                #expect(try await text.nextBinary() == [1])
                try packs.io.emit("from packs", [UInt8]([2]))
                #expect(try await pack.nextEvent() == ["from packs", .binary([2])])
                #expect(try await text.next() == #"51-["from packs",{"_placeholder":true,"num":0}]"#)
                #expect(try await text.nextBinary() == [2])
                async let answers = texts.io.timeout(.seconds(5)).emitWithAck("how")
                let question = try await pack.next()
                #expect(question["data"] == ["how"])
                try pack.send(["type": 3, "nsp": "/", "id": question["id"] ?? .null, "data": [.binary([9])]])
                let asked = try await text.next()
                text.send("3\(asked.dropFirst().prefix { $0.isNumber })[7]")
                let values = try await answers.map { try $0.decode(JSONValue.self) }
                #expect(values.contains(7) && values.count == 2)
                let bytes = try await answers.compactMap { try? $0.decode([UInt8].self) }
                #expect(bytes == [[9]])
            }
        }
    }

    @Test func `clients of Engine.IO 3 may speak MessagePack`() async throws {
        try await TestServer.run {
            $0.parser = .messagePack
            $0.allowEIO3 = true
        } body: { server in
            server.io.on(.connection) { socket in
                socket.on("echo") { (text: String, bytes: [UInt8]) in [JSONValue.string(text), .binary(bytes)] }
            }
            server.io.of("/closed").use { _ in throw ConnectError("not you") }
            let client = try PackClient(server.port, eio: 3)
            #expect(try await client.next() == ["type": 0, "nsp": "/"])
            try client.emit("echo", "é", .binary([1, 2]), id: 5)
            #expect(try await client.next() == ["type": 3, "nsp": "/", "id": 5, "data": [["é", .binary([1, 2])]]])
            try client.send(["type": 0, "nsp": "/closed"])
            #expect(try await client.next() == ["type": 4, "nsp": "/closed", "data": "not you"])
            // One that speaks the fourth version hears the same broadcast.
            let new = try await PackClient.joined(server)
            try server.io.emit("news", [UInt8]([3]))
            for client in [client, new] { #expect(try await client.nextEvent() == ["news", .binary([3])]) }
        }
    }

    @Test func `whoever sends MessagePack may wait for its client`() async throws {
        try await TestServer.run {
            $0.parser = .messagePack
            $0.maxSendBufferSize = 40_000_000
        } body: { server in
            let sockets = server.sockets()
            let client = try TestClient(server.port, reads: false)
            client.send(binary: try MessagePack.encode(["type": 0, "nsp": "/"] as JSONValue))
            let socket = try await sockets.next()
            try await socket.whenWritable()
            let bytes = [UInt8](repeating: 7, count: 1_000_000)
            for _ in 0..<20 { try socket.emit("much", bytes) }
            let (count, isWritable) = await socket.loop.call { (socket.bufferedBytes, socket.isWritable) }
            #expect(count ?? 0 > 1_000_000 && isWritable == false)
            let waiting = Task { try await socket.whenWritable() }
            let drained = Task { try await socket.drained() }
            client.read()
            try await waiting.value
            try await drained.value
            // The end of the socket ends a wait, and that of its connection need not come.
            let gate = Gate()
            socket.loop.post { gate.wait() }
            for _ in 0..<20 { try socket.emit("much", bytes) }
            let late = Task { try await socket.drained() }
            socket.disconnect()
            gate.open()
            await #expect(throws: SendError.self) { try await late.value }
        }
    }

    @Test func `the application is told whose limit is reached, whatever the parser`() async throws {
        try await TestServer.run {
            $0.parser = .messagePack
            $0.rateLimits.messagesPerClient = RateLimit(perSecond: 0.01, burst: 1)
            $0.rateLimits.policy = .disconnect
        } body: { server in
            server.io.onLimitReached { reached, sockets in
                server.notes.push("\(reached.limit) \(sockets.map(\.id))")
            }
            let client = try PackClient(server.port)
            let id = try await client.join()
            try client.emit("event")
            #expect(try await server.notes.next() == #"messagesPerClient ["\#(id)"]"#)
            #expect(try await client.client.nextIncoming() == .closed)
        }
    }
}
