import SIOJSON
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct DynamicNamespaceTests {
    @Test func `a pattern makes a namespace for each name that fits it as a whole`() async throws {
        try await TestServer.run { server in
            let parent = server.io.of(matching: /\/workspace-\d+/)
            parent.use { socket in server.notes.push("pass \(socket.namespace.name)") }
            parent.on(.connection) { (socket: Socket) -> Void in
                socket.on("who") { socket.namespace.name }
            }
            let client = try TestClient(server.port)
            try await client.join("/workspace-1")
            try await client.join("/workspace-22")
            #expect(server.notes.takeAll() == ["pass /workspace-1", "pass /workspace-22"])
            client.send(#"2/workspace-22,7["who"]"#)
            #expect(try await client.next() == #"3/workspace-22,7["/workspace-22"]"#)
            for name in ["/workspace-", "/workspace-1x", "/x/workspace-1"] {
                client.send("0\(name)")
                #expect(try await client.next() == #"4\#(name),{"message":"Invalid namespace"}"#)
            }
            #expect(Set(parent.children.map(\.name)) == ["/workspace-1", "/workspace-22"])
        }
    }

    @Test func `a function is given the name and auth, and the first that agrees has the child`() async throws {
        struct NoDatabase: Error {}
        try await TestServer.run(loops: 3) { server in
            let first = server.io.of { name, _ in
                if name == "/broken" { throw NoDatabase() }
                return false
            }
            let second = server.io.of { name, auth in
                try await Task.sleep(for: .milliseconds(1))
                return try auth.decode([String: String].self)["token"] == name
            }
            let client = try TestClient(server.port)
            client.send(#"0/a,{"token":"/b"}"#)
            #expect(try await client.next() == #"4/a,{"message":"Invalid namespace"}"#)
            try await client.join("/a", auth: #"{"token":"/a"}"#)
            client.send(#"0/broken,{"token":"x"}"#)
            #expect(try await client.next() == #"4/broken,{"message":"Invalid namespace"}"#)
            let error = try await server.errors.next()
            #expect(error.underlying is NoDatabase && error.namespace == "/broken" && error.event == "new_namespace")
            #expect(first.children.isEmpty && second.children.map(\.name) == ["/a"])
        }
    }

    @Test func `a namespace that there is already is not asked for`() async throws {
        try await TestServer.run { server in
            _ = server.io.of { _, _ in
                server.notes.push("asked")
                return true
            }
            _ = server.io.of("/own")
            let client = try TestClient(server.port)
            try await client.join("/own")
            #expect(server.notes.takeAll().isEmpty)
        }
    }

    @Test func `a second CONNECT while the function decides loses the connection`() async throws {
        try await TestServer.run { server in
            _ = server.io.of { _, _ in
                try await Task.sleep(for: .seconds(60))
                return true
            }
            let client = try TestClient(server.port)
            client.send(together: ["0/x", "0/x"])
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `a client that leaves while the function decides leaves nothing behind`() async throws {
        try await TestServer.run({ $0.cleanupEmptyChildNamespaces = true }) { server in
            let (asked, mayAnswer, made) = (Mailbox<Bool>(), Mailbox<Bool>(), Mailbox<String>())
            server.io.onNewNamespace { made.push($0.name) }
            let parent = server.io.of { _, _ in
                asked.push(true)
                return try await mayAnswer.next()
            }
            let client = try TestClient(server.port)
            client.send("0/x")
            _ = try await asked.next()
            client.drop()
            #expect(await eventually { server.io.clientsCount == 0 })
            mayAnswer.push(true)
            #expect(try await made.next() == "/x")
            #expect(await eventually { parent.children.isEmpty })
        }
    }

    @Test func `an empty child goes if that is wanted, and is made anew for the next client`() async throws {
        try await TestServer.run({ $0.cleanupEmptyChildNamespaces = true }) { server in
            let made = Mailbox<String>()
            server.io.onNewNamespace { made.push($0.name) }
            let parent = server.io.of(matching: /\/room-.*/)
            let (one, two) = (try TestClient(server.port), try TestClient(server.port))
            try await one.join("/room-1")
            try await two.join("/room-1")
            one.send("1/room-1,")
            try await one.join("/room-2")
            #expect(Set(parent.children.map(\.name)) == ["/room-1", "/room-2"])
            two.drop()
            #expect(await eventually { parent.children.map(\.name) == ["/room-2"] })
            try await one.join("/room-1")
            #expect(try await made.next(count: 3) == ["/room-1", "/room-2", "/room-1"])
        }
    }

    @Test func `children stay if nothing else is said`() async throws {
        try await TestServer.run { server in
            let parent = server.io.of(matching: /\/room-.*/)
            let client = try TestClient(server.port)
            try await client.join("/room-1")
            client.drop()
            #expect(await eventually { server.io.clientsCount == 0 })
            #expect(parent.children.map(\.name) == ["/room-1"])
        }
    }

    @Test func `a client that middleware refuses does not keep a child`() async throws {
        try await TestServer.run({ $0.cleanupEmptyChildNamespaces = true }) { server in
            let parent = server.io.of(matching: /\/room-.*/)
            parent.use { _ in throw ConnectError("no") }
            let client = try TestClient(server.port)
            client.send("0/room-1")
            #expect(try await client.next() == #"4/room-1,{"message":"no"}"#)
            #expect(await eventually { parent.children.isEmpty })
        }
    }

    @Test func `only so many children are made, and one that goes makes room`() async throws {
        try await TestServer.run({
            $0.cleanupEmptyChildNamespaces = true
            $0.maxChildNamespaces = 2
        }) { server in
            let parent = server.io.of(matching: /\/room-.*/)
            let client = try TestClient(server.port)
            try await client.join("/room-1")
            try await client.join("/room-2")
            client.send("0/room-3")
            #expect(try await client.next() == #"4/room-3,{"message":"Too many namespaces"}"#)
            client.send("1/room-1,")
            try await client.join("/room-3")
            #expect(Set(parent.children.map(\.name)) == ["/room-2", "/room-3"])
        }
    }

    @Test func `one client connects to only so many namespaces`() async throws {
        try await TestServer.run({ $0.maxNamespacesPerClient = 2 }) { server in
            _ = server.io.of(matching: /\/room-.*/)
            let client = try TestClient(server.port)
            try await client.join()
            try await client.join("/room-1")
            try await client.join("/room-2")
            client.send("0/room-3")
            #expect(try await client.next() == #"4/room-3,{"message":"Too many namespaces"}"#)
            client.send("1/room-2,")
            try await client.join("/room-3")
        }
    }

    @Test func `of the namespaces that a client was made to leave only the last are remembered`() async throws {
        try await TestServer.run({
            $0.cleanupEmptyChildNamespaces = true
            $0.maxNamespacesPerClient = 5
        }) { server in
            let parent = server.io.of(matching: /\/room-.*/)
            parent.on(.connection) { (socket: Socket) -> Void in socket.disconnect() }
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            for number in 0..<20 {
                try await client.join("/room-\(number)")
                #expect(try await client.next() == "1/room-\(number),")
            }
            let count = await socket.loop.call { socket.core.value.client?.object.others?.dismissed.count }
            #expect(count == 5)
            // What it sent before it could know is passed over; what it sends to one that is forgotten is its fault.
            client.send(#"2/room-15,["late"]"#)
            try await client.join("/room-19")
            #expect(try await client.next() == "1/room-19,")
            client.send(#"2/room-14,["much too late"]"#)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `what a parent sends reaches all sockets of all children`() async throws {
        try await TestServer.run(loops: 3) { server in
            let parent = server.io.of(matching: /\/room-.*/)
            let client = try TestClient(server.port)
            try await client.join()
            try await client.join("/room-1")
            try await client.join("/room-2")
            try parent.emit("news", 1)
            #expect(try await Set(client.incomingPackets(2)) == [#"2/room-1,["news",1]"#, #"2/room-2,["news",1]"#])
            try parent.send("hello")
            #expect(
                try await Set(client.incomingPackets(2))
                    == [#"2/room-1,["message","hello"]"#, #"2/room-2,["message","hello"]"#])
        }
    }

    @Test func `what a parent sends to rooms reaches who is in them, in whatever child`() async throws {
        try await TestServer.run(loops: 3) { server in
            let parent = server.io.of(matching: /\/room-.*/)
            parent.on(.connection) { (socket: Socket) -> Void in
                if socket.namespace.name != "/room-3" { socket.join("in") }
                if socket.namespace.name == "/room-2" { socket.join("out") }
            }
            let client = try TestClient(server.port)
            for number in 1...3 { try await client.join("/room-\(number)") }
            try parent.to("in").except("out").emit("one", 1)
            #expect(try await client.next() == #"2/room-1,["one",1]"#)
            try parent.except("out").compress(false).emit(Event<Int>("declared"), 2)
            #expect(
                try await Set(client.incomingPackets(2))
                    == [#"2/room-1,["declared",2]"#, #"2/room-3,["declared",2]"#])
            parent.in("out").socketsLeave("out")
            parent.broadcast.local.socketsJoin("all")
            try parent.to("all").volatile.send("x")
            #expect(
                try await Set(client.incomingPackets(3))
                    == Set((1...3).map { #"2/room-\#($0),["message","x"]"# }))
            parent.to("in").disconnectSockets()
            #expect(try await Set(client.incomingPackets(2)) == ["1/room-1,", "1/room-2,"])
        }
    }

    @Test func `a pattern may ask for a namespace itself`() async throws {
        try await TestServer.run { server in
            _ = server.io.of("/settings")
            @Sendable func pattern() -> Regex<Substring> {
                server.io.of("/settings").socketsCount == 0 ? /\/room-.*/ : /never/
            }
            let parent = server.io.of(matching: pattern())
            #expect(server.io.of("/room-1") === parent.children.first)
        }
    }

    @Test func `asking for a name that a pattern fits makes its child`() async throws {
        try await TestServer.run { server in
            let parent = server.io.of(matching: /\/room-.*/)
            parent.on(.connection) { (socket: Socket) -> Void in server.notes.push(socket.namespace.name) }
            let namespace = server.io.of("room-7")
            #expect(parent.children.first === namespace)
            let client = try TestClient(server.port)
            try await client.join("/room-7")
            #expect(try await server.notes.next() == "/room-7")
        }
    }
}

extension TestClient {
    /// The next packets.
    func incomingPackets(_ count: Int) async throws -> [String] {
        var packets: [String] = []
        while packets.count < count { packets.append(try await next()) }
        return packets
    }
}
