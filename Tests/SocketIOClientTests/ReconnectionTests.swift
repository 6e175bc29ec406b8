import SocketIO
import SocketIOClient
import SocketIOTesting
import TestSupport
import Testing

@Suite struct ReconnectionTests {
    /// A session on polling outlives a cut between two requests.
    private static func webSocket(_ client: inout Manager.Configuration) {
        client.transports = [.websocket]
    }

    @Test func `a socket that loses its connection comes back, and what was sent meanwhile arrives in order`()
        async throws
    {
        try await World.run(client: Self.webSocket) { world in
            world.answerAll()
            let manager = world.pair.client()
            let socket = manager.socket()
            socket.on(.connect) { world.notes.push("connect") }
            socket.on(.disconnect) { reason in world.notes.push("\(reason) \(socket.active)") }
            manager.on(.reconnect) { world.notes.push("reconnect \($0)") }
            try await socket.ready()
            #expect(try await world.notes.next() == "connect")
            world.pair.cutAll()
            #expect(try await world.notes.next() == "transport close true")
            for number in 0..<10 { try socket.emit("note", "\(number)") }
            // The server's handlers and the client's run beside each other.
            let notes = try await world.notes.next(count: 12)
            #expect(notes.filter { Int($0) == nil } == ["reconnect 1", "connect"])
            #expect(notes.compactMap { Int($0) } == Array(0..<10))
            await socket.close()
        }
    }

    @Test func `a server that has the socket leave is taken at its word`() async throws {
        try await World.run { world in
            world.answerAll()
            for word in ["leave", "drop"] {
                let socket = world.pair.socket()
                socket.on(.disconnect) { reason in world.notes.push("\(reason) \(socket.active)") }
                let events = socket.events("never", as: Int.self)
                try await socket.ready()
                try socket.emit(word)
                #expect(try await world.notes.next() == "io server disconnect false")
                for await _ in events {}
                // By hand it comes back.
                try await socket.ready()
                let echo: String = try await socket.emitWithAck("echo", "again")
                #expect(echo == "again")
                await socket.close()
                #expect(try await world.notes.next() == "io client disconnect false")
            }
        }
    }

