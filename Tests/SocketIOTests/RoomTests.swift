import SIONet
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct RoomTests {
    /// Clients whose sockets are known, in the same order.
    private func members(_ count: Int, _ server: TestServer) async throws -> [(client: TestClient, socket: Socket)] {
        let sockets = server.sockets()
        var members: [(TestClient, Socket)] = []
        for _ in 0..<count {
            let client = try await server.client()
            members.append((client, try await sockets.next()))
        }
        return members
    }

    /// What each client gets before a mark that all get.
    private func received(_ members: [(client: TestClient, socket: Socket)], _ server: TestServer) async throws
        -> [String]
    {
        try server.io.emit("mark")
        var all: [String] = []
        for (client, _) in members {
            var got = ""
            while case let packet = try await client.next(), packet != #"2["mark"]"# {
                got += packet.dropFirst(3).prefix { $0 != "\"" }
            }
            all.append(got)
        }
        return all
    }

    @Test(arguments: [1, 3])
    func `an operator reaches the sockets in any of its rooms, each once`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let all = try await members(5, server)
            let s = all.map(\.socket)
            s[0].join("a")
            s[1].join("a", "b")
            s[2].join(["b", "c"])
            s[3].join("c")
            let io = server.io
            try io.to("a").emit("1")
            try io.in("a", "b").emit("2")
            try io.to("a").to("b").in("c").emit("3")
            try io.to("nowhere").emit("4")
            try io.except("a").emit("5")
            try io.to("a").except("b").emit("6")
            try io.to(["a", "c"]).except(["b"]).emit("7")
            try io.to(s[4].id).emit("8")
            try io.except(s[4].id, "c").emit("9")
            try io.to("a", s[0].id, s[1].id).emit("A")
            try io.local.volatile.compress(false).to("c").emit("B")
            #expect(try await received(all, server) == ["123679A", "1239A", "235B", "357B", "58"])
        }
    }

    @Test(arguments: [1, 3])
    func `a socket's operators leave it out`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let all = try await members(3, server)
            let s = all.map(\.socket)
            s[0].join("a")
            s[1].join("a")
            try s[0].broadcast.emit("1")
            try s[0].to("a").emit("2")
            try s[2].to(["a"]).emit("3")
            try s[0].in("a").to(s[2].id).emit("4")
            try s[2].except("a").emit("5")
            try s[2].except(["b"]).emit("6")
            try s[1].in(["a"]).volatile.emit("7")
            try s[1].local.emit("8")
            #expect(try await received(all, server) == ["3678", "12346", "148"])
        }
    }

    @Test func `joining twice is joining once, and leaving ends it`() async throws {
        try await TestServer.run { server in
            let all = try await members(2, server)
            let socket = all[0].socket
            socket.join("a", "a")
            socket.join("a")
            try server.io.to("a").emit("1")
            socket.leave("b", "a")
            socket.leave(["a"])
            try server.io.to("a").emit("2")
            #expect(try await received(all, server) == ["1", ""])
            #expect(socket.rooms == [socket.id])
        }
    }

    @Test(arguments: [1, 3])
    func `a socket's own room and rooms named like another socket`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let all = try await members(3, server)
            let s = all.map(\.socket)
            s[1].join(s[0].id)
            try server.io.to(s[0].id).emit("1")
            s[0].leave(s[0].id)
            try server.io.to(s[0].id).emit("2")
            try server.io.to(s[0].id, "x").emit("3")
            s[0].join(s[0].id)
            s[0].join(s[0].id)
            try server.io.to(s[0].id).emit("4")
            try server.io.except(s[0].id).emit("5")
            #expect(try await received(all, server) == ["14", "1234", "5"])
            #expect(s[0].rooms == [s[0].id] && s[1].rooms == [s[0].id, s[1].id])
        }
    }

    @Test(arguments: [1, 3])
    func `many sockets come and go and each room keeps who is in it`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let all = try await members(12, server)
            for (number, member) in all.enumerated() {
                member.socket.join((0..<4).filter { number % ($0 + 2) == 0 }.map { "r\($0)" })
            }
            for (number, member) in all.enumerated() where number % 3 == 1 { member.socket.disconnect() }
            for (number, member) in all.enumerated() where number % 4 == 0 { member.socket.leave("r0") }
            let expected: [String: Set<Int>] = [
                "r0": [2, 6], "r1": [0, 3, 6, 9], "r2": [0, 8], "r3": [0, 5],
            ]
            for (room, numbers) in expected {
                let ids = try await Set(server.io.in(room).fetchSockets().map(\.id))
                #expect(ids == Set(numbers.map { all[$0].socket.id }), "\(room)")
            }
            #expect(server.io.sockets.socketsCount == 8)
        }
    }

    @Test(arguments: [1, 3])
    func `whatever order sockets join and leave in, each room has its members`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let all = try await members(10, server)
            var expected = [Set<String>](repeating: [], count: 3)
            var random: UInt64 = 7
            for step in 0..<400 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let (socket, room) = (all[Int(random >> 33) % 10].socket, Int(random >> 50) % 3)
                if expected[room].insert(socket.id).inserted {
                    socket.join("r\(room)")
                } else {
                    expected[room].remove(socket.id)
                    socket.leave("r\(room)")
                }
                guard step % 20 == 19 else { continue }
                for room in 0..<3 {
                    #expect(try await Set(server.io.in("r\(room)").fetchSockets().map(\.id)) == expected[room])
                }
            }
        }
    }

    @Test(arguments: [1, 3])
    func `a socket that disconnects has left all rooms`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let all = try await members(2, server)
            all[0].socket.join("a")
            all[1].socket.join("a")
            all[0].socket.on(.disconnect) { _ in server.notes.push("gone") }
            all[0].client.send("1")
            #expect(try await server.notes.next() == "gone")
            #expect(all[0].socket.rooms == [])
            all[0].socket.join("a")
            #expect(try await server.io.in("a").fetchSockets().map(\.id) == [all[1].socket.id])
            #expect(all[0].socket.rooms == [])
            try server.io.emit("after")
            #expect(try await all[1].client.next() == #"2["after"]"#)
        }
    }

    @Test(arguments: [1, 3])
    func `sockets are fetched with what they are`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let all = try await members(3, server)
            all[0].socket.join("a")
            all[1].socket.join("a", "b")
            let fetched = try await server.io.in("a").fetchSockets().sorted { $0.rooms.count < $1.rooms.count }
            #expect(fetched.map(\.id) == [all[0].socket.id, all[1].socket.id])
            #expect(fetched[1].rooms == ["a", "b", all[1].socket.id])
            #expect(fetched[0].handshake.address?.host == "127.0.0.1")
            fetched[0].leave("a")
            fetched[0].join("c")
            try fetched[1].emit("you")
            #expect(try await server.io.in("c").fetchSockets().map(\.id) == [all[0].socket.id])
            #expect(try await server.io.in("a").fetchSockets().map(\.id) == [all[1].socket.id])
            fetched[1].disconnect()
            #expect(try await all[1].client.next() == #"2["you"]"#)
            #expect(try await all[1].client.next() == "1")
            #expect(try await server.io.fetchSockets().count == 2)
            fetched[1].join("nowhere")
        }
    }

    @Test(arguments: [1, 3])
    func `many sockets join, leave and disconnect by one call`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let all = try await members(6, server)
            for member in all.prefix(4) { member.socket.join("a") }
            server.io.in("a").except(all[0].socket.id).socketsJoin("b", "c")
            server.io.socketsJoin(["d"])
            server.io.in("c").socketsLeave("c")
            server.io.in("b").socketsLeave(["a"])
            func ids(_ room: String) async throws -> Set<String> {
                try await Set(server.io.in(room).fetchSockets().map(\.id))
            }
            #expect(try await ids("a") == [all[0].socket.id])
            #expect(try await ids("b") == Set(all[1..<4].map(\.socket.id)))
            #expect(try await ids("c") == [])
            #expect(try await ids("d").count == 6)
            server.io.in("b").disconnectSockets()
            server.io.in("a").disconnectSockets(close: true)
            for member in all.prefix(4) { #expect(try await member.client.next() == "1") }
            #expect(try await all[0].client.nextIncoming() == .closed)
            #expect(try await server.io.fetchSockets().count == 2)
            try await all[1].client.join()
        }
    }

    @Test func `rooms belong to their namespace`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let others = server.sockets(in: "/other")
            let client = try await server.client()
            try await client.join("/other")
            try await sockets.next().join("room")
            try await others.next().join("room")
            try server.io.to("room").emit("root")
            try server.io.of("/other").to("room").emit("other")
            #expect(try await client.next() == #"2["root"]"#)
            #expect(try await client.next() == #"2/other,["other"]"#)
        }
    }

    @Test func `each socket keeps one value of each type`() async throws {
        struct User: Equatable {
            var name: String
        }
        try await TestServer.run { server in
            let all = try await members(2, server)
            let data = all[0].socket.data
            #expect(data[User.self] == nil)
            data[User.self] = User(name: "Ann")
            data[Int.self] = 7
            data[User.self]?.name += "a"
            #expect(data[User.self] == User(name: "Anna") && data[Int.self] == 7)
            #expect(all[1].socket.data[User.self] == nil)
            data[User.self] = nil
            #expect(data[User.self] == nil && data[Int.self] == 7)
        }
    }

    @Test func `a socket that leaves all rooms leaves its own, too, and hears what is sent to all`() async throws {
        try await TestServer.run { server in
            let (client, socket) = try await members(1, server)[0]
            socket.join("a", "b")
            socket.leaveAll()
            #expect(await eventually { socket.rooms.isEmpty })
            try server.io.to("a", "b", socket.id).emit("nobody")
            try server.io.emit("all")
            #expect(socket.connected)
            #expect(try await client.next() == #"2["all"]"#)
        }
    }

    @Test func `a value's end may ask its socket`() async throws {
        final class Leaving: Sendable {
            let body: @Sendable () -> Void

            init(_ body: @escaping @Sendable () -> Void) {
                self.body = body
            }

            deinit { body() }
        }
        try await TestServer.run { server in
            let (client, socket) = try await members(1, server)[0]
            socket.data[Leaving.self] = Leaving { [weak socket] in
                server.notes.push("left \(socket?.data[Int.self] ?? 0) \(socket?.connected == true)")
            }
            socket.data[Int.self] = 7
            socket.data[Leaving.self] = nil
            #expect(try await server.notes.next() == "left 7 true")
            client.drop()
        }
    }
}
