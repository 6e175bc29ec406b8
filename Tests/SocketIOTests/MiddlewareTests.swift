import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct MiddlewareTests {
    struct Refusal: Codable, Sendable {
        var retryAfter: Int
    }

    @Test func `middlewares run in order and on the socket's loop`() async throws {
        try await TestServer.run(loops: 3) { server in
            server.io.use { socket in
                server.notes.push("1 \(socket.loop.isCurrent) \(socket.connected)")
                socket.data[String.self] = "set"
            }
            server.io.use { socket in
                try await Task.sleep(for: .milliseconds(1))
                server.notes.push("2 \(socket.loop.isCurrent)")
            }
            server.io.on(.connection) { socket in
                server.notes.push("3 \(socket.loop.isCurrent) \(socket.data[String.self] ?? "")")
            }
            let client = try await server.client()
            #expect(try await server.notes.next(count: 3) == ["1 true false", "2 true", "3 true set"])
            client.drop()
        }
    }

    @Test func `a refusal reaches the client with its data and the next middleware is not asked`() async throws {
        try await TestServer.run { server in
            server.io.of("/admin").use { socket in
                let auth: [String: String] = try socket.handshake.auth.decode()
                guard auth["token"] == "good" else { throw ConnectError("unauthorized", data: Refusal(retryAfter: 30)) }
            }
            server.io.of("/admin").use { _ in server.notes.push("second") }
            let sockets = server.sockets(in: "/admin")
            let client = try TestClient(server.port)
            client.send(#"0/admin,{"token":"bad"}"#)
            #expect(try await client.next() == #"4/admin,{"message":"unauthorized","data":{"retryAfter":30}}"#)
            #expect(server.notes.takeAll() == [])
            #expect(server.io.of("/admin").socketsCount == 0)
            let id = try await client.join("/admin", auth: #"{"token":"good"}"#)
            #expect(try await sockets.next().id == id)
            #expect(server.notes.takeAll() == ["second"])
        }
    }

    @Test func `a refusal without data has none, and binary data is text`() async throws {
        try await TestServer.run { server in
            server.io.of("/a").use { _ in throw ConnectError(#"no "way""#) }
            server.io.of("/b").use { _ in throw ConnectError("no", data: ["key": [1, 2, 3] as [UInt8]]) }
            let client = try TestClient(server.port)
            client.send("0/a")
            #expect(try await client.next() == #"4/a,{"message":"no \"way\""}"#)
            client.send("0/b")
            #expect(try await client.next() == #"4/b,{"message":"no","data":{"key":"AQID"}}"#)
        }
    }

    @Test func `another error is kept from the client and reported`() async throws {
        struct DatabaseDown: Error {}
        try await TestServer.run { server in
            server.io.use { _ in throw DatabaseDown() }
            let client = try TestClient(server.port)
            client.send("0")
            #expect(try await client.next() == #"4{"message":"internal error"}"#)
            let error = try await server.errors.next()
            #expect(error.event == "connection" && error.underlying is DatabaseDown)
        }
    }

    @Test func `a second CONNECT while the middleware decides loses the connection`() async throws {
        try await TestServer.run { server in
            let gate = Mailbox<Void>()
            server.io.use { _ in
                server.notes.push("asked")
                try await gate.next()
                server.notes.push("decided")
            }
            let sockets = server.sockets()
            let client = try TestClient(server.port)
            client.send("0")
            #expect(try await server.notes.next() == "asked")
            client.send("0")
            #expect(try await client.nextIncoming() == .closed)
            gate.push(())
            #expect(try await server.notes.next() == "decided")
            #expect(sockets.takeAll().isEmpty && server.io.sockets.socketsCount == 0)
        }
    }

    @Test func `a client that leaves while the middleware runs never connects`() async throws {
        try await TestServer.run { server in
            let gate = Mailbox<Void>()
            let waiting = Mailbox<Socket>()
            server.io.use { socket in
                socket.join("early")
                socket.on(.disconnect) { _ in server.notes.push("disconnect") }
                waiting.push(socket)
                try await gate.next()
            }
            server.io.on(.connection) { _ in server.notes.push("connection") }
            let leaving = try TestClient(server.port)
            leaving.send("0")
            let socket = try await waiting.next()
            leaving.drop()
            #expect(await eventually { server.io.clientsCount == 0 })
            gate.push(())
            let staying = try TestClient(server.port)
            staying.send("0")
            _ = try await waiting.next()
            gate.push(())
            #expect(try await staying.next().hasPrefix("0{"))
            #expect(try await server.notes.next() == "connection")
            #expect(!socket.connected && socket.rooms == [] && server.notes.takeAll() == [])
            #expect(try await server.io.in("early").fetchSockets().count == 1)
        }
    }

    @Test func `a socket that is not let in yet is in its rooms but nobody finds it there`() async throws {
        try await TestServer.run { server in
            let gate = Mailbox<Void>()
            let waiting = Mailbox<Socket>()
            server.io.use { socket in
                socket.join("room", "other")
                socket.leave("other")
                try socket.emit("early", 1)
                waiting.push(socket)
                try await gate.next()
            }
            let client = try TestClient(server.port)
            client.send("0")
            #expect(try await waiting.next().rooms == ["room"])
            #expect(try await client.next() == #"2["early",1]"#)
            try server.io.to("room").emit("lost")
            try server.io.emit("lost")
            #expect(try await server.io.fetchSockets().isEmpty)
            gate.push(())
            #expect(try await client.next().hasPrefix("0{"))
            try server.io.to("room").emit("found")
            #expect(try await client.next() == #"2["found"]"#)
        }
    }

    @Test func `a middleware's socket cannot be disconnected, but its connection can`() async throws {
        try await TestServer.run { server in
            server.io.use { $0.disconnect() }
            server.io.of("/closed").use { $0.disconnect(close: true) }
            let client = try await server.client()
            client.send("0/closed")
            #expect(try await client.next() == "1")
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `the end of the server finds a middleware at work`() async throws {
        let gate = Mailbox<Void>()
        let notes = Mailbox<String>()
        try await TestServer.run(loops: 3) { server in
            server.io.use { _ in
                notes.push("asked")
                try? await gate.next()
                notes.push("decided")
            }
            server.io.on(.connection) { _ in notes.push("connection") }
            let client = try TestClient(server.port)
            client.send("0")
            #expect(try await notes.next() == "asked")
        }
        gate.push(())
        #expect(try await notes.next() == "decided")
    }
}