    @Test func `a handler that is told of the end may connect at once`() async throws {
        try await World.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            socket.on(.connect) { world.notes.push("connect") }
            socket.once(.disconnect) { _ in socket.connect() }
            try await socket.ready()
            try socket.emit("drop")
            #expect(try await world.notes.next(count: 2) == ["connect", "connect"])
            await socket.close()
        }
    }

    @Test func `a handler that is told of the connection may leave at once`() async throws {
        try await World.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            socket.on(.connect) {
                world.notes.push("connect")
                socket.disconnect()
            }
            socket.on(.disconnect) { world.notes.push("\($0)") }
            socket.connect()
            let notes = try await world.notes.next(count: 2)
            #expect(notes == ["connect", "io client disconnect"])
            #expect(await eventually { world.io.clientsCount == 0 })
        }
    }

    @Test func `what was asked before a loss fails, what is asked behind it is answered`() async throws {
        try await World.run(client: Self.webSocket) { world in
            world.answerAll()
            let socket = world.pair.socket()
            try await socket.ready()
            let lost = Task { () -> String in try await socket.emitWithAck("silence", "asked") }
            #expect(try await world.notes.next() == "asked")
            world.pair.cutAll()
            await #expect(throws: AcknowledgementError(.disconnected)) { try await lost.value }
            let echo: String = try await socket.emitWithAck("echo", "later")
            #expect(echo == "later")
            await socket.close()
        }
    }

    @Test func `an acknowledgement that does not come is given up, in time or by whoever waits`() async throws {
        try await World.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            try await socket.ready()
            await #expect(throws: AcknowledgementError(.timedOut)) {
                let _: String = try await socket.timeout(.milliseconds(20)).emitWithAck("silence", "x")
            }
            let task = Task { () -> String in try await socket.emitWithAck("silence", "y") }
            #expect(try await world.notes.next(count: 2) == ["x", "y"])
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            // Without a connection the time runs as well, and what was given up is not sent.
            let offline = world.pair.socket()
            await #expect(throws: AcknowledgementError(.timedOut)) {
                let _: String = try await offline.timeout(.milliseconds(20)).emitWithAck("echo", "never")
            }
            await socket.close()
        }
    }

    @Test func `volatile events are dropped where there is no connection`() async throws {
        try await World.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            try socket.volatile.emit("note", "lost")
            await #expect(throws: AcknowledgementError(.dropped)) {
                let _: String = try await socket.volatile.emitWithAck("echo", "lost")
            }
            try socket.emit("note", "kept")
            try await socket.ready()
            #expect(try await world.notes.next() == "kept")
            await socket.close()
        }
    }

    @Test func `what waits for the connection is bounded`() async throws {
        try await World.run { world in
            world.answerAll()
            let manager = world.pair.client()
            manager.onError { world.notes.push("\($0 is HandlerError)") }
            var configuration = ClientSocket.Configuration()
            configuration.maxBufferedPackets = 3
            let socket = manager.socket("/", configuration)
            for number in 0..<4 { try socket.emit("note", "\(number)") }
            #expect(try await world.notes.next() == "true")
            await #expect(throws: AcknowledgementError(.tooManyWaiting)) {
                let _: String = try await socket.emitWithAck("echo", "x")
            }
            try await socket.ready()
            #expect(try await world.notes.next(count: 3) == ["0", "1", "2"])
            await socket.close()
        }
    }

    @Test func `what waits for the connection may be given up`() async throws {
        try await World.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            try socket.emit("note", "worthless")
            socket.clearSendBuffer()
            try socket.emit("note", "wanted")
            try await socket.ready()
            #expect(try await world.notes.next() == "wanted")
            await socket.close()
        }
    }

    @Test func `with retries each event arrives, in order, whatever is cut`() async throws {
        try await World.run { world in
            world.answerAll()
            var configuration = ClientSocket.Configuration()
            configuration.retries = 100
            configuration.ackTimeout = .milliseconds(200)
            let socket = world.pair.socket("/", configuration)
            socket.connect()
            let cutter = Task {
                while !Task.isCancelled {
                    try await Task.sleep(for: .milliseconds(15))
                    world.pair.cutAll()
                }
            }
            for number in 0..<60 { try socket.emit("note", "\(number)") }
            var last = -1
            while last < 59 {
                let number = try #require(Int(try await world.notes.next()))
                // One may come again, also late, by a connection that was cut; none is left out, and none comes too early.
                #expect(number <= last + 1)
                last = max(last, number)
            }
            cutter.cancel()
            await socket.close()
        }
    }

    @Test(arguments: [Way.websocket, .messagePack])
    func `a session is recovered with its id, its rooms, and what was missed`(_ way: Way) async throws {
        let recovering = { (server: inout Server.Configuration) in
            way.apply(&server)
            server.connectionStateRecovery = ConnectionStateRecovery()
        }
        let client = { (client: inout Manager.Configuration) in
            way.apply(&client)
            client.transports = [.websocket]
        }
        try await World.run(server: recovering, client: client) { world in
            world.io.on(.connection) { socket in
                socket.join("room")
                world.notes.push("server \(socket.recovered)")
            }
            let socket = world.pair.socket()
            socket.on("number") { (number: Int, bytes: [UInt8]) in
                world.notes.push(bytes == [UInt8(number), 0] ? "\(number)" : "\(number) \(bytes)")
            }
            try await socket.ready()
            #expect(try await world.notes.next() == "server false")
            let id = socket.id
            socket.on(.disconnect) { world.notes.push("\($0)") }
            try world.io.to("room").emit("number", 1, [1, 0] as [UInt8])
            #expect(try await world.notes.next() == "1")
            world.pair.cutAll()
            #expect(try await world.notes.next() == "transport close")
            for number in 2..<6 { try world.io.to("room").emit("number", number, [UInt8(number), 0]) }
            #expect(try await Set(world.notes.next(count: 5)) == ["server true", "2", "3", "4", "5"])
            #expect(socket.recovered && socket.id == id)
            await socket.close()
        }
    }

    @Test func `reconnection that is switched off settles whoever waits for a connection`() async throws {
        var configuration = World.fast()
        configuration.reconnectionDelay = .seconds(60)
        configuration.reconnectionDelayMax = .seconds(60)
        let manager = try Manager("http://127.0.0.1:1", configuration)
        let socket = manager.socket()
        let failed = Mailbox<Void>()
        manager.on(.error) { _ in failed.push(()) }
        let waiting = Task { try await socket.ready() }
        try await failed.next()
        manager.reconnection = false
        #expect(!manager.reconnection)
        await #expect(throws: ConnectFailure.self) { try await waiting.value }
        #expect(!socket.active)
    }

    @Test func `a server that falls silent is taken for gone, and what was sent then arrives with the next connection`()
        async throws
    {
        let brief = { (server: inout Server.Configuration) in
            server.pingInterval = .milliseconds(200)
            // Long enough that a busy machine does not fall silent, too.
            server.pingTimeout = .milliseconds(1800)
        }
        try await World.run(server: brief, client: Self.webSocket) { world in
            world.answerAll()
            let manager = world.pair.client()
            let socket = manager.socket()
            socket.on(.disconnect) { reason in
                // Here, because the next connection may be there soon.
                world.notes.push("\(reason), \(manager.transport == nil)")
            }
            try await socket.ready()
            #expect(manager.transport == .websocket)
            world.pair.hold()
            #expect(try await world.notes.next() == "ping timeout, true")
            try socket.emit("note", "kept")
            world.pair.release()
            let note = try await world.notes.next()
            #expect(note == "kept")
            await socket.close()
        }
    }

    @Test func `the manager may be closed by hand, and its sockets with it`() async throws {
        try await World.run { world in
            world.answerAll()
            let manager = world.pair.client()
            let socket = manager.socket()
            socket.on(.disconnect) { world.notes.push("\($0) \(socket.active)") }
            try await socket.ready()
            manager.close()
            await manager.closed()
            #expect(try await world.notes.next() == "forced close false")
            #expect(await eventually { world.io.clientsCount == 0 })
        }
    }

    @Test func `who is not used any more goes`() async throws {
        weak var manager: Manager?
        weak var socket: ClientSocket?
        try await World.run { world in
            world.answerAll()
            try await {
                let made = world.pair.client()
                let held = made.socket()
                (manager, socket) = (made, held)
                held.on("said") { (_: String) in _ = held }
                try await held.ready()
                await held.close()
                held.off("said")
            }()
            #expect(await eventually { socket == nil && manager == nil })
        }
    }
}
