import TestSupport
import Testing

@testable import SocketIO

/// A connection's outgoing limit is crossed in the middle of a call: what was called goes on, and the end is told at the
/// end of the loop's turn.
@Suite(.serialized, .timeLimit(.minutes(2))) struct OverflowTests {
    /// The bytes that may wait to be sent to a client.
    private static let limit = 200_000

    private static func configure(_ configuration: inout Server.Configuration) {
        configuration.maxSendBufferSize = limit
        configuration.engine.perMessageDeflate = nil
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// By what the limit is crossed.
    enum Call: CaseIterable {
        case emit, attachment, manySmall, asking, broadcast, room, walk, all

        /// Crosses the limit of the socket, and of nobody else.
        @Sendable func callAsFunction(_ socket: Socket) throws {
            let io = socket.namespace
            // Others get half of the limit at most.
            let half = OverflowTests.text(limit / 2)
            switch self {
            case .emit: try socket.emit("much", OverflowTests.text(limit))
            case .attachment: try socket.emit("much", [UInt8](repeating: 0, count: limit + 1))
            case .manySmall: for number in 0..<limit / 100 { try socket.emit("small", OverflowTests.text(100), number) }
            case .asking:
                Task.immediate {
                    let _: Int = try await socket.timeout(.seconds(60)).emitWithAck("much", OverflowTests.text(limit))
                }
            case .broadcast:
                try socket.emit("much", half)
                try io.emit("all", half)
            case .room:
                try socket.emit("much", half)
                try io.to("room").emit("all", half)
            // Over several rooms the socket is visited by another walk.
            case .walk:
                try socket.emit("much", half)
                try io.to("room", "other", socket.id).emit("all", half)
            case .all:
                try socket.emit("much", half)
                try io.except("nobody").emit("all", [UInt8](repeating: 0, count: limit / 2))
            }
        }

        private var limit: Int { OverflowTests.limit }

        /// What the others get.
        func expect(by client: TestClient) async throws {
            let half = OverflowTests.text(limit / 2)
            switch self {
            case .emit, .attachment, .manySmall, .asking: break
            case .broadcast, .room, .walk: #expect(try await client.next() == #"2["all","\#(half)"]"#)
            case .all:
                #expect(try await client.next() == #"51-["all",{"_placeholder":true,"num":0}]"#)
                #expect(try await client.nextBinary().count == limit / 2)
            }
        }
    }

    @Test(arguments: Call.allCases, EngineServer.Transport.allCases)
    func `who crosses the limit within a handler is told so at the end of the turn, once`(
        call: Call, transport: EngineServer.Transport
    ) async throws {
        for loops in [1, 3] {
            try await TestServer.run(loops: loops, Self.configure) { server in
                server.io.on(.connection) { socket in
                    socket.join("room", "other")
                    socket.on(.disconnecting) { reason in server.notes.push("disconnecting: \(reason.rawValue)") }
                    socket.on(.disconnect) { reason in server.notes.push("disconnect: \(reason.rawValue)") }
                    socket.on("go") { () -> Void in
                        try call(socket)
                        // What comes behind it in the same call goes nowhere, and harms nobody.
                        try socket.emit("more", 1)
                        server.notes.push("still in the call: \(socket.connected)")
                        socket.loop.post { server.notes.push("behind the end: \(socket.connected)") }
                    }
                    socket.on("x") { () -> Void in server.notes.push("a handler behind its socket's end") }
                }
                let others = try await server.clients(2)
                let client = try await server.client(transport)
                client.send(together: [#"2["go"]"#] + Array(repeating: #"2["x"]"#, count: 20))
                #expect(
                    try await server.notes.next(count: 4) == [
                        "still in the call: true", "disconnecting: send buffer overflow",
                        "disconnect: send buffer overflow", "behind the end: false",
                    ])
                // The others have lost nothing, and are served on.
                try server.io.emit("after")
                for other in others {
                    try await call.expect(by: other)
                    #expect(try await other.next() == #"2["after"]"#)
                }
                #expect(await eventually { server.io.clientsCount == 2 && server.io.sockets.socketsCount == 2 })
                try await server.end(others)
                #expect(server.notes.takeAll().filter { !$0.hasSuffix("transport close") }.isEmpty)
                #expect(server.errors.takeAll().isEmpty)
            }
        }
    }

    @Test(arguments: EngineServer.Transport.allCases)
    func `an answer that is waited for is given up when the question crosses the limit`(
        transport: EngineServer.Transport
    ) async throws {
        try await TestServer.run(Self.configure) { server in
            server.io.on(.connection) { socket in
                socket.on("go") { () async throws -> Void in
                    do {
                        let _: Int = try await socket.timeout(.seconds(60)).emitWithAck("much", Self.text(Self.limit))
                    } catch let error as AcknowledgementError {
                        server.notes.push("\(error), on its loop: \(socket.loop.isCurrent)")
                    }
                }
            }
            let client = try await server.client(transport)
            client.send(#"2["go"]"#)
            #expect(try await server.notes.next() == "socket has been disconnected, on its loop: true")
            try await server.expectNobody()
        }
    }

    /// From where a broadcast comes that crosses the limit of some.
    enum Origin: CaseIterable {
        case loop, elsewhere
    }

    @Test(arguments: [1, 3], Origin.allCases)
    func `a broadcast ends those whose limit it crosses, and reaches all others`(
        loops: Int, origin: Origin
    ) async throws {
        try await TestServer.run(loops: loops, Self.configure) { server in
            server.io.on(.connection) { socket in
                socket.on(.disconnect) { reason in server.notes.push("\(socket.connected) \(reason.rawValue)") }
            }
            let sockets = server.sockets()
            let clients = try await server.clients(6)
            let all = try await sockets.next(count: 6)
            // Each second one has as much waiting as it may.
            let full = all.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            let half = Self.text(Self.limit / 2)
            let io = server.io
            let send: @Sendable () -> Void = {
                for socket in full { try? socket.emit("much", half) }
                try? io.emit("all", half)
                try? io.emit("more", 1)
            }
            // One turn of each loop, so that nothing is written meanwhile: elsewhere, the loops are kept busy.
            if origin == .loop, loops == 1 { await all[0].loop.call(send) } else { await Self.whileBusy(io, send) }
            for (number, client) in clients.enumerated() where number % 2 == 1 {
                #expect(try await client.next() == #"2["all","\#(half)"]"#)
                #expect(try await client.next() == #"2["more",1]"#)
            }
            #expect(try await server.notes.next(count: 3) == Array(repeating: "false send buffer overflow", count: 3))
            #expect(await eventually { io.clientsCount == 3 && io.sockets.socketsCount == 3 })
            try await server.end(clients)
        }
    }

    /// Calls the body while no loop goes on: what it hands in is one turn's work of each.
    private static func whileBusy(_ io: Server, _ body: @escaping @Sendable () -> Void) async {
        let gate = Gate()
        for loop in io.eventLoops.loops {
            let isBusy = Mailbox<Void>()
            loop.post {
                isBusy.push(())
                gate.wait()
            }
            try? await isBusy.next()
        }
        body()
        gate.open()
    }

    @Test(arguments: EngineServer.Transport.allCases, [false, true])
    func `a middleware that crosses the limit lets nobody in`(
        transport: EngineServer.Transport, awaits: Bool
    ) async throws {
        try await TestServer.run(Self.configure) { server in
            let gate = Mailbox<Void>()
            server.io.use { socket in
                socket.on(.disconnecting) { _ in server.notes.push("disconnecting what was never connected") }
                socket.on(.disconnect) { _ in server.notes.push("disconnect of what was never connected") }
                socket.join("room")
                try socket.emit("much", Self.text(Self.limit))
                try socket.emit("more")
                try server.io.to("room").emit("more")
                server.notes.push("passed")
                if awaits { try await gate.next() }
            }
            server.io.on(.connection) { _ in server.notes.push("connection") }
            let client = try TestClient(server.port, transport)
            client.send("0")
            #expect(try await server.notes.next() == "passed")
            #expect(await eventually { server.io.clientsCount == 0 })
            if awaits { gate.push(()) }
            try await server.expectNobody()
            // Whoever comes next finds the loop alive.
            #expect(try await server.io.fetchSockets().isEmpty)
            #expect(server.notes.takeAll().isEmpty)
            #expect(server.errors.takeAll().isEmpty)
        }
    }
}
