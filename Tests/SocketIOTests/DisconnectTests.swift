import SIONet
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct DisconnectTests {
    struct Failure: Error {}

    /// Notes the ends of all sockets.
    private func watch(_ server: TestServer, _ namespace: String = "/") {
        server.io.of(namespace).on(.connection) { socket in
            socket.on(.disconnect) { server.notes.push("\(namespace) \($0)") }
        }
    }

    enum End: CaseIterable {
        case drop, closePacket, leave, silence
    }

    @Test(arguments: End.allCases, [1, 3])
    func `a client's end has its reason`(end: End, loops: Int) async throws {
        try await TestServer.run(loops: loops) {
            if end == .silence {
                $0.pingInterval = .milliseconds(10)
                $0.pingTimeout = .milliseconds(10)
            }
        } body: { server in
            watch(server)
            let client = try TestClient(server.port, answersPings: false)
            try await client.join()
            let reason: DisconnectReason
            switch end {
            case .drop:
                client.drop()
                reason = .transportClose
            case .closePacket:
                client.close()
                reason = .transportClose
            case .leave:
                client.send("1")
                reason = .clientNamespaceDisconnect
            case .silence:
                reason = .pingTimeout
            }
            #expect(try await server.notes.next() == "/ \(reason)")
            #expect(server.io.sockets.socketsCount == 0)
        }
    }

    @Test(arguments: [EngineServer.Transport.websocket, .polling], [false, true])
    func `the server ends a socket from a handler`(transport: EngineServer.Transport, close: Bool) async throws {
        try await TestServer.run { server in
            watch(server)
            server.io.on(.connection) { socket in
                socket.on("kick") { () -> Void in
                    try socket.emit("last")
                    socket.disconnect(close: close)
                    socket.disconnect(close: close)
                    try socket.emit("lost")
                    server.notes.push("connected: \(socket.connected), transport: \(socket.transport == transport)")
                }
            }
            let client = try await server.client(transport)
            client.send(together: [#"2["kick"]"#, #"2["kick"]"#])
            #expect(try await client.next() == #"2["last"]"#)
            #expect(try await client.next() == "1")
            #expect(
                try await server.notes.next(count: 2) == [
                    "/ server namespace disconnect", "connected: false, transport: true",
                ])
            if close {
                #expect(try await client.nextIncoming() == .closed)
            } else {
                try await client.join()
            }
        }
    }

    @Test func `what a client sent before it knew of its disconnection is forgiven`() async throws {
        try await TestServer.run { server in
            watch(server, "/a")
            let sockets = server.sockets(in: "/a")
            let client = try await server.client()
            try await client.join("/a")
            try await sockets.next().disconnect()
            #expect(try await client.next() == "1/a,")
            client.send(together: [#"2/a,["late"]"#, #"2/a,7["late"]"#, "3/a,1[]", "1/a"])
            // And it comes back, and goes, as often as it likes.
            try await client.join("/a")
            client.send("1/a")
            #expect(
                try await server.notes.next(count: 2)
                    == ["/a server namespace disconnect", "/a client namespace disconnect"])
            // What it left itself it knows of.
            client.send(#"2/a,["x"]"#)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test(arguments: [1, 3])
    func `disconnecting comes with the rooms, disconnect without`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in
                socket.join("room")
                socket.on(.disconnect) { reason in
                    server.notes.push("disconnect \(reason) \(socket.rooms.count) \(socket.connected)")
                }
                socket.on(.disconnecting) { reason in
                    server.notes.push("disconnecting \(reason) \(socket.rooms.count) \(socket.connected)")
                    try socket.to("room").emit("bye", socket.id)
                    try socket.emit("lost")
                    socket.disconnect(close: true)
                }
                socket.on(.disconnecting) { _ async throws -> Void in throw Failure() }
                socket.on(.disconnect) { _ in throw Failure() }
            }
            let leaving = try TestClient(server.port)
            let id = try await leaving.join()
            let staying = try await server.client()
            leaving.send("1")
            #expect(try await staying.next() == #"2["bye","\#(id)"]"#)
            #expect(
                try await server.notes.next(count: 2) == [
                    "disconnecting client namespace disconnect 2 true",
                    "disconnect client namespace disconnect 0 false",
                ])
            let errors = try await server.errors.next(count: 2)
            #expect(errors.map(\.event) == ["disconnecting", "disconnect"])
            try await leaving.join()
        }
    }

    @Test func `the end of a connection ends its sockets on all namespaces, first the one on the root`() async throws {
        try await TestServer.run { server in
            for name in ["/", "/a", "/b"] { watch(server, name) }
            let sockets = server.sockets(in: "/a")
            let first = try await server.client()
            try await first.join("/a")
            try await first.join("/b")
            try await sockets.next().disconnect(close: true)
            let packets = [try await first.next(), try await first.next(), try await first.next()]
            #expect(packets.first == "1" && Set(packets) == ["1", "1/a,", "1/b,"])
            #expect(try await first.nextIncoming() == .closed)
            let reason = DisconnectReason.serverNamespaceDisconnect
            let notes = try await server.notes.next(count: 3)
            #expect(notes.first == "/ \(reason)" && Set(notes) == ["/ \(reason)", "/a \(reason)", "/b \(reason)"])

            let second = try await server.client()
            try await second.join("/b")
            second.drop()
            #expect(try await server.notes.next(count: 2) == ["/ transport close", "/b transport close"])

            let third = try TestClient(server.port)
            for name in ["/a", "/b"] { try await third.join(name) }
            third.drop()
            #expect(try await Set(server.notes.next(count: 2)) == ["/a transport close", "/b transport close"])
        }
    }

    @Test func `a socket's end may end the other sockets of its client`() async throws {
        try await TestServer.run { server in
            let all = Mailbox<Socket>()
            for name in ["/", "/a"] {
                watch(server, name)
                server.io.of(name).on(.connection) { socket in all.push(socket) }
            }
            let client = try await server.client()
            try await client.join("/a")
            let sockets = try await all.next(count: 2)
            sockets[0].on(.disconnecting) { _ in sockets[1].disconnect(close: true) }
            sockets[1].on(.disconnecting) { _ in sockets[0].disconnect(close: true) }
            client.drop()
            #expect(try await server.notes.next(count: 2).count == 2)
            #expect(await eventually { server.io.clientsCount == 0 })
            #expect(server.notes.takeAll().isEmpty)
        }
    }

    @Test func `a handler may end its socket in the middle of its packets`() async throws {
        try await TestServer.run { server in
            watch(server)
            server.io.on(.connection) { socket in
                socket.on("x") { () -> Void in socket.disconnect(close: true) }
                socket.on("x") { () -> Void in server.notes.push("second handler") }
            }
            for transport in EngineServer.Transport.allCases {
                let client = try await server.client(transport)
                client.send(together: [#"2["x"]"#, #"2["x"]"#, "0"])
                #expect(try await client.next() == "1")
                #expect(try await client.nextIncoming() == .closed)
                #expect(
                    try await server.notes.next(count: 2) == ["/ server namespace disconnect", "second handler"])
            }
            #expect(server.notes.takeAll().isEmpty && server.io.sockets.socketsCount == 0)
        }
    }
}
