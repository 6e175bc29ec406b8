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
            let lost = Mailbox<Void>()
            try await withSocket(world.pair.socket()) { socket in
                try await socket.ready()
                socket.once(.disconnect) { _ in lost.push(()) }
                world.pair.cutAll()
                try await lost.next()
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

    /// What a socket does when its loops are shut down.
    enum Standing: CaseIterable {
        case connecting, comingBack, idle, idleWithTimeout
    }

    @Test(.timeLimit(.minutes(1)), arguments: Standing.allCases)
    func `loops that are shut down end every wait`(_ standing: Standing) async throws {
        var configuration = World.fast()
        configuration.loops = EventLoopGroup(loops: 1)
        configuration.reconnectionDelay = .seconds(60)
        configuration.reconnectionDelayMax = .seconds(60)
        let manager = try Manager("http://127.0.0.1:1", configuration)
        var options = ClientSocket.Configuration()
        if standing == .idleWithTimeout { options.ackTimeout = .seconds(600) }
        let socket = manager.socket("/", options)
        // It comes to nothing while the loop ends.
        if standing == .comingBack { socket.on(.connectError) { _ in socket.connect() } }
        let asking = Task.immediate { () -> String in try await socket.emitWithAck("echo", "never") }
        var waiting: Task<Void, any Error>?
        if standing == .connecting || standing == .comingBack {
            let failed = Mailbox<Void>()
            manager.on(.error) { _ in failed.push(()) }
            waiting = Task { try await socket.ready() }
            try await failed.next()
        }
        await configuration.loops.shutdown()
        await #expect(throws: AcknowledgementError(.disconnected)) { try await asking.value }
        if let waiting { await #expect(throws: ConnectFailure.self) { try await waiting.value } }
    }

    @Test func `a handler may close its socket, and what it sent before leaves`() async throws {
        try await World.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            let closed = Mailbox<Bool>()
            socket.on(.connect) { () async throws -> Void in
                try socket.emit("note", "bye")
                await socket.close()
                closed.push(socket.manager.transport == nil)
            }
            socket.connect()
            #expect(try await world.notes.next() == "bye")
            let hasLeft = try await closed.next()
            #expect(hasLeft)
            #expect(await eventually { world.io.clientsCount == 0 })
        }
    }

    @Test func `closing a socket does not wait for a connection that was opened by hand`() async throws {
        try await World.run { world in
            let manager = world.pair.client()
            let opened = Mailbox<Void>()
            manager.on(.open) { opened.push(()) }
            manager.open()
            try await opened.next()
            let closing = Mailbox<Void>()
            Task {
                await manager.socket("/a").close()
                closing.push(())
            }
            try await closing.next()
            #expect(manager.transport != nil)
            manager.close()
            await manager.closed()
        }
    }

    @Test func `a manager that is opened again by who is told of its end stays open`() async throws {
        let last = { (client: inout Manager.Configuration) in
            client.reconnection = false
            client.transports = [.websocket]
        }
        try await World.run(client: last) { world in
            let manager = world.pair.client()
            let socket = manager.socket()
            manager.on(.close) { reason in
                world.notes.push("close: \(reason)")
                manager.open()
            }
            manager.on(.open) { world.notes.push("open") }
            try await socket.ready()
            world.pair.cutAll()
            let notes = try await world.notes.next(count: 3)
            #expect(notes == ["open", "close: transport close", "open"])
            #expect(!socket.active && manager.transport != nil)
            #expect(world.notes.takeAll().isEmpty)
        }
    }

    @Test func `what a body returns is not lost with what it could not send`() async throws {
        try await World.run { world in
            world.answerAll()
            let result = try await withSocket(world.pair.socket("/", Self.retrying)) { socket in
                try await socket.ready()
                try socket.emit("silence", "never answered")
                socket.disconnect()
                return 7
            }
            #expect(result == 7)
        }
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
