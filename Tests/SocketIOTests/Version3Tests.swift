import TestSupport
import Testing

@testable import SocketIO

/// Clients of Socket.IO 2, which are let in on request.
@Suite(.timeLimit(.minutes(1))) struct Version3Tests {
    struct Refusal: Codable, Sendable {
        var retryAfter: Int
    }

    private func run(
        _ configure: (inout Server.Configuration) -> Void = { _ in }, body: (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(
            {
                $0.allowEIO3 = true
                configure(&$0)
            }, body: body)
    }

    @Test func `a client is connected to the root without asking, under its session's id`() async throws {
        try await run { server in
            let sockets = server.sockets()
            let client = try TestClient(server.port, eio: 3, query: "&room=a")
            #expect(try await client.next() == "0")
            let socket = try await sockets.next()
            #expect(socket.connected && socket.id.utf8.count == 20 && socket.rooms == [socket.id])
            #expect(socket.handshake.auth.description == "{}")
            #expect(socket.handshake.query["room"] == "a" && socket.handshake.query["EIO"] == "3")
        }
    }

    @Test func `another namespace is asked for, and its socket has the session's id behind the name`() async throws {
        try await run { server in
            let roots = server.sockets()
            let sockets = server.sockets(in: "/admin")
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            client.send("0/admin")
            #expect(try await client.next() == "0/admin,")
            let root = try await roots.next()
            let socket = try await sockets.next()
            #expect(socket.id == "/admin#\(root.id)")
            #expect(socket.handshake.auth.description == "{}")
            try server.io.of("/admin").to(socket.id).emit("hello", 1)
            #expect(try await client.next() == #"2/admin,["hello",1]"#)
        }
    }

    @Test(arguments: [
        ("?token=abc", ["token": "abc"]),
        ("?token=a%20b+c%26&token=second&x", ["token": "a b c&", "x": ""]),
        ("?%C3%BC=%E2%82%AC%22", ["ü": "€\""]),
        ("?a=b?c", ["a": "b?c"]),
        ("?", [:]),
    ])
    func `a namespace's query is what the client has to say`(query: String, auth: [String: String]) async throws {
        try await run { server in
            let sockets = server.sockets(in: "/admin")
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            client.send("0/admin\(query),")
            #expect(try await client.next() == "0/admin,")
            #expect(try await sockets.next().handshake.auth.decode() == auth)
        }
    }

    @Test func `a name with its query may be as long as the limit, and not one byte longer`() async throws {
        try await run { server in
            let sockets = server.sockets(in: "/admin")
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            let token = String(repeating: "x", count: 8192 - "/admin?token=".utf8.count)
            client.send("0/admin?token=\(token)")
            #expect(try await client.next() == "0/admin,")
            #expect(try await sockets.next().handshake.auth.decode() == ["token": token])
            client.send("0/other?token=\(token)x")
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `a payload of the packet says nothing`() async throws {
        try await run { server in
            let sockets = server.sockets(in: "/admin")
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            client.send(#"0/admin,{"token":"abc"}"#)
            #expect(try await client.next() == "0/admin,")
            #expect(try await sockets.next().handshake.auth.description == "{}")
        }
    }

    @Test func `a packet may come with the namespace's query`() async throws {
        try await run { server in
            for name in ["/", "/admin"] {
                server.io.of(name).on(.connection) { (socket: Socket) -> Void in
                    socket.on("echo") { (text: String) in "\(name) \(text)" }
                }
            }
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            client.send("0/admin?a=b")
            #expect(try await client.next() == "0/admin,")
            client.send(#"2/admin?a=b,1["echo","x"]"#)
            #expect(try await client.next() == #"3/admin,1["/admin x"]"#)
            client.send(#"2/?a=b,2["echo","y"]"#)
            #expect(try await client.next() == #"32["/ y"]"#)
            client.send("1/admin?a=b")
            client.send(#"23["echo","z"]"#)
            #expect(try await client.next() == #"33["/ z"]"#)
            #expect(server.io.of("/admin").socketsCount == 0)
        }
    }

    @Test func `a function that makes namespaces is given the name and the query`() async throws {
        try await run { server in
            let parent = server.io.of { name, auth in
                server.notes.push("\(name) \(auth)")
                return true
            }
            parent.on(.connection) { (socket: Socket) -> Void in server.notes.push(socket.id) }
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            client.send("0/made?a=b")
            #expect(try await client.next() == "0/made,")
            let notes = try await server.notes.next(count: 2)
            #expect(notes[0] == #"/made {"a":"b"}"# && notes[1].hasPrefix("/made#"))
        }
    }

    @Test func `what a client sent before it knew that it is disconnected is dropped, with a query or without`()
        async throws
    {
        try await run { server in
            server.io.of("/admin").on(.connection) { (socket: Socket) -> Void in socket.disconnect() }
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            client.send("0/admin?a=b")
            #expect(try await client.next() == "0/admin,")
            #expect(try await client.next() == "1/admin,")
            client.send(#"2/admin?a=b,["late"]"#)
            client.send(#"2/admin,["late"]"#)
            client.send("1/admin?a=b")
            client.send("0/admin")
            #expect(try await client.next() == "0/admin,")
        }
    }

    @Test func `a client cannot have its state back`() async throws {
        try await run({ $0.connectionStateRecovery = ConnectionStateRecovery() }) { server in
            let sockets = server.sockets(in: "/admin")
            let client = try TestClient(server.port)
            client.send("0/admin")
            let answer = try await client.next()
            let pid = String(answer.split(separator: "\"").dropLast().last ?? "")
            #expect(answer.contains(#""pid":"\#(pid)""#))
            let first = try await sockets.next()
            client.drop()
            let old = try TestClient(server.port, eio: 3)
            #expect(try await old.next() == "0")
            old.send("0/admin?pid=\(pid)&offset=")
            #expect(try await old.next() == "0/admin,")
            let second = try await sockets.next()
            #expect(!second.recovered && second.id != first.id)
            try second.emit("x")
            #expect(try await old.next().hasPrefix(#"2/admin,["x""#))
        }
    }

    @Test func `the fourth version has no queries`() async throws {
        try await run { server in
            _ = server.io.of("/admin")
            let client = try TestClient(server.port)
            client.send("0/admin?a=b,")
            #expect(try await client.next() == #"4/admin?a=b,{"message":"Invalid namespace"}"#)
            let id = try await client.join("/admin")
            client.send(#"2/admin?a=b,["x"]"#)
            #expect(try await client.nextIncoming() == .closed)
            #expect(id.utf8.count == 20)
        }
    }

    @Test func `a refusal is a bare value`() async throws {
        try await run { server in
            server.io.of("/a").use { _ in throw ConnectError(#"no "way""#) }
            server.io.of("/b").use { _ in throw ConnectError("no", data: Refusal(retryAfter: 30)) }
            server.io.of("/c").use { _ in throw ConnectError("no", data: "text") }
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            client.send("0/a")
            #expect(try await client.next() == #"4/a,"no \"way\"""#)
            client.send("0/b?x=y")
            #expect(try await client.next() == #"4/b,{"retryAfter":30}"#)
            client.send("0/c")
            #expect(try await client.next() == #"4/c,"text""#)
            client.send("0/nowhere")
            #expect(try await client.next() == #"4/nowhere,"Invalid namespace""#)
        }
    }

    @Test func `a client may be refused the root, and is over if it connects to nothing else`() async throws {
        try await run({ $0.connectTimeout = .milliseconds(100) }) { server in
            server.io.use { _ in throw ConnectError("not you") }
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == #"4"not you""#)
            #expect(try await client.nextIncoming() == .closed)
            #expect(server.io.sockets.socketsCount == 0)
        }
    }

    @Test func `a client that was refused the root may have another namespace`() async throws {
        try await run { server in
            server.io.use { _ in throw ConnectError("not you") }
            _ = server.io.of("/open")
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == #"4"not you""#)
            client.send("0/open")
            #expect(try await client.next() == "0/open,")
        }
    }

    @Test(arguments: ["0", "0/", "0/admin", "0/admin?other=query"])
    func `connecting again ends the connection`(packet: String) async throws {
        try await run { server in
            let roots = server.sockets()
            _ = server.io.of("/admin")
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            try await roots.next().on(.disconnect) { reason in server.notes.push(reason.rawValue) }
            client.send("0/admin")
            #expect(try await client.next() == "0/admin,")
            client.send(packet)
            #expect(try await client.nextIncoming() == .closed)
            #expect(try await server.notes.next() == "forced server close")
        }
    }

    @Test func `connecting again while a middleware thinks ends the connection`() async throws {
        try await run { server in
            server.io.use { _ in try await Task.sleep(for: .seconds(20)) }
            let client = try TestClient(server.port, eio: 3)
            client.send("0")
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `a namespace that was left may be had again, under the same id`() async throws {
        try await run { server in
            let sockets = server.sockets(in: "/admin")
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.next() == "0")
            client.send("0/admin")
            #expect(try await client.next() == "0/admin,")
            client.send("1/admin")
            client.send("0/admin")
            #expect(try await client.next() == "0/admin,")
            let (first, second) = (try await sockets.next(), try await sockets.next())
            #expect(first.id == second.id && first !== second)
            #expect(!first.connected && second.connected)
            try server.io.of("/admin").to(second.id).emit("x")
            #expect(try await client.next() == #"2/admin,["x"]"#)
        }
    }

    @Test func `clients of both versions hear one broadcast`() async throws {
        try await run { server in
            let old = try TestClient(server.port, eio: 3)
            #expect(try await old.next() == "0")
            let new = try await server.client()
            try server.io.emit("news", "€")
            #expect(try await old.next() == #"2["news","€"]"#)
            #expect(try await new.next() == #"2["news","€"]"#)
        }
    }

    @Test func `without the option there is no third version`() async throws {
        try await TestServer.run { server in
            let client = try TestClient(server.port, eio: 3)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test(arguments: [1, 3])
    func `a client by polling is connected to the root`(loops: Int) async throws {
        try await TestServer.run(loops: loops, { $0.allowEIO3 = true }) { server in
            let sockets = server.sockets()
            let connection = try Connection(port: server.port)
            connection.write("GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let socket = try await sockets.next()
            connection.write(
                "GET /socket.io/?EIO=3&transport=polling&sid=\(socket.id) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            var received = ""
            while !received.hasSuffix("2:40") {
                received += String(decoding: try connection.read(), as: UTF8.self)
            }
            #expect(received.contains("118:0{\"sid\":\"\(socket.id)\""))
            connection.end()
        }
    }
}
