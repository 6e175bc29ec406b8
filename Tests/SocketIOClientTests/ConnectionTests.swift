import SocketIO
import SocketIOClient
import SocketIOTesting
import Synchronization
import TestSupport
import Testing

private struct Credentials: Codable, Sendable {
    var token: String
}

@Suite struct ConnectionTests {
    @Test func `a middleware's refusal is told with its data and there is no further attempt`() async throws {
        try await World.run { world in
            world.io.of("/admin").use { socket in
                let credentials: Credentials? = try? socket.handshake.auth.decode(Credentials.self)
                guard credentials?.token == "right" else {
                    throw ConnectError("unauthorized", data: ["retryAfter": 30])
                }
            }
            let socket = world.pair.socket("/admin", .init(auth: .value(Credentials(token: "wrong"))))
            socket.on(.connectError) { failure in world.notes.push("\(failure.code == .refused) \(failure)") }
            let failure = await #expect(throws: ConnectFailure.self) { try await socket.ready() }
            #expect(failure?.message == "unauthorized")
            #expect(try failure?.data?.decode([String: Int].self) == ["retryAfter": 30])
            #expect(!socket.active && !socket.connected)
            #expect(try await world.notes.next() == "true unauthorized")

            let other = world.pair.socket("/admin", .init(auth: .value(Credentials(token: "right"))))
            try await other.ready()
            await other.close()
        }
    }

    @Test func `a namespace that is not there is refused`() async throws {
        try await World.run { world in
            let failure = await #expect(throws: ConnectFailure.self) { try await world.pair.socket("/none").ready() }
            #expect(failure?.message == "Invalid namespace")
        }
    }

    @Test func `auth is made anew for each attempt to connect`() async throws {
        try await World.run { world in
            world.answerAll()
            world.io.on(.connection) { socket in
                world.notes.push(try socket.handshake.auth.decode(Credentials.self).token)
            }
            let count = Atomic<Int>(0)
            let auth = ClientSocket.Auth.each {
                Credentials(token: "\(count.add(1, ordering: .relaxed).newValue)")
            }
            let socket = world.pair.socket("/", .init(auth: auth))
            try await socket.ready()
            #expect(try await world.notes.next() == "1")
            socket.disconnect()
            try await socket.ready()
            #expect(try await world.notes.next() == "2")
            await socket.close()
        }
    }

    @Test func `auth that cannot be made, or is no object, lets the attempt fail`() async throws {
        struct NoToken: Error {}
        try await World.run { world in
            let none = ClientSocket.Auth.each { () async throws -> Credentials in throw NoToken() }
            for (auth, isThrown) in [(none, true), (.value([1, 2]), false), (.value(["a": [1] as [UInt8]]), false)] {
                let socket = world.pair.socket("/", .init(auth: auth))
                let failure = await #expect(throws: ConnectFailure.self) { try await socket.ready() }
                #expect(failure?.code == .auth && (failure?.underlying is NoToken) == isThrown)
                #expect(!socket.active)
            }
        }
    }

    @Test func `namespaces share a connection, and the last that leaves closes it`() async throws {
        try await World.run { world in
            world.answerAll()
            world.io.of("/a").on(.connection) { socket in socket.on("where") { () in socket.namespace.name } }
            let manager = world.pair.client()
            let (root, a) = (manager.socket(), manager.socket("a"))
            #expect(manager.socket("/a") === a && a.namespace == "/a")
            try await root.ready()
            try await a.ready()
            #expect(world.io.clientsCount == 1)
            let place: String = try await a.emitWithAck("where")
            #expect(place == "/a" && a.id != root.id)
            await root.close()
            #expect(a.connected && world.io.clientsCount == 1)
            await a.close()
            #expect(await eventually { world.io.clientsCount == 0 })
        }
    }

    @Test func `a server that cannot be reached fails the waiting when there is to be no further attempt`() async throws
    {
        var manager = World.fast()
        manager.reconnection = false
        let socket = try ClientSocket.make("http://127.0.0.1:1", manager: manager)
        let failure = await #expect(throws: ConnectFailure.self) { try await socket.ready() }
        #expect(failure?.code == .transport && failure?.underlying is EngineClientError)
        #expect(!socket.active)
    }

    @Test func `attempts are told, and come to their end`() async throws {
        var configuration = World.fast()
        configuration.reconnectionAttempts = 2
        let manager = try Manager("http://127.0.0.1:1", configuration)
        let notes = Mailbox<String>()
        manager.on(.error) { _ in notes.push("error") }
        manager.on(.reconnectAttempt) { notes.push("attempt \($0)") }
        manager.on(.reconnectError) { _ in notes.push("reconnect error") }
        manager.on(.reconnectFailed) { notes.push("failed") }
        let socket = manager.socket()
        socket.on(.connectError) { _ in notes.push("connect_error \(socket.active)") }
        await #expect(throws: ConnectFailure.self) { try await socket.ready() }
        #expect(
            try await notes.next(count: 11) == [
                "error", "connect_error true", "attempt 1", "error", "connect_error true", "reconnect error",
                "attempt 2", "error", "connect_error false", "reconnect error", "failed",
            ])
    }

    @Test func `whoever waits may give up`() async throws {
        let socket = try ClientSocket.make("http://127.0.0.1:1", manager: World.fast())
        let task = Task { try await socket.ready() }
        try await Task.sleep(for: .milliseconds(5))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await eventually { socket.active })
        let other = Task { try await socket.ready() }
        await Task.yield()
        await socket.close()
        await #expect(throws: (any Error).self) { try await other.value }
    }

    @Test(arguments: ["", "ftp://host", "http://", "http://host:99999", "http://ho st"])
    func `an address that is none is refused at once`(_ url: String) {
        #expect(throws: InvalidURL.self) { try Manager(url) }
        #expect(throws: InvalidURL.self) { try ClientSocket.make(url) }
    }

    @Test func `sockets of one address share a connection, but not two of one namespace`() throws {
        let first = try ClientSocket.make("http://shared.example/a")
        let second = try ClientSocket.make("http://shared.example/b")
        let third = try ClientSocket.make("http://shared.example/a")
        let own = try ClientSocket.make("http://shared.example/c", manager: World.fast())
        #expect(first.manager === second.manager)
        #expect(third.manager !== first.manager && third !== first)
        #expect(own.manager !== first.manager)
        #expect(first.namespace == "/a")
    }

    @Test func `a body is cancelled where the socket cannot be connected`() async throws {
        try await World.run { world in
            await #expect(throws: ConnectFailure.self) {
                try await withSocket(world.pair.socket("/none")) { socket in
                    for await _ in socket.events("never", as: Int.self) {}
                    try await Task.sleep(for: .seconds(60))
                }
            }
        }
    }
}
