import SocketIO
import SocketIOClient
import SocketIOTesting
import TestSupport
import Testing

/// What becomes of that which waits when a connection or a socket comes to its end.
@Suite struct LeavingTests {
    private static let retrying = {
        var configuration = ClientSocket.Configuration()
        configuration.retries = 3
        configuration.ackTimeout = .seconds(5)
        return configuration
    }()

    @Test func `who leaves does not wait for a connection that others open meanwhile`() async throws {
        try await World.run { world in
            let manager = world.pair.client()
            let (first, second) = (manager.socket(), manager.socket("/b"))
            _ = world.io.of("/b")
            try await first.ready()
            // Its farewell takes as long as the network is silent.
            world.pair.hold()
            let leaving = Task {
                await first.close()
                world.notes.push("closed")
            }
            #expect(await eventually { !first.active })
            second.connect()
            world.pair.release()
            #expect(try await world.notes.next() == "closed")
            #expect(await eventually { second.connected })
            await leaving.value
            await second.close()
        }
    }

    @Test func `what a body has sent with retries is acknowledged before it ends`() async throws {
        try await World.run { world in
            world.answerAll()
            try await withSocket(world.pair.socket("/", Self.retrying)) { socket in
                try await socket.ready()
                for number in 0..<5 { try socket.emit("note", "\(number)") }
            }
            #expect(world.notes.takeAll() == (0..<5).map { "\($0)" })
        }
    }

    @Test func `what a body has sent while the connection was lost arrives before it ends`() async throws {
        try await World.run(client: { $0.transports = [.websocket] }) { world in
            world.answerAll()
            try await withSocket(world.pair.socket()) { socket in
                try await socket.ready()
                world.pair.cutAll()
                while socket.connected { await Task.yield() }
                try socket.emit("note", "late")
            }
            #expect(try await world.notes.next() == "late")
        }
    }

    @Test func `what a handler sends when the connection is lost waits, by whatever socket it goes`() async throws {
        try await World.run(client: { $0.transports = [.websocket] }) { world in
            let manager = world.pair.client()
            let sockets = ["/", "/b"].map { manager.socket($0) }
            for socket in sockets {
                world.io.of(socket.namespace).on(.connection) { there in
                    there.on("note") { (text: String) in world.notes.push(text) }
                }
            }
            // Of the two the one that is told first.
            sockets[0].once(.disconnect) { _ in try sockets[1].emit("note", "from a socket's handler") }
            let closed = manager.on(.close) { _ in try sockets[0].emit("note", "from a manager's handler") }
            for socket in sockets { try await socket.ready() }
            world.pair.cutAll()
            let notes = try await world.notes.next(count: 2)
            #expect(Set(notes) == ["from a socket's handler", "from a manager's handler"])
            closed.off()
            for socket in sockets { await socket.close() }
        }
    }

    @Test func `whoever waits for a socket goes on waiting where a handler has it connect again`() async throws {
        try await World.run { world in
            let manager = world.pair.client()
            let socket = manager.socket()
            socket.once(.connectError) { _ in
                world.pair.release()
                socket.connect()
            }
            world.pair.hold()
            let waiting = Task { try await socket.ready() }
            #expect(await eventually { socket.active })
            manager.close()
            try await waiting.value
            #expect(socket.connected)
            await socket.close()
        }
    }

    @Test func `closing a socket gives up what waits for a connection`() async throws {
        try await World.run { world in
            for configuration in [ClientSocket.Configuration(), Self.retrying] {
                let socket = world.pair.socket("/", configuration)
                let asking = Task.immediate { () -> String in try await socket.emitWithAck("echo", "never") }
                await socket.close()
                await #expect(throws: AcknowledgementError(.disconnected)) { try await asking.value }
            }
        }
    }

    @Test func `loops that are shut down end every wait`() async throws {
        var configuration = World.fast()
        configuration.loops = EventLoopGroup(loops: 1)
        configuration.reconnectionDelay = .seconds(60)
        configuration.reconnectionDelayMax = .seconds(60)
        let manager = try Manager("http://127.0.0.1:1", configuration)
        let socket = manager.socket()
        let failed = Mailbox<Void>()
        manager.on(.error) { _ in failed.push(()) }
        let waiting = Task { try await socket.ready() }
        let asking = Task.immediate { () -> String in try await socket.emitWithAck("echo", "never") }
        try await failed.next()
        await configuration.loops.shutdown()
        await #expect(throws: ConnectFailure.self) { try await waiting.value }
        await #expect(throws: AcknowledgementError(.disconnected)) { try await asking.value }
    }

    @Test func `a client that outlives its server finds nobody`() async throws {
        try await World.run(client: { $0.reconnection = false }) { world in
            let socket = world.pair.socket()
            await world.io.close()
            let failure = await #expect(throws: ConnectFailure.self) { try await socket.ready() }
            #expect(failure?.code == .transport)
        }
    }

    @Test func `a silent network is silent`() async throws {
        try await World.run(client: { $0.transports = [.websocket] }) { world in
            world.answerAll()
            let socket = world.pair.socket()
            try await socket.ready()
            for round in 0..<30 {
                // Written while the network falls silent.
                try socket.emit("note", "before")
                world.pair.hold()
                try socket.emit("note", "behind \(round)")
                try await Task.sleep(for: .milliseconds(2))
                #expect(!world.notes.takeAll().contains("behind \(round)"))
                world.pair.release()
                while try await world.notes.next() != "behind \(round)" {}
            }
            await socket.close()
        }
    }

    @Test func `what waits for acknowledgements holds nobody who is not used any more`() async throws {
        weak var manager: Manager?
        weak var socket: ClientSocket?
        try await World.run { world in
            try {
                let made = world.pair.client()
                let held = made.socket("/", Self.retrying)
                (manager, socket) = (made, held)
                try held.emit("note", "never")
            }()
            #expect(await eventually { socket == nil && manager == nil })
        }
    }

    @Test func `a connection that was opened by hand is closed when nobody holds its manager`() async throws {
        try await World.run { world in
            weak var manager: Manager?
            let opened = Mailbox<Void>()
            try await {
                let made = world.pair.client()
                manager = made
                made.on(.open) { opened.push(()) }
                made.open()
                try await opened.next()
                #expect(await eventually { world.io.clientsCount == 1 })
            }()
            #expect(await eventually { manager == nil && world.io.clientsCount == 0 })
        }
    }
}
