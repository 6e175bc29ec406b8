import SocketIOTesting
import Synchronization
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct RecoveryTests {
    /// What a server tells a client that connects: its ids.
    struct Connected: Decodable {
        var sid: String
        var pid: String
    }

    static func run(
        loops: Int = 1, _ change: (inout ConnectionStateRecovery) -> Void = { _ in },
        body: (TestServer, Mailbox<Socket>) async throws -> Void
    ) async throws {
        var recovery = ConnectionStateRecovery()
        change(&recovery)
        try await TestServer.run(loops: loops, { $0.connectionStateRecovery = recovery }) { server in
            try await body(server, server.sockets())
        }
    }

    static func connect(_ client: TestClient, _ auth: String = "") async throws -> Connected {
        client.send("0\(auth)")
        return try connected(try await client.next())
    }

    private static func connected(_ packet: String) throws -> Connected {
        try #require(packet.hasPrefix("0"), "\(packet)")
        return try RawJSON(validating: String(packet.dropFirst())).decode()
    }

    /// A client that was connected and has lost its connection, which the server knows: its ids, and its socket.
    private static func lost(_ server: TestServer, _ sockets: Mailbox<Socket>) async throws -> (Connected, Socket) {
        let client = try TestClient(server.port)
        let connected = try await connect(client)
        let socket = try await sockets.next()
        client.drop()
        #expect(await eventually { socket.disconnected })
        return (connected, socket)
    }

    /// A new connection of a client that was connected.
    private static func returning(
        _ server: TestServer, _ before: Connected, offset: String? = nil
    ) throws -> TestClient {
        let client = try TestClient(server.port)
        client.send(#"0{"pid":"\#(before.pid)"\#(offset.map { #","offset":"\#($0)""# } ?? "")}"#)
        return client
    }

    /// The offset at the end of an event.
    private static func offset(_ packet: String) -> String {
        String(packet.split(separator: "\"").dropLast().last ?? "")
    }

    @Test func `a client that comes back is who it was, and receives what it missed, in order and in front`()
        async throws
    {
        try await Self.run(loops: 3) { server, sockets in
            let first = try TestClient(server.port)
            let before = try await Self.connect(first)
            let socket = try await sockets.next()
            #expect(!socket.recovered)
            socket.join("room")
            socket.data[Int.self] = 42
            _ = await socket.loop.call { true }
            try socket.emit("seen", 1)
            let seen = try await first.next()
            #expect(seen == #"2["seen",1,"\#(Self.offset(seen))"]"#)
            first.drop()
            #expect(await eventually { socket.disconnected })

            try server.io.to("room").emit("room", [1, 2] as [UInt8])
            try server.io.to("elsewhere").emit("not for it")
            try server.io.except("room").emit("not for it")
            try server.io.to(socket.id).emit("own room")
            try server.io.volatile.emit("volatile")
            try server.io.emit("all")

            let second = try Self.returning(server, before, offset: Self.offset(seen))
            let missed = try await second.next()
            #expect(missed.hasPrefix(#"51-["room",{"_placeholder":true,"num":0},""#))
            #expect(try await second.nextBinary() == [1, 2])
            #expect(try await second.next().hasPrefix(#"2["own room",""#))
            #expect(try await second.next().hasPrefix(#"2["all",""#))
            let after = try Self.connected(try await second.next())
            #expect(after.sid == before.sid && after.pid == before.pid)
            let again = try await sockets.next()
            #expect(again.recovered && again.id == socket.id && again !== socket)
            #expect(again.rooms == ["room", socket.id] && again.data[Int.self] == 42)
            try server.io.to("room").emit("live")
            #expect(try await second.next().hasPrefix(#"2["live",""#))
        }
    }

    @Test func `a client that has received nothing yet comes back without an offset`() async throws {
        try await Self.run { server, sockets in
            let (before, _) = try await Self.lost(server, sockets)
            try server.io.emit("missed")
            let second = try Self.returning(server, before)
            #expect(try await second.next().hasPrefix(#"2["missed",""#))
            #expect(try Self.connected(try await second.next()).sid == before.sid)
        }
    }

    @Test func `what was sent and did not arrive is sent again`() async throws {
        try await Self.run { server, sockets in
            let first = try TestClient(server.port, reads: false)
            first.send("0")
            let socket = try await sockets.next()
            let privateID = try #require(await socket.loop.call { socket.core.value.recovery?.privateID })
            try socket.emit("lost", 1)
            try socket.emit("lost", 2)
            _ = await socket.loop.call { true }
            first.drop()
            #expect(await eventually { socket.disconnected })
            let second = try TestClient(server.port)
            second.send(#"0{"pid":"\#(privateID)"}"#)
            let lost = try await second.incomingPackets(2)
            #expect(lost[0].hasPrefix(#"2["lost",1,""#) && lost[1].hasPrefix(#"2["lost",2,""#))
            #expect(try Self.connected(try await second.next()).sid == socket.id)
        }
    }

    @Test(arguments: [1, 3]) func `a connection that is taken for alive gives way to the client's new one`(
        loops: Int
    ) async throws {
        try await Self.run(loops: loops) { server, sockets in
            for _ in 0..<6 {
                let first = try TestClient(server.port)
                let before = try await Self.connect(first)
                let socket = try await sockets.next()
                let reasons = Mailbox<String>()
                socket.on(.disconnect) { (reason: DisconnectReason) -> Void in reasons.push(reason.rawValue) }
                _ = await socket.loop.call { true }
                let second = try Self.returning(server, before)
                #expect(try Self.connected(try await second.next()).sid == before.sid)
                #expect(try await reasons.next() == "transport close")
                #expect(try await first.nextIncoming() == .closed)
                #expect(try await sockets.next().recovered)
                second.close()
            }
        }
    }

    @Test func `whoever is told of the old connection's end may end the new one`() async throws {
        try await Self.run { server, sockets in
            _ = server.io.of("/admin")
            let first = try TestClient(server.port)
            let before = try await Self.connect(first)
            try await sockets.next().on(.disconnect) { _ in server.io.of("/admin").disconnectSockets(close: true) }
            let second = try TestClient(server.port)
            second.send("0/admin,")
            #expect(try await second.next().hasPrefix("0/admin,"))
            second.send(#"0{"pid":"\#(before.pid)"}"#)
            #expect(try await second.next() == "1/admin,")
            #expect(try await second.nextIncoming() == .closed)
            try await server.expectNobody()
        }
    }

    @Test func `who left, or was made to leave, does not come back`() async throws {
        try await Self.run { server, sockets in
            for leaves in [true, false] {
                let client = try TestClient(server.port)
                let before = try await Self.connect(client)
                let socket = try await sockets.next()
                if leaves { client.send("1") } else { socket.disconnect() }
                #expect(await eventually { socket.disconnected })
                if !leaves { #expect(try await client.next() == "1") }
                let after = try await Self.connect(client, #"{"pid":"\#(before.pid)"}"#)
                #expect(after.sid != before.sid && after.pid != before.pid)
                #expect(try await !sockets.next().recovered)
            }
        }
    }

    @Test func `what nobody knows is a new connection`() async throws {
        try await Self.run { server, _ in
            let client = try TestClient(server.port)
            for auth in [#"{"pid":"unknown","offset":"1"}"#, #"{"pid":5}"#, #"{"pid":"x","offset":{}}"#, "{}"] {
                let connected = try await Self.connect(client, auth)
                #expect(connected.pid.count == 20)
                client.send("1")
            }
        }
    }

    @Test func `after the time a client is a new one, and nothing is kept`() async throws {
        try await Self.run({ $0.maxDisconnectionDuration = .milliseconds(40) }) { server, sockets in
            let (before, _) = try await Self.lost(server, sockets)
            try server.io.emit("missed")
            let log = try #require(server.io.sockets.sockets.recovery)
            #expect(await eventually { log.isEmpty })
            let second = try TestClient(server.port)
            #expect(try await Self.connect(second, #"{"pid":"\#(before.pid)"}"#).sid != before.sid)
        }
    }

    @Test(arguments: [false, true]) func `what the data of a forgotten client holds may use the server when it goes`(
        areTooMany: Bool
    ) async throws {
        func configure(_ recovery: inout ConnectionStateRecovery) {
            if areTooMany { recovery.maxSessions = 1 } else { recovery.maxDisconnectionDuration = .milliseconds(40) }
        }
        try await Self.run(configure) { server, sockets in
            server.io.on(.connection) { socket in
                socket.data[AtEnd.self] = AtEnd {
                    try? server.io.emit("gone")
                    server.notes.push("gone")
                }
            }
            _ = try await Self.lost(server, sockets)
            if areTooMany { _ = try await Self.lost(server, sockets) }
            #expect(try await server.notes.next() == "gone")
        }
    }

    @Test(arguments: [true, false]) func `a client that comes back passes middleware only if that is wanted`(
        skips: Bool
    ) async throws {
        try await Self.run({ $0.skipMiddlewares = skips }) { server, sockets in
            let passes = Atomic<Int>(0)
            server.io.use { _ in
                passes.add(1, ordering: .relaxed)
                try await Task.sleep(for: .milliseconds(5))
            }
            let (before, _) = try await Self.lost(server, sockets)
            try server.io.emit("missed")
            let second = try Self.returning(server, before)
            #expect(try await second.next().hasPrefix(#"2["missed",""#))
            #expect(try Self.connected(try await second.next()).sid == before.sid)
            #expect(passes.load(ordering: .relaxed) == (skips ? 1 : 2))
        }
    }

    @Test(arguments: [false, true]) func `what is sent before the client is let in is no place to come back to`(
        elsewhere: Bool
    ) async throws {
        try await Self.run { server, sockets in
            server.io.use { socket in
                let greet: @Sendable () throws -> Void = { try socket.emit("hello", 1, [7] as [UInt8]) }
                guard elsewhere else { return try greet() }
                try await Task.detached {
                    try greet()
                    // Before the client is let in, that is.
                    _ = await socket.loop.call { true }
                }.value
            }
            let client = try TestClient(server.port)
            client.send("0")
            #expect(try await client.next() == #"51-["hello",1,{"_placeholder":true,"num":0}]"#)
            #expect(try await client.nextBinary() == [7])
            let before = try Self.connected(try await client.next())
            let socket = try await sockets.next()
            try socket.emit("kept")
            #expect(try await client.next().hasPrefix(#"2["kept",""#))
            client.drop()
            #expect(await eventually { socket.disconnected })
            let again = try Self.returning(server, before)
            #expect(try await again.next().hasPrefix(#"2["kept",""#))
            #expect(try Self.connected(try await again.next()).sid == before.sid)
        }
    }

    @Test func `what is kept is forgotten in time, however often nothing was left`() async throws {
        try await Self.run({ $0.maxDisconnectionDuration = .milliseconds(10) }) { server, _ in
            let log = try #require(server.io.sockets.sockets.recovery)
            for _ in 0..<3 {
                try server.io.emit("event")
                #expect(!log.isEmpty)
                #expect(await eventually { log.isEmpty })
            }
        }
    }

    @Test func `what was sent while a client returned arrives once`() async throws {
        try await Self.run({ $0.skipMiddlewares = false }) { server, sockets in
            server.io.use { socket in
                guard socket.recovered else { return }
                // The loop cannot send it before the client is let in.
                let gate = Gate()
                startThread {
                    try? server.io.emit("meanwhile")
                    gate.open()
                }
                gate.wait()
            }
            let (before, _) = try await Self.lost(server, sockets)
            let again = try Self.returning(server, before)
            #expect(try await again.next().hasPrefix(#"2["meanwhile",""#))
            #expect(try Self.connected(try await again.next()).sid == before.sid)
            try server.io.emit("after")
            #expect(try await again.next().hasPrefix(#"2["after",""#))
        }
    }

    @Test func `what other servers of a cluster send meanwhile is received, too`() async throws {
        let cluster = InProcessCluster()
        func configure(_ configuration: inout Server.Configuration, _ name: String) {
            configuration.connectionStateRecovery = ConnectionStateRecovery()
            configuration.adapter = cluster.adapter(of: name)
        }
        try await TestServer.run(loops: 3, { configure(&$0, "here") }) { here in
            let sockets = here.sockets()
            try await TestServer.run(loops: 1, { configure(&$0, "there") }) { there in
                let first = try TestClient(here.port)
                let before = try await Self.connect(first)
                let socket = try await sockets.next()
                try there.io.emit("seen")
                let seen = try await first.next()
                first.drop()
                #expect(await eventually { socket.disconnected })

                try there.io.emit("missed")
                try there.io.to(before.sid).emit("its own room")
                let second = try Self.returning(here, before, offset: Self.offset(seen))
                #expect(try await second.next().hasPrefix(#"2["missed",""#))
                #expect(try await second.next().hasPrefix(#"2["its own room",""#))
                #expect(try Self.connected(try await second.next()).sid == before.sid)
            }
        }
    }

    @Test func `whatever is lost, each event arrives once and in order`() async throws {
        try await Self.run(loops: 3) { server, _ in
            let (senders, events) = (3, 700)
            var client = try TestClient(server.port)
            let connected = try await Self.connect(client)
            let sending = (0..<senders).map { sender in
                let io = server.io
                return Task.detached {
                    for number in 0..<events {
                        try io.emit("n", sender, number)
                        if number % 10 == 0 { try await Task.sleep(for: .milliseconds(1)) }
                    }
                }
            }
            var received = [[Int]](repeating: [], count: senders)
            var offset = ""
            var random = SystemRandomNumberGenerator()
            while received.contains(where: { $0.count < events }) {
                for _ in 0..<Int.random(in: 1...200, using: &random) {
                    guard received.contains(where: { $0.count < events }) else { break }
                    let packet = try await client.next()
                    guard packet.hasPrefix("2") else {
                        #expect(try Self.connected(packet).sid == connected.sid)
                        continue
                    }
                    let event = try RawJSON(validating: String(packet.dropFirst())).decode([JSONValue].self)
                    guard case .integer(let sender) = event[1], case .integer(let number) = event[2] else { continue }
                    received[Int(sender)].append(Int(number))
                    offset = #","offset":"\#(Self.offset(packet))""#
                }
                client.drop()
                client = try TestClient(server.port)
                client.send(#"0{"pid":"\#(connected.pid)"\#(offset)}"#)
            }
            for sender in sending { try await sender.value }
            #expect(received == Array(repeating: Array(0..<events), count: senders))
        }
    }
}
