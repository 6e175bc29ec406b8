import SIOEvents
import SIOJSON
import SocketIOTesting
import TestSupport
import Testing

@testable import SocketIO

/// Clusters whose clients speak MessagePack, with one server among them whose clients do not.
@Suite(.timeLimit(.minutes(1))) struct MessagePackClusterTests {
    private struct Picture: SharedSocketData, Equatable {
        var name: String
        var bytes: [UInt8]
    }

    /// Three servers; the last one has the default parser.
    private static func run(
        _ configure: @Sendable (inout ClusterConfiguration) -> Void = { _ in }, body: (Cluster) async throws -> Void
    ) async throws {
        try await Cluster.run(3, configure) { number, server in
            if number < 2 { server.parser = .messagePack }
        } body: { cluster in
            for server in cluster.servers {
                #expect(await eventually { (try? await server.io.serverCount()) == 3 })
            }
            try await body(cluster)
        }
    }

    private static func packs(_ cluster: Cluster) async throws -> [PackClient] {
        [try await PackClient.joined(cluster.servers[0]), try await PackClient.joined(cluster.servers[1])]
    }

    @Test(arguments: PackedValues.all)
    func `a broadcast of any server reaches all clients as it was sent`(values: [JSONValue]) async throws {
        let arguments = try Arguments(values)
        try await Self.run { cluster in
            let packs = try await Self.packs(cluster)
            let text = try await cluster.servers[2].client()
            for (number, server) in cluster.servers.enumerated() {
                try server.io.emit("from \(number)", arguments: arguments)
                for pack in packs {
                    #expect(try await pack.nextEvent() == .array([.string("from \(number)")] + values))
                }
                #expect(try await text.nextEvent() == .array([.string("from \(number)")] + values))
            }
        }
    }

    @Test(arguments: PackedValues.few)
    func `clients of all servers acknowledge with what they have`(values: [JSONValue]) async throws {
        try await Self.run { cluster in
            let packs = try await Self.packs(cluster)
            let text = try await cluster.servers[2].client()
            for server in cluster.servers {
                async let answers = server.io.timeout(.seconds(20)).emitWithAck("how", .array(values) as JSONValue)
                for pack in packs { try await pack.answer("how", [.array(values)], with: values) }
                let (event, id) = try await text.nextQuestion()
                #expect(event == ["how", .array(values)])
                text.send("3\(id)[[1]]")
                let received = try await answers.map { try $0.decode(JSONValue.self) }
                let first = values.first ?? .null
                #expect(received.count == 3 && received.count { $0 == first } == 2 && received.contains([1]))
            }
        }
    }

    @Test func `answers that came in time are kept`() async throws {
        try await Self.run { cluster in
            let packs = try await Self.packs(cluster)
            let asking = Task { try await cluster[2].timeout(.seconds(1) * slowness).emitWithAck("how") }
            try await packs[0].answer("how", [], with: [.binary([7])])
            do {
                _ = try await asking.value
                Issue.record("complete")
            } catch let error as BroadcastTimeout {
                #expect(try error.responses.map { try $0.decode([UInt8].self) } == [[7]])
            }
        }
    }

    @Test func `sockets of other servers are described with their binary, and reached`() async throws {
        try await Self.run { cluster in
            let sockets = cluster.servers[0].sockets()
            let pack = try PackClient(cluster.servers[0].port)
            let auth: JSONValue = ["token": "é", "key": .binary([1, 2]), "more": [.binary([]), 1.5]]
            let id = try await pack.join(auth: auth)
            let socket = try await sockets.next()
            socket.data[Picture.self] = Picture(name: "é", bytes: [3, 4])
            socket.join("room")
            _ = await socket.loop.call { true }
            for asking in [cluster[1], cluster[2]] {
                let fetched = try await asking.in("room").fetchSockets()
                let remote = try #require(fetched.first)
                #expect(fetched.count == 1 && remote.id == id && remote.rooms == [id, "room"])
                #expect(try remote.handshake.auth.decode(JSONValue.self) == auth)
                #expect(remote.data[Picture.self] == Picture(name: "é", bytes: [3, 4]))
                try remote.emit("hello", [UInt8]([5]), "é")
                #expect(try await pack.nextEvent() == ["hello", .binary([5]), "é"])
                async let answer: [UInt8] = remote.timeout(.seconds(20)).emitWithAck("ask", [UInt8]([6]))
                try await pack.answer("ask", [.binary([6])], with: [.binary([7, 8])])
                #expect(try await answer == [7, 8])
            }
            cluster[2].in("room").disconnectSockets()
            #expect(try await pack.next() == ["type": 1, "nsp": "/"])
        }
    }

    @Test func `what a client wrote like a placeholder does not stand for another's binary`() async throws {
        try await Self.run { cluster in
            let sockets = cluster.servers[2].sockets()
            let text = try TestClient(cluster.servers[2].port)
            try await text.join(auth: #"{"a":{"_placeholder":true,"num":0},"b":{"_placeholder":true,"num":9}}"#)
            let socket = try await sockets.next()
            socket.data[Picture.self] = Picture(name: "secret", bytes: [3, 4])
            let remote = try #require(try await cluster[0].fetchSockets().first)
            #expect(remote.data[Picture.self] == Picture(name: "secret", bytes: [3, 4]))
            #expect(remote.handshake.auth.description == "{}")
        }
    }

    @Test(arguments: PackedValues.few)
    func `events between servers carry what clients sent, there and back`(values: [JSONValue]) async throws {
        try await Self.run { cluster in
            let notes = Mailbox<JSONValue>()
            for server in cluster.servers {
                server.io.onServerSideEmit("told") { (value: JSONValue) in notes.push(value) }
                server.io.onServerSideEmit("asked") { (value: JSONValue) async in
                    await Task.yield()
                    return [value, .binary([9])] as JSONValue
                }
            }
            cluster[0].on(.connection) { socket in
                let io = socket.namespace
                socket.on("tell") { (value: JSONValue) in try io.serverSideEmit("told", value) }
                socket.on("ask") { (value: JSONValue) async throws -> [JSONValue] in
                    try await io.serverSideEmitWithAck("asked", value).map { try $0.decode() }
                }
            }
            let pack = try await PackClient.joined(cluster.servers[0])
            let value = JSONValue.array(values)
            try pack.emit("tell", value)
            #expect(try await notes.next(count: 2) == [value, value])
            try pack.emit("ask", value, id: 1)
            let answer: JSONValue = [value, .binary([9])]
            #expect(try await pack.next() == ["type": 3, "nsp": "/", "id": 1, "data": [[answer, answer]]])
        }
    }

    @Test func `a broadcast but to one, to rooms and to nobody`() async throws {
        try await Self.run { cluster in
            let sockets = cluster.servers[0].sockets()
            let packs = try await Self.packs(cluster)
            let text = try await cluster.servers[2].client()
            let socket = try await sockets.next()
            cluster[2].socketsJoin("room")
            try socket.broadcast.emit("others", [UInt8]([1]))
            #expect(try await packs[1].nextEvent() == ["others", .binary([1])])
            #expect(try await text.nextEvent() == ["others", .binary([1])])
            try cluster[1].to("room").except(socket.id).emit("but one", [UInt8]([2]))
            #expect(try await packs[1].nextEvent() == ["but one", .binary([2])])
            #expect(try await text.nextEvent() == ["but one", .binary([2])])
            try cluster[1].to("empty").emit("nobody", [UInt8]([3]))
            try cluster[1].local.emit("here", [UInt8]([4]))
            try cluster[2].to("room").emit("all", [UInt8]([5]))
            #expect(try await packs[1].nextEvent() == ["here", .binary([4])])
            for pack in packs { #expect(try await pack.nextEvent() == ["all", .binary([5])]) }
            #expect(try await text.nextEvent() == ["all", .binary([5])])
        }
    }
}

extension TestClient {
    /// The name and the arguments of the event that comes next.
    func nextEvent() async throws -> JSONValue { try await nextQuestion().event }

    /// The event that comes next, in the default parser's form, with its attachments; and the id to answer with.
    func nextQuestion() async throws -> (event: JSONValue, id: String) {
        let packet = try await next()
        let head = packet.dropFirst().prefix { $0 != "[" }
        var attachments: [[UInt8]] = []
        let parts = head.split(separator: "-", omittingEmptySubsequences: false)
        if packet.hasPrefix("5") {
            for _ in 0..<(Int(parts[0]) ?? 0) { attachments.append(try await nextBinary()) }
        }
        let text = Array(packet.dropFirst(1 + head.count).utf8)
        let event = try JSONParser.reading(text.span.bytes) {
            try $0.decode(JSONValue.self, attachments: attachments)
        }
        return (event, String(parts.last ?? ""))
    }
}
