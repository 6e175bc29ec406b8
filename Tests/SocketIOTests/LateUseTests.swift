import TestSupport
import Testing

@testable import SocketIO

/// Handlers and middleware that go on when what they work on is over.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LateUseTests {
    @Test(arguments: [false, true], EngineServer.Transport.allCases)
    func `a middleware may outlive its connection, and use its socket`(
        throwing: Bool, transport: EngineServer.Transport
    ) async throws {
        try await TestServer.run { server in
            let gate = Mailbox<Void>()
            server.io.use { socket in
                socket.join("before")
                server.notes.push("waiting")
                try await gate.next()
                for close in [false, true] {
                    socket.join("late")
                    socket.on("x") { () -> Void in _ = socket.id }
                    try socket.emit("late", 1)
                    try server.io.to("late", "before").emit("late")
                    let failed: Int? = try? await socket.emitWithAck("late")
                    socket.disconnect(close: close)
                    server.notes.push(
                        "\(socket.connected) \(socket.loop.isCurrent) \(failed == nil) \(socket.transport == transport)"
                    )
                }
                if throwing { throw ConnectError("late", data: 1) }
                Task {
                    socket.join("later")
                    try socket.emit("later")
                    server.notes.push("\(socket.rooms.isEmpty)")
                }
            }
            server.io.on(.connection) { _ in server.notes.push("connection") }
            let client = try TestClient(server.port, transport)
            client.send("0")
            #expect(try await server.notes.next() == "waiting")
            client.close()
            #expect(await eventually { server.io.clientsCount == 0 })
            gate.push(())
            #expect(try await server.notes.next(count: 2) == Array(repeating: "false true true true", count: 2))
            if !throwing { _ = try await server.notes.next() }
            #expect(server.io.sockets.socketsCount == 0)
            #expect(try await server.io.fetchSockets().isEmpty)
        }
    }

    @Test(arguments: [nil, 3])
    func `whoever asks when the loops are gone is told so`(retries: Int?) async throws {
        let loops = EventLoopGroup(loops: 1)
        let io = Server(eventLoops: loops)
        let sockets = Mailbox<Socket>()
        io.on(.connection) { (socket: Socket) -> Void in sockets.push(socket) }
        let port = try #require(try await io.listen(host: "127.0.0.1", port: 0).first?.port)
        let client = try await TestClient.joined(port)
        let socket = try await sockets.next()
        await io.close()
        await loops.shutdown()
        let error = await #expect(throws: AcknowledgementError.self) {
            let emitter = retries.map { socket.retries($0) } ?? socket.compress(true)
            let _: Int = try await emitter.emitWithAck("too late")
        }
        #expect(error?.code == .disconnected)
        client.drop()
    }

    @Test(arguments: [1, 3])
    func `a server may be closed while its handlers run`(loops: Int) async throws {
        let gates = [Mailbox<Void>(), Mailbox<Void>()]
        let notes = Mailbox<String>()
        let clients = Mailbox<TestClient>()
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in
                socket.join("room")
                socket.on("wait") { (number: Int) async throws -> Int in
                    notes.push("waiting")
                    while socket.connected {
                        try socket.emit("n", number)
                        try server.io.to("room").emit("n", number)
                        try await Task.sleep(for: .milliseconds(1))
                    }
                    try await gates[number].next()
                    socket.join("late")
                    socket.leave("room")
                    try socket.emit("late")
                    try server.io.emit("late")
                    socket.disconnect(close: true)
                    notes.push("\(socket.loop.isCurrent) \(socket.rooms.count) \(socket.transport != nil)")
                    return number
                }
                socket.on(.disconnecting) { _ in
                    try server.io.emit("left", socket.id)
                    server.io.disconnectSockets(close: true)
                }
            }
            for (number, transport) in EngineServer.Transport.allCases.enumerated() {
                let client = try await server.client(transport)
                client.send(#"21["wait",\#(number)]"#)
                #expect(try await notes.next() == "waiting")
                clients.push(client)
            }
        }
        for gate in gates {
            gate.push(())
            #expect(try await notes.next() == "true 0 true")
        }
    }
}
