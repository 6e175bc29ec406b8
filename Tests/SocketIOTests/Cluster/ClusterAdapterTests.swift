import SocketIOTesting
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct ClusterAdapterTests {
    private struct User: SharedSocketData, Equatable {
        var name: String
        var picture: [UInt8]
    }

    private enum Declared {
        static let double = Event<Int>.Acknowledged<Int>("double")
    }

    private struct Secret {
        var text: String
    }

    // MARK: Broadcasts

    @Test func `a broadcast reaches the clients of all servers, its binary too`() async throws {
        try await Cluster.run(3) { cluster in
            let clients = try await cluster.clients()
            try cluster[0].emit("all", "hello", [UInt8]([1, 2]))
            for client in clients {
                #expect(try await client.next() == #"51-["all","hello",{"_placeholder":true,"num":0}]"#)
                #expect(try await client.nextBinary() == [1, 2])
            }
            try cluster[1].local.emit("local")
            #expect(try await clients[1].next() == #"2["local"]"#)
            try cluster[2].emit("end")
            for client in clients { #expect(try await client.next() == #"2["end"]"#) }
        }
    }

    @Test func `namespaces do not mix, and those that one server has alone are no matter`() async throws {
        try await Cluster.run { cluster in
            _ = cluster[0].of("/a")
            _ = cluster[1].of("/a")
            let here = try await cluster.servers[0].client()
            try await here.join("/a")
            try cluster[1].emit("root")
            try cluster[1].of("/a").emit("a")
            try cluster[1].of("/b").emit("b")
            #expect(try await here.next() == #"2["root"]"#)
            #expect(try await here.next() == #"2/a,["a"]"#)
            #expect(try await cluster[1].of("/a").serverCount() == 2)
            #expect(try await cluster[1].of("/b").serverCount() == 1)
        }
    }

    @Test func `sockets of other servers join, leave and are disconnected`() async throws {
        try await Cluster.run { cluster in
            let clients = try await cluster.clients()
            cluster[0].socketsJoin("a", "b")
            cluster[1].in("a").socketsLeave("b")
            try cluster[0].to("b").emit("nobody")
            try cluster[0].to("a").emit("a")
            for client in clients { #expect(try await client.next() == #"2["a"]"#) }
            cluster[0].in("a").disconnectSockets()
            for client in clients { #expect(try await client.next() == "1") }
            for client in clients { try await client.join() }
            cluster[1].disconnectSockets(close: true)
            for client in clients {
                #expect(try await client.next() == "1")
                #expect(try await client.nextIncoming() == .closed)
            }
        }
    }

    // MARK: Acknowledgements

    @Test func `clients of all servers acknowledge a broadcast`() async throws {
        try await Cluster.run(3) { cluster in
            let clients = try await cluster.clients()
            async let answers = cluster[1].timeout(.seconds(10)).emitWithAck("question")
            for (number, client) in clients.enumerated() { try await client.answer("\(number)") }
            #expect(try await answers.map(\.description).sorted() == ["0", "1", "2"])
        }
    }

    @Test func `a client of another server that leaves is not waited for`() async throws {
        try await Cluster.run { cluster in
            let clients = try await cluster.clients()
            async let answers = cluster[0].timeout(.seconds(30)).emitWithAck("question")
            try await clients[0].answer("true")
            _ = try await clients[1].next()
            clients[1].drop()
            #expect(try await answers.map(\.description) == ["true"])
        }
    }

    @Test func `without extensions, such a client costs the time, and the answers are kept`() async throws {
        try await Cluster.run { cluster in
            cluster.usesExtensions = false
        } body: { cluster in
            let clients = try await cluster.clients()
            async let answers = cluster[0].timeout(.milliseconds(300) * slowness).emitWithAck("question")
            try await clients[0].answer("true")
            _ = try await clients[1].next()
            clients[1].drop()
            do {
                _ = try await answers
                Issue.record("complete")
            } catch let error as BroadcastTimeout {
                #expect(error.responses.map(\.description) == ["true"])
            }
        }
    }

    @Test func `a server that is cut off makes a broadcast incomplete, with what came`() async throws {
        try await Cluster.run(3) { cluster in
            let clients = try await cluster.clients()
            cluster.network.cut("2")
            async let answers = cluster[0].timeout(.milliseconds(300) * slowness).emitWithAck("question")
            for client in clients[..<2] { try await client.answer("1") }
            do {
                _ = try await answers
                Issue.record("complete")
            } catch let error as BroadcastTimeout {
                #expect(error.responses.map(\.description) == ["1", "1"])
            }
        }
    }

    @Test func `clients of a server that closes are not waited for`() async throws {
        try await Cluster.run { cluster in
            let clients = try await cluster.clients()
            async let answers = cluster[0].timeout(.seconds(30)).emitWithAck("question")
            try await clients[0].answer("1")
            _ = try await clients[1].next()
            await cluster[1].close()
            #expect(try await answers.map(\.description) == ["1"])
            #expect(try await cluster[0].serverCount() == 1)
        }
    }

    @Test func `where the transport knows the servers, acknowledgements come together all the same`() async throws {
        try await Cluster.run(3) { configuration in
            configuration.membership = .transport
        } body: { cluster in
            let clients = try await cluster.clients()
            #expect(try await cluster[0].serverCount() == 3)
            async let answers = cluster[0].timeout(.seconds(10)).emitWithAck("question")
            for client in clients { try await client.answer("1") }
            #expect(try await answers.count == 3)
            #expect(try await cluster[0].fetchSockets().count == 3)
            #expect(try await cluster[2].countSockets() == 3)
        }
    }

    @Test func `a socket of another server acknowledges alone`() async throws {
        try await Cluster.run { cluster in
            let clients = try await cluster.clients()
            let all = try await cluster[0].fetchSockets()
            let mine = try await cluster[0].local.fetchSockets().map(\.id)
            let remote = try #require(all.first { !mine.contains($0.id) })
            async let number: Int = remote.timeout(.seconds(10)).emitWithAck("question", "x")
            try await clients[1].answer("42")
            #expect(try await number == 42)
            async let declared = remote.timeout(.seconds(10)).emitWithAck(Declared.double, 4)
            try await clients[1].answer("8")
            #expect(try await declared == 8)
            async let many = remote.timeout(.seconds(10)).emitWithAck("as of many")
            try await clients[1].answer("1")
            #expect(try await many.map(\.description) == ["1"])
            try remote.emit("hello")
            #expect(try await clients[1].next() == #"2["hello"]"#)
            remote.join("r")
            try cluster[0].to("r").emit("r")
            #expect(try await clients[1].next() == #"2["r"]"#)
            remote.disconnect()
            #expect(try await clients[1].next() == "1")
            await #expect(throws: AcknowledgementError.self) {
                let _: Int = try await remote.timeout(.milliseconds(200)).emitWithAck("question")
            }
        }
    }

    @Test func `one socket's acknowledgement is not held up by servers that have others`() async throws {
        try await Cluster.run(3) { cluster in
            let clients = try await cluster.clients()
            let all = try await cluster[0].fetchSockets()
            let mine = try await cluster[0].local.fetchSockets().map(\.id)
            cluster.network.cut("2")
            let remote = try #require(all.first { mine.contains($0.id) })
            async let text: String = remote.timeout(.seconds(50)).emitWithAck("question")
            try await clients[0].answer(#""here""#)
            #expect(try await text == "here")
        }
    }

    @Test func `a request beyond the limit fails, and a broadcast beyond it is incomplete`() async throws {
        try await Cluster.run { cluster in
            cluster.limits.requests = 0
        } body: { cluster in
            let clients = try await cluster.clients()
            do {
                _ = try await cluster[0].fetchSockets()
                Issue.record("complete")
            } catch let error as ClusterError {
                #expect(error.code == .tooManyRequests)
            }
            async let answers = cluster[0].timeout(.milliseconds(300) * slowness).emitWithAck("question")
            for client in clients { try await client.answer("1") }
            do {
                _ = try await answers
                Issue.record("complete")
            } catch let error as BroadcastTimeout {
                #expect(error.responses.count == 1)
            }
        }
    }

    @Test func `a value that cannot be encoded is reported, and not shown`() async throws {
        struct Odd: SharedSocketData {
            var number = Double.nan
        }
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.data[Odd.self] = Odd()
            socket.data[User.self] = User(name: "Ada", picture: [])
            let remote = try #require(try await server.io.fetchSockets().first)
            #expect(remote.data[Odd.self] == nil && remote.data[User.self]?.name == "Ada")
            #expect(try await server.errors.next().event == "fetchSockets")
            withExtendedLifetime(client) {}
        }
    }

    // MARK: Descriptions and numbers

    @Test func `sockets of other servers are described, with what may be shown`() async throws {
        try await Cluster.run { cluster in
            let sockets = cluster.servers[1].sockets()
            let client = try TestClient(cluster.servers[1].port, query: "&a=b", headers: "X-Y: z\r\n")
            let id = try await client.join(auth: #"{"token":"t"}"#)
            let socket = try await sockets.next()
            socket.data[User.self] = User(name: "Ada", picture: [1, 2])
            socket.data[Secret.self] = Secret(text: "hidden")
            socket.join("room")
            let fetched = try await cluster[0].in("room").fetchSockets()
            let remote = try #require(fetched.first)
            #expect(fetched.count == 1 && remote.id == id)
            #expect(remote.rooms == [id, "room"])
            #expect(remote.handshake.headers["x-y"] == "z")
            #expect(remote.handshake.query["a"] == "b")
            #expect(remote.handshake.auth.description == #"{"token":"t"}"#)
            #expect(remote.handshake.address?.host == "127.0.0.1")
            #expect(abs((remote.handshake.issued - socket.handshake.issued) / .seconds(1)) < 5)
            #expect(remote.data[User.self] == User(name: "Ada", picture: [1, 2]))
            #expect(!remote.data.json.description.contains("hidden"))
            #expect(try await cluster[1].fetchSockets().first?.data[User.self]?.name == "Ada")
        }
    }

    @Test(arguments: [true, false])
    func `sockets are counted over all servers, in rooms too`(usesExtensions: Bool) async throws {
        try await Cluster.run(3) { configuration in
            configuration.usesExtensions = usesExtensions
        } body: { cluster in
            let clients = try await cluster.clients()
            let other = try await cluster.servers[1].client()
            #expect(try await cluster[0].countSockets() == 4)
            #expect(try await cluster[0].local.countSockets() == 1)
            cluster[2].socketsJoin("all")
            cluster[1].local.socketsJoin("some")
            #expect(try await cluster[0].in("some").countSockets() == 2)
            #expect(try await cluster[0].in("all", "some").except("some").countSockets() == 2)
            #expect(try await cluster[0].in("none").countSockets() == 0)
            withExtendedLifetime((clients, other)) {}
        }
    }

    @Test func `a server that does not answer costs the time, and the others' sockets are known`() async throws {
        try await Cluster.run(3) { cluster in
            cluster.requestTimeout = .milliseconds(500) * slowness
            cluster.membership = .heartbeats(interval: .seconds(60), timeout: .seconds(120))
        } body: { cluster in
            let clients = try await cluster.clients()
            cluster.network.cut("1")
            let start = ContinuousClock.now
            do {
                _ = try await cluster[0].fetchSockets()
                Issue.record("complete")
            } catch let error as FetchSocketsTimeout {
                // Not with the next heartbeat.
                #expect(.now - start < .seconds(4) * slowness)
                #expect(error.sockets.count == 2 && error.missing == 1)
                #expect(error.description == "timeout reached: missing 1 responses")
            }
            await #expect(throws: ClusterError.self) { try await cluster[0].countSockets() }
            cluster.network.mend("1")
            #expect(try await cluster[0].fetchSockets().count == 3)
            withExtendedLifetime(clients) {}
        }
    }

    @Test func `a request ends when its task is cancelled`() async throws {
        try await Cluster.run { cluster in
            cluster.network.cut("1")
            let io = cluster[0]
            let task = Task { try await io.timeout(.seconds(60)).fetchSockets().count }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `a request ends when its server is closed`() async throws {
        try await Cluster.run { cluster in
            cluster.network.cut("1")
            let io = cluster[0]
            let task = Task { try await io.timeout(.seconds(60)).fetchSockets().count }
            await io.close()
            await #expect(throws: ClusterError.self) { try await task.value }
        }
    }

    @Test func `servers find each other, and notice who goes`() async throws {
        try await Cluster.run(4) { cluster in
            for server in cluster.servers {
                let count = try await server.io.serverCount()
                #expect(count == 4)
            }
            await cluster[3].close()
            for server in cluster.servers[..<3] {
                let count = try await server.io.serverCount()
                #expect(count == 3)
            }
        }
    }

    @Test func `a server that falls silent is gone after a while, and comes back with its next heartbeat`() async throws
    {
        try await Cluster.run { cluster in
            cluster.membership = .heartbeats(interval: .milliseconds(20), timeout: .milliseconds(100))
        } body: { cluster in
            cluster.network.cut("1")
            let isGone = try await eventually { try await cluster[0].serverCount() != 2 }
            #expect(isGone)
            cluster.network.mend("1")
            let isBack = try await eventually { try await cluster[0].serverCount() != 1 }
            #expect(isBack)
        }
    }

    @Test func `what is no message is reported, and the cluster goes on`() async throws {
        let reported = Mailbox<any Error>()
        let members = Mailbox<ClusterMember>()
        struct Nowhere: ClusterTransport {
            func publish(_ message: ClusterMessage) {}
            func publish(_ response: ClusterMessage, to server: String) {}
        }
        var configuration = Server.Configuration()
        configuration.adapter = .cluster { member in
            members.push(member)
            return Nowhere()
        }
        let io = Server(configuration, eventLoops: Loops.one)
        io.onError { reported.push($0) }
        _ = io.sockets
        let member = try await members.next()
        #expect(member.id.count == 16 && member.namespace == "/")
        member.receive(encoded: .null)
        #expect((try await reported.next() as? ClusterError)?.code == .malformedMessage)
        member.receive(ClusterMessage(sender: "a", namespace: "/", body: .heartbeat))
        #expect(try await io.serverCount() == 2)
        await io.close()
        member.receive(ClusterMessage(sender: "b", namespace: "/", body: .heartbeat))
        try io.emit("late")
    }
}
