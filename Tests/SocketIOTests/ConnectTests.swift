import SIONet
import Synchronization
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct ConnectTests {
    @Test(arguments: [EngineServer.Transport.websocket, .polling], [1, 3])
    func `a client joins and gets the socket's id`(transport: EngineServer.Transport, loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let sockets = server.sockets()
            let client = try TestClient(server.port, transport)
            let id = try await client.join()
            let socket = try await sockets.next()
            #expect(socket.id == id && id.utf8.count == 20)
            #expect(socket.connected && !socket.disconnected)
            #expect(socket.rooms == [id])
        }
    }

    @Test func `the handshake tells what the client said`() async throws {
        try await TestServer.run {
            $0.webSocketOrigins = .any
        } body: { server in
            let sockets = server.sockets()
            let client = try TestClient(
                server.port, query: "&room=a%20b&room=c", headers: "X-Who: me\r\nOrigin: http://else.where\r\n")
            try await client.join(auth: #"{"token":"abc","level":[3]}"#)
            let handshake = try await sockets.next().handshake
            struct Auth: Decodable, Equatable {
                var token: String
                var level: [Int]
            }
            #expect(try handshake.auth.decode() == Auth(token: "abc", level: [3]))
            #expect(handshake.headers["X-Who"] == "me")
            #expect(handshake.query["room"] == "a b")
            #expect(handshake.query["EIO"] == "4" && handshake.query["transport"] == "websocket")
            #expect(handshake.url == "/socket.io/?EIO=4&transport=websocket&room=a%20b&room=c")
            #expect(handshake.address?.host == "127.0.0.1")
            #expect(handshake.xdomain && !handshake.secure)
            #expect(handshake.issued <= .now && handshake.issued > .now - .seconds(60))
        }
    }

    @Test func `without auth the handshake has an empty object`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let handshake = try await sockets.next().handshake
            #expect(handshake.auth.description == "{}")
            #expect(!handshake.xdomain)
            client.drop()
        }
    }

    @Test func `an unknown namespace is refused and the connection stays`() async throws {
        try await TestServer.run { server in
            let client = try TestClient(server.port)
            client.send("0/nowhere,")
            #expect(try await client.next() == #"4/nowhere,{"message":"Invalid namespace"}"#)
            try await client.join()
        }
    }

    @Test func `a namespace is known from the moment it is named`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets(in: "admin")
            let client = try TestClient(server.port)
            try await client.join("/admin")
            #expect(try await sockets.next().namespace.name == "/admin")
            #expect(server.io.of("/admin") === server.io.of("admin"))
            #expect(server.io.of("/admin").socketsCount == 1)
        }
    }

    @Test func `namespaces share a connection and have sockets of their own`() async throws {
        try await TestServer.run { server in
            for name in ["/", "/a", "/b"] {
                server.io.of(name).on(.connection) { socket in
                    socket.on("where") { socket.namespace.name }
                }
            }
            let client = try TestClient(server.port)
            let ids = [try await client.join(), try await client.join("/a"), try await client.join("/b")]
            #expect(Set(ids).count == 3)
            client.send(#"2/b,1["where"]"#)
            #expect(try await client.next() == #"3/b,1["/b"]"#)
            client.send(#"21["where"]"#)
            #expect(try await client.next() == #"31["/"]"#)
            client.send("1/a")
            client.send(#"2/b,2["where"]"#)
            #expect(try await client.next() == #"3/b,2["/b"]"#)
            #expect(server.io.of("/a").socketsCount == 0)
            #expect(server.io.clientsCount == 1)
            try await client.join("/a")
        }
    }

    @Test(arguments: [
        "0", "40", #"2/else,["x"]"#, "1/else", #"3/else,1[]"#, #"4{"message":"x"}"#, "9", "2", #"2{"a":1}"#,
        #"2["connect"]"#, #"51-["x",{"_placeholder":true,"num":1}]"#, #"511-["x"]"#,
    ])
    func `a client that breaks a rule loses its connection`(packet: String) async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on(.disconnect) { server.notes.push($0.rawValue) }
            }
            let client = try await server.client()
            client.send(packet)
            #expect(try await client.nextIncoming() == .closed)
            // What is no packet at all is told apart from one that comes at the wrong time.
            let isPacket = ["0", #"2/else,["x"]"#, "1/else", #"3/else,1[]"#, #"4{"message":"x"}"#].contains(packet)
            #expect(try await server.notes.next() == (isPacket ? "forced server close" : "forced close"))
            #expect(server.io.sockets.socketsCount == 0)
        }
    }

    @Test func `binary without a packet loses the connection`() async throws {
        try await TestServer.run { server in
            let client = try await server.client()
            client.send(binary: [1])
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test(arguments: [EngineServer.Transport.websocket, .polling])
    func `a client that joins nothing in time loses its connection`(transport: EngineServer.Transport) async throws {
        try await TestServer.run {
            $0.connectTimeout = .milliseconds(50)
        } body: { server in
            let client = try TestClient(server.port, transport)
            #expect(try await client.nextIncoming() == .closed)
            #expect(server.io.clientsCount == 0)
        }
    }

    @Test func `heartbeats do not put off the time to join`() async throws {
        try await TestServer.run {
            $0.pingInterval = .milliseconds(10)
            $0.connectTimeout = .milliseconds(50)
        } body: { server in
            let client = try TestClient(server.port)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `the time to join does not depend on the parser`() async throws {
        try await TestServer.run {
            $0.parser = .messagePack
            $0.connectTimeout = .milliseconds(50)
        } body: { server in
            let client = try TestClient(server.port)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `a packet that waits for its attachment does not put off the time to join`() async throws {
        try await TestServer.run {
            $0.connectTimeout = .milliseconds(50)
        } body: { server in
            let client = try TestClient(server.port)
            client.send(#"51-["x",{"_placeholder":true,"num":0}]"#)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `the time to join ends with the first namespace joined, not with one refused`() async throws {
        try await TestServer.run { server in
            server.io.use { socket in
                server.notes.push("set: \(socket.core.value.client?.object.connectDeadline != nil)")
            }
            server.io.on(.connection) { socket in
                server.notes.push("set: \(socket.core.value.client?.object.connectDeadline != nil)")
            }
            let client = try TestClient(server.port)
            client.send("0/nowhere")
            #expect(try await client.next().hasPrefix("4/nowhere,"))
            try await client.join()
            #expect(try await server.notes.next(count: 2) == ["set: true", "set: false"])
        }
    }

    @Test func `async connection handlers begin before anything arrives`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket async throws in
                socket.on("hello") { "world" }
                try await Task.sleep(for: .milliseconds(1))
                try socket.emit("ready")
            }
            let client = try TestClient(server.port)
            client.send(together: ["0", #"21["hello"]"#])
            var packets: Set<String> = []
            for _ in 0..<3 { packets.insert(String(try await client.next().prefix(11))) }
            #expect(packets.contains(#"31["world"]"#) && packets.contains(#"2["ready"]"#))
        }
    }

    @Test func `what connection handlers throw is reported and the socket lives`() async throws {
        struct Failure: Error {}
        try await TestServer.run { server in
            server.io.on(.connection) { (_: Socket) throws -> Void in throw Failure() }
            server.io.on(.connection) { (_: Socket) async throws -> Void in throw Failure() }
            server.io.on(.connection) { socket in try socket.emit("hello") }
            let client = try await server.client()
            #expect(try await client.next() == #"2["hello"]"#)
            for _ in 0..<2 {
                let error = try await server.errors.next()
                #expect(error.event == "connection" && error.underlying is Failure)
            }
        }
    }

    @Test func `a handler may disconnect its socket as it connects`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on(.disconnect) { server.notes.push($0.rawValue) }
                socket.disconnect()
            }
            server.io.on(.connection) { socket in server.notes.push("connected: \(socket.connected)") }
            let client = try await server.client()
            #expect(try await client.next() == "1")
            #expect(try await server.notes.next(count: 2) == ["server namespace disconnect", "connected: false"])
            try await client.join()
        }
    }
}
