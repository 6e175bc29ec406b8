import SIOEvents
import SIOJSON
import SocketIOTesting
import TestSupport
import Testing

@testable import SocketIO

/// Connection state recovery of clients that speak MessagePack.
@Suite(.timeLimit(.minutes(1))) struct MessagePackRecoveryTests {
    /// What a client is told that connects: its ids.
    private struct Connected: Equatable {
        var sid: JSONValue
        var pid: JSONValue

        init(_ packet: JSONValue) throws {
            try #require(packet["type"] == 0, "\(packet)")
            sid = try #require(packet["data"]?["sid"])
            pid = try #require(packet["data"]?["pid"])
        }
    }

    private static func run(
        loops: Int = 3, _ change: (inout Server.Configuration) -> Void = { _ in },
        body: (TestServer, Mailbox<Socket>) async throws -> Void
    ) async throws {
        try await TestServer.run(loops: loops) {
            $0.parser = .messagePack
            $0.connectionStateRecovery = ConnectionStateRecovery()
            change(&$0)
        } body: { server in
            try await body(server, server.sockets())
        }
    }

    private static func connect(
        _ server: TestServer, _ transport: EngineServer.Transport = .websocket, auth: JSONValue = [:]
    ) async throws -> (PackClient, Connected) {
        let client = try PackClient(server.port, transport)
        try client.connect(auth: auth)
        return (client, try Connected(try await client.next()))
    }

    /// A new connection of a client that was connected; what it missed comes first.
    private static func returning(
        _ server: TestServer, _ before: Connected, offset: JSONValue? = nil,
        _ transport: EngineServer.Transport = .websocket
    ) throws -> PackClient {
        let client = try PackClient(server.port, transport)
        try client.connect(auth: offset.map { ["pid": before.pid, "offset": $0] } ?? ["pid": before.pid])
        return client
    }

    /// The offset behind an event's arguments.
    private static func event(
        _ client: PackClient, _ name: String, _ arguments: [JSONValue]
    ) async throws -> JSONValue {
        let event = try #require(try await client.nextEvent().arrayValue)
        #expect(Array(event.dropLast()) == [.string(name)] + arguments)
        let offset = try #require(event.last)
        #expect(offset.stringValue?.isEmpty == false)
        return offset
    }

    @Test(arguments: PackedValues.all, EngineServer.Transport.allCases)
    func `events are what they were, live and missed, and the offset is behind them`(
        values: [JSONValue], transport: EngineServer.Transport
    ) async throws {
        let arguments = try Arguments(values)
        try await Self.run { server, sockets in
            let (client, before) = try await Self.connect(server, transport)
            let socket = try await sockets.next()
            socket.join("room")
            _ = await socket.loop.call { true }
            try socket.emit("one", arguments: arguments)
            try server.io.emit("all", arguments: arguments)
            let offsets = [
                try await Self.event(client, "one", values), try await Self.event(client, "all", values),
            ]
            #expect(offsets[0] != offsets[1])
            client.client.drop()
            #expect(await eventually { socket.disconnected })

            try server.io.to("room").emit("room", arguments: arguments)
            try server.io.to("elsewhere").emit("elsewhere", arguments: arguments)
            try server.io.volatile.emit("volatile", arguments: arguments)
            try server.io.to(socket.id).emit("own", arguments: arguments)

            let again = try Self.returning(server, before, offset: offsets[1], transport)
            _ = try await Self.event(again, "room", values)
            _ = try await Self.event(again, "own", values)
            #expect(try Connected(try await again.next()) == before)
            try server.io.to("room").emit("live", arguments: arguments)
            _ = try await Self.event(again, "live", values)
        }
    }

    @Test func `a client comes back to each place, and receives what stands behind it`() async throws {
        try await Self.run { server, sockets in
            let (first, before) = try await Self.connect(server)
            let socket = try await sockets.next()
            var offsets: [JSONValue?] = [nil]
            for number in 0..<5 {
                try server.io.emit("n", number, [UInt8(number)])
                offsets.append(try await Self.event(first, "n", Self.numbered(number)))
            }
            first.client.drop()
            #expect(await eventually { socket.disconnected })
            for (place, offset) in offsets.enumerated().reversed() {
                let client = try Self.returning(server, before, offset: offset)
                // Without an offset it has received nothing: the place where it connected is the server's to know.
                for number in place..<5 {
                    #expect(try await Self.event(client, "n", Self.numbered(number)) == offsets[number + 1])
                }
                #expect(try Connected(try await client.next()) == before)
                #expect(server.io.sockets.socketsCount == 1)
                client.client.drop()
                #expect(await eventually { server.io.sockets.socketsCount == 0 })
            }
        }
    }

    private static func numbered(_ number: Int) -> [JSONValue] { [.integer(Int64(number)), .binary([UInt8(number)])] }

    @Test func `what was sent and did not arrive is sent again`() async throws {
        try await Self.run { server, sockets in
            let first = try PackClient(server.port, reads: false)
            try first.connect()
            let socket = try await sockets.next()
            let privateID = try #require(await socket.loop.call { socket.core.value.recovery?.privateID })
            for number in 0..<3 { try socket.emit("lost", number, [UInt8(number)]) }
            _ = await socket.loop.call { true }
            first.client.drop()
            #expect(await eventually { socket.disconnected })
            let second = try PackClient(server.port)
            try second.connect(auth: ["pid": .string(privateID)])
            for number in 0..<3 { _ = try await Self.event(second, "lost", Self.numbered(number)) }
            #expect(try Connected(try await second.next()).sid.stringValue == socket.id)
        }
    }

    @Test func `a connection that is taken for alive gives way to the client's new one`() async throws {
        try await Self.run { server, sockets in
            let (first, before) = try await Self.connect(server)
            _ = try await sockets.next()
            try server.io.emit("seen", [UInt8]([1]))
            let offset = try await Self.event(first, "seen", [.binary([1])])
            try server.io.emit("on its way", [UInt8]([2]))
            let second = try Self.returning(server, before, offset: offset)
            _ = try await Self.event(second, "on its way", [.binary([2])])
            #expect(try Connected(try await second.next()) == before)
            _ = try await Self.event(first, "on its way", [.binary([2])])
            #expect(try await first.client.nextIncoming() == .closed)
            #expect(try await sockets.next().recovered)
        }
    }

    @Test(
        arguments: [
            ["pid": "unknown", "offset": "1"], ["pid": 5], ["pid": nil], ["pid": .binary([1, 2])],
            ["pid": "x", "offset": [:]], ["pid": ["x"]], ["offset": "1"], [:],
        ] as [JSONValue])
    func `what nobody knows is a new connection`(auth: JSONValue) async throws {
        try await Self.run { server, sockets in
            let (_, connected) = try await Self.connect(server, auth: auth)
            #expect(connected.pid.stringValue?.utf8.count == 20)
            #expect(try await !sockets.next().recovered)
        }
    }

    @Test(arguments: [5, .binary([1]), ["1"]] as [JSONValue])
    func `an offset that is none is a new connection`(offset: JSONValue) async throws {
        try await Self.run { server, sockets in
            let (client, before) = try await Self.connect(server)
            let socket = try await sockets.next()
            client.client.drop()
            #expect(await eventually { socket.disconnected })
            try server.io.emit("missed")
            let again = try Self.returning(server, before, offset: offset)
            #expect(try Connected(try await again.next()).sid != before.sid)
        }
    }

    @Test(arguments: ["nowhere", "é", ""])
    func `an offset that nobody knows is that of a client that has received nothing`(offset: String) async throws {
        try await Self.run { server, sockets in
            let (client, before) = try await Self.connect(server)
            let socket = try await sockets.next()
            client.client.drop()
            #expect(await eventually { socket.disconnected })
            try server.io.emit("missed", [UInt8]([1]))
            let again = try Self.returning(server, before, offset: .string(offset))
            _ = try await Self.event(again, "missed", [.binary([1])])
            #expect(try Connected(try await again.next()) == before)
        }
    }

    @Test func `questions, answers and what is volatile have no offset, and stand in their order`() async throws {
        try await Self.run { server, sockets in
            let (client, _) = try await Self.connect(server)
            let socket = try await sockets.next()
            socket.on("go") { (acknowledgement: Acknowledgement?, bytes: [UInt8]) in
                try socket.emit("first", bytes)
                try acknowledgement?(bytes + [2])
                try socket.volatile.emit("third", bytes)
                try server.io.emit("fourth", bytes)
            }
            _ = await socket.loop.call { true }
            try client.emit("go", .binary([1]), id: 1)
            _ = try await Self.event(client, "first", [.binary([1])])
            #expect(try await client.next() == ["type": 3, "nsp": "/", "id": 1, "data": [.binary([1, 2])]])
            #expect(try await client.nextEvent() == ["third", .binary([1])])
            _ = try await Self.event(client, "fourth", [.binary([1])])
            async let answer: [UInt8] = socket.emitWithAck("ask", [UInt8]([3]))
            try await client.answer("ask", [.binary([3])], with: [.binary([4])])
            #expect(try await answer == [4])
        }
    }

    @Test func `each namespace has its own place`() async throws {
        try await Self.run { server, sockets in
            let admins = server.sockets(in: "/admin")
            let (client, before) = try await Self.connect(server)
            try client.connect("/admin")
            let admin = try Connected(try await client.next())
            #expect(admin.sid != before.sid && admin.pid != before.pid)
            let both = [try await sockets.next(), try await admins.next()]
            client.client.drop()
            #expect(await eventually { both.allSatisfy(\.disconnected) })
            try server.io.of("/admin").emit("admins", [UInt8]([1]))
            try server.io.emit("all", [UInt8]([2]))
            let again = try PackClient(server.port)
            try again.connect("/admin", auth: ["pid": admin.pid])
            let missed = try await again.next()
            #expect(missed["nsp"] == "/admin" && missed["data"]?.arrayValue?.dropLast() == ["admins", .binary([1])])
            #expect(try Connected(try await again.next()) == admin)
            try again.connect(auth: ["pid": before.pid])
            _ = try await Self.event(again, "all", [.binary([2])])
            #expect(try Connected(try await again.next()) == before)
        }
    }

    @Test(arguments: PackedValues.few)
    func `what other servers of a cluster send meanwhile is received, too`(values: [JSONValue]) async throws {
        let arguments = try Arguments(values)
        let cluster = InProcessCluster()
        try await TestServer.run {
            $0.adapter = cluster.adapter(of: "there")
        } body: { there in
            try await Self.run {
                $0.adapter = cluster.adapter(of: "here")
            } body: { here, sockets in
                let (first, before) = try await Self.connect(here)
                let socket = try await sockets.next()
                try there.io.emit("seen", arguments: arguments)
                let offset = try await Self.event(first, "seen", values)
                first.client.drop()
                #expect(await eventually { socket.disconnected })
                try there.io.emit("missed", arguments: arguments)
                try there.io.to(socket.id).emit("own", arguments: arguments)
                let second = try Self.returning(here, before, offset: offset)
                _ = try await Self.event(second, "missed", values)
                _ = try await Self.event(second, "own", values)
                #expect(try Connected(try await second.next()) == before)
            }
        }
    }
}
