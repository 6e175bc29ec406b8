import SIONet
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct LifetimeTests {
    /// Something that is gone or not.
    struct Reference<Object: AnyObject & Sendable>: Sendable {
        weak let object: Object?
    }

    /// The same for what lives on a loop.
    final class LoopReference {
        private weak let object: AnyObject?

        init(_ object: AnyObject) { self.object = object }

        var isGone: Bool { object == nil }
    }

    private func isGone<Object>(_ reference: Reference<Object>) async -> Bool {
        await eventually { reference.object == nil }
    }

    private func isGone(_ reference: LoopBound<LoopReference>) async -> Bool {
        await eventually { await reference.loop.call { reference.value.isGone } }
    }

    @Test(arguments: [1, 3])
    func `the server's end is a lost connection to its clients, with a reason of its own`(loops: Int) async throws {
        let notes = Mailbox<String>()
        let clients = Mailbox<TestClient>()
        try await TestServer.run(loops: loops) { server in
            for name in ["/", "/a"] {
                server.io.of(name).on(.connection) { socket in
                    socket.on(.disconnect) { notes.push("\(name) \($0)") }
                }
            }
            for transport in EngineServer.Transport.allCases {
                let client = try await server.client(transport)
                try await client.join("/a")
                clients.push(client)
            }
        }
        for _ in 0..<2 { #expect(try await clients.next().nextIncoming() == .closed) }
        let reason = DisconnectReason.serverShuttingDown
        #expect(
            try await notes.next(count: 4).sorted() == ["/ \(reason)", "/ \(reason)", "/a \(reason)", "/a \(reason)"])
    }

    @Test(arguments: [1, 3])
    func `a handler may close the server`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in
                socket.on("close") { () async throws -> Void in
                    await server.io.close()
                    server.notes.push("closed \(socket.connected)")
                }
            }
            let client = try await server.client()
            let other = try await server.client()
            client.send(#"2["close"]"#)
            #expect(try await client.nextIncoming() == .closed)
            #expect(try await other.nextIncoming() == .closed)
            #expect(try await server.notes.next() == "closed false")
            #expect(server.io.clientsCount == 0)
        }
    }

    @Test func `a server that listens lives although nobody names it, until it is closed`() async throws {
        func listen() async throws -> (Reference<Server>, Reference<EngineServer>, Int) {
            let io = Server(eventLoops: Loops.three)
            io.on(.connection) { socket in try io.emit("hello", socket.id) }
            let port = try #require(try await io.listen(host: "127.0.0.1", port: 0).first?.port)
            return (Reference(object: io), Reference(object: io.engine), port)
        }
        let (server, engine, port) = try await listen()
        let client = try TestClient(port)
        let id = try await client.join()
        #expect(try await client.next() == #"2["hello","\#(id)"]"#)
        await server.object?.close()
        #expect(try await client.nextIncoming() == .closed)
        #expect(await isGone(server))
        #expect(await isGone(engine))
    }

    @Test func `a server that never listened is gone with its last name`() async throws {
        func make() -> Reference<Server> {
            let io = Server(eventLoops: Loops.three)
            io.of("/a").on(.connection) { _ in }
            return Reference(object: io)
        }
        #expect(await isGone(make()))
        let namespace: Namespace
        do {
            let io = Server(eventLoops: Loops.one)
            namespace = io.of("/left")
            namespace.use { _ in }
            namespace.on(.connection) { _ in }
        }
        // A namespace that outlived its server reaches nobody, and harms nobody.
        try namespace.emit("x")
        #expect(try await namespace.emitWithAck("x").isEmpty)
        #expect(try await namespace.fetchSockets().isEmpty)
        #expect(namespace.socketsCount == 0)
    }

    @Test(arguments: [false, true])
    func `parents and their children go with their server`(holdEachOther: Bool) async throws {
        func make() async -> (Reference<ParentNamespace>, Reference<Namespace>) {
            let io = Server(eventLoops: Loops.three)
            let parent = io.of(matching: /\/room-\d/)
            if holdEachOther {
                parent.use { _ in _ = parent.children }
                parent.on(.connection) { (_: Socket) throws -> Void in try parent.emit("x") }
                parent.onServerSideEmit("x") { () -> Void in try parent.emit("x") }
            }
            let child = io.of("/room-1")
            // Only this breaks such a circle.
            if holdEachOther { await io.close() }
            return (Reference(object: parent), Reference(object: child))
        }
        let (parent, child) = await make()
        #expect(await isGone(parent))
        #expect(await isGone(child))
    }

    @Test func `a server mounted on somebody's HTTP server serves until it is closed`() async throws {
        let http = HTTPServer(eventLoops: Loops.three)
        func mount() -> Reference<Server> {
            let io = Server(eventLoops: Loops.three)
            io.mount(on: http)
            return Reference(object: io)
        }
        let server = mount()
        try await http.listen(host: "127.0.0.1", port: 0)
        let port = try #require(http.addresses.first?.port)
        let client = try await TestClient.joined(port)
        await server.object?.close()
        #expect(try await client.nextIncoming() == .closed)
        #expect(await isGone(server))
        // Whoever comes now is shown out.
        for transport in EngineServer.Transport.allCases {
            if let late = try? TestClient(port, transport) { #expect(try await late.nextIncoming() == .closed) }
        }
        await http.close()
    }

    @Test(arguments: [1, 3])
    func `nothing of a socket is left behind its end`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let references = Mailbox<(Reference<Socket>, LoopBound<LoopReference>, LoopBound<LoopReference>)>()
            let kept = Mailbox<Socket>()
            server.io.on(.connection) { socket in
                kept.push(socket)
                socket.join("room")
                socket.on("x") { (_: Int) in try socket.emit("y") }
                socket.on("stay") { () async throws -> Void in try await Task.sleep(for: .milliseconds(1)) }
                socket.onAny { _, _ in _ = socket.id }
                socket.on(.disconnect) { _ in
                    // Too late for a handler: nobody would ever take it off.
                    socket.on("late") { () -> Void in _ = socket.id }
                    socket.on(.disconnect) { _ in _ = socket.id }
                }
                let core = socket.core.value
                if let client = core.client?.object {
                    references.push(
                        (
                            Reference(object: socket), LoopBound(LoopReference(core), to: socket.loop),
                            LoopBound(LoopReference(client), to: socket.loop)
                        ))
                }
            }
            for end in DisconnectTests.End.allCases where end != .silence {
                let client = try await server.client()
                client.send(together: [#"2["x",1]"#, #"21["stay"]"#])
                #expect(try await client.next() == #"2["y"]"#)
                #expect(try await client.next() == "31[]")
                let (socket, core, session) = try await references.next()
                if end != .leave { _ = try await kept.next() }
                switch end {
                case .drop: client.drop()
                case .closePacket: client.close()
                case .leave, .silence:
                    client.send("1")
                    try await addLateHandlers(to: kept)
                    #expect(await isGone(socket))
                    client.drop()
                }
                #expect(await isGone(socket))
                #expect(await isGone(core))
                #expect(await isGone(session))
            }
        }
    }

    /// Adds handlers that hold their socket, once it is disconnected.
    private func addLateHandlers(to kept: Mailbox<Socket>) async throws {
        let socket = try await kept.next()
        #expect(await eventually { socket.disconnected })
        await socket.loop.call {}
        socket.on("late") { () -> Void in _ = socket.id }
        socket.onAny { _, _ in _ = socket.id }
        socket.on(.disconnect) { _ in _ = socket.id }
    }

    @Test func `nothing of a refused socket is left`() async throws {
        try await TestServer.run { server in
            let references = Mailbox<Reference<Socket>>()
            server.io.use { socket in
                socket.join("room")
                socket.on("x") { () -> Void in _ = socket.id }
                references.push(Reference(object: socket))
                throw ConnectError("no")
            }
            let client = try TestClient(server.port)
            client.send("0")
            #expect(try await client.next() == #"4{"message":"no"}"#)
            #expect(await isGone(try await references.next()))
        }
    }

    @Test func `a socket that outlived its server does nothing`() async throws {
        let kept = Mailbox<Socket>()
        try await TestServer.run(loops: 3) { server in
            server.io.on(.connection) { socket in kept.push(socket) }
            let client = try await server.client()
            client.drop()
        }
        let socket = try await kept.next()
        #expect(!socket.connected && socket.disconnected)
        try socket.emit("x")
        try socket.broadcast.emit("x")
        socket.join("room")
        socket.leave("room")
        socket.disconnect(close: true)
        socket.off("x")
        socket.on("x") { () -> Void in }.off()
        #expect(socket.rooms == [])
        await #expect(throws: AcknowledgementError(.disconnected)) { let _: Int = try await socket.emitWithAck("x") }
    }

    @Test func `two servers in one process know nothing of each other`() async throws {
        try await TestServer.run(loops: 3) { first in
            try await TestServer.run(loops: 3) { second in
                let one = try await first.client()
                let two = try await second.client()
                try first.io.emit("first")
                try second.io.emit("second")
                #expect(try await one.next() == #"2["first"]"#)
                #expect(try await two.next() == #"2["second"]"#)
                await second.io.close()
                #expect(try await two.nextIncoming() == .closed)
                try first.io.emit("still")
                #expect(try await one.next() == #"2["still"]"#)
            }
        }
    }

    @Test func `servers that listen at the same time on free ports do not share one`() async throws {
        let ports = try await withThrowingTaskGroup(of: (Server, Int?).self) { group in
            for _ in 0..<60 {
                group.addTask {
                    let io = Server(eventLoops: Loops.three)
                    return (io, try await io.listen(host: "127.0.0.1", port: 0).first?.port)
                }
            }
            var servers: [(Server, Int?)] = []
            for try await server in group { servers.append(server) }
            for (io, _) in servers { await io.close() }
            return servers.map(\.1)
        }
        #expect(!ports.contains(nil) && Set(ports).count == 60)
    }

    @Test func `clients that come while the server closes are closed too`() async throws {
        try await TestServer.run(loops: 3) { server in
            let port = server.port
            for _ in 0..<4 {
                startThread {
                    for _ in 0..<25 { _ = try? TestClient(port, .polling).drop() }
                }
            }
            let clients = try await server.clients(5)
            await server.io.close()
            for client in clients { #expect(try await client.nextIncoming() == .closed) }
            #expect(server.io.clientsCount == 0)
        }
    }
}
