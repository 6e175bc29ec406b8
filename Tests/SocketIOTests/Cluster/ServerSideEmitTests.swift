import SocketIOTesting
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct ServerSideEmitTests {
    private enum Declared {
        static let sum = Event<Int, Int>.Acknowledged<Int>("sum")
        static let note = Event<String>("note")
    }

    @Test func `an event reaches the other servers, and not the one that sends it`() async throws {
        try await Cluster.run(3) { cluster in
            let notes = Mailbox<String>()
            for (number, server) in cluster.servers.enumerated() {
                server.io.onServerSideEmit("none") { () in notes.push("\(number)") }
                server.io.onServerSideEmit("two") { (a: Int, b: [String]?) in notes.push("\(number) \(a) \(b ?? [])") }
                server.io.onServerSideEmit("later") { (a: String) async in notes.push("\(number) \(a)") }
                server.io.onServerSideEmit(Declared.note) { notes.push("\(number) \($0)") }
            }
            try cluster[0].serverSideEmit("none")
            #expect(try await notes.next(count: 2).sorted() == ["1", "2"])
            try cluster[1].serverSideEmit("two", 1, ["x"])
            #expect(try await notes.next(count: 2).sorted() == [#"0 1 ["x"]"#, #"2 1 ["x"]"#])
            try cluster[1].serverSideEmit("two", 2)
            #expect(try await notes.next(count: 2).sorted() == ["0 2 []", "2 2 []"])
            try cluster[2].serverSideEmit("later", "y")
            #expect(try await notes.next(count: 2).sorted() == ["0 y", "1 y"])
            try cluster[2].serverSideEmit(Declared.note, "z")
            #expect(try await notes.next(count: 2).sorted() == ["0 z", "1 z"])
            #expect(notes.takeAll().isEmpty)
        }
    }

    @Test func `events keep their order`() async throws {
        try await Cluster.run { cluster in
            let numbers = Mailbox<Int>()
            cluster[1].onServerSideEmit("n") { (n: Int) in numbers.push(n) }
            for n in 0..<100 { try cluster[0].serverSideEmit("n", n) }
            #expect(try await numbers.next(count: 100) == Array(0..<100))
        }
    }

    @Test func `each server answers with what its handler returns`() async throws {
        try await Cluster.run(3) { cluster in
            for (number, server) in cluster.servers.enumerated() {
                server.io.onServerSideEmit("who") { () in "\(number)" }
                server.io.onServerSideEmit("slow") { (text: String) async in
                    await Task.yield()
                    return text + "\(number)"
                }
                server.io.onServerSideEmit(Declared.sum) { $0 + $1 + number }
                server.io.onServerSideEmit("void") { () in }
                server.io.onServerSideEmit(
                    "raw",
                    raw: { arguments, reply in
                        try reply?(arguments.decode(1, as: [UInt8].self))
                        try reply?("twice")
                    })
            }
            let io = cluster[0]
            #expect(try await io.serverSideEmitWithAck("who").map(\.description).sorted() == [#""1""#, #""2""#])
            #expect(
                try await io.serverSideEmitWithAck("slow", "x").map(\.description).sorted() == [#""x1""#, #""x2""#])
            #expect(try await io.serverSideEmitWithAck(Declared.sum, 1, 2).sorted() == [4, 5])
            #expect(try await io.serverSideEmitWithAck("void").map(\.description) == ["null", "null"])
            let bytes = try await io.serverSideEmitWithAck("raw", 0, [UInt8]([7, 8]))
            #expect(try bytes.map { try $0.decode([UInt8].self) } == [[7, 8], [7, 8]])
        }
    }

    @Test func `the answers that came in time are kept`() async throws {
        try await Cluster.run(3) { cluster in
            cluster.requestTimeout = .milliseconds(200)
        } body: { cluster in
            // One listens, one does not.
            cluster[1].onServerSideEmit("who") { () in 1 }
            do {
                _ = try await cluster[0].serverSideEmitWithAck("who")
                Issue.record("complete")
            } catch let error as ServerSideEmitTimeout {
                #expect(error.responses.map(\.description) == ["1"] && error.missing == 1)
            }
        }
    }

    @Test func `a server that is alone has nobody to ask`() async throws {
        let alone = Server(eventLoops: Loops.one)
        try alone.serverSideEmit("x", 1)
        #expect(try await alone.serverSideEmitWithAck("x", 1).isEmpty)
        try await Cluster.run(1) { cluster in
            let answers = try await cluster[0].serverSideEmitWithAck("x")
            #expect(answers.isEmpty)
        }
    }

    @Test(arguments: ["connect", "connection", "new_namespace"])
    func `names of the reference are refused`(name: String) async throws {
        let io = Server(eventLoops: Loops.one)
        #expect(throws: ReservedEventName.self) { try io.serverSideEmit(name) }
        await #expect(throws: ReservedEventName.self) { try await io.serverSideEmitWithAck(name) }
    }

    @Test func `handlers can be taken off, and their errors are reported`() async throws {
        try await Cluster.run { cluster in
            let notes = Mailbox<String>()
            let first = cluster[1].onServerSideEmit("x") { (n: Int) in notes.push("first \(n)") }
            cluster[1].onServerSideEmit("x") { (n: Int) in notes.push("second \(n)") }
            try cluster[0].serverSideEmit("x", 1)
            #expect(try await notes.next(count: 2) == ["first 1", "second 1"])
            first.off()
            try cluster[0].serverSideEmit("x", "no number")
            let error = try await cluster.servers[1].errors.next()
            #expect(error.event == "x" && error.underlying is DecodingError)
            try cluster[0].serverSideEmit("x", 2)
            #expect(try await notes.next() == "second 2")
            #expect(notes.takeAll().isEmpty)
        }
    }

    @Test func `children of a parent listen from their beginning`() async throws {
        try await Cluster.run { cluster in
            let notes = Mailbox<String>()
            for (number, server) in cluster.servers.enumerated() {
                _ = server.io.of(matching: /\/room-\d/)
                server.io.onNewNamespace { namespace in
                    let name = namespace.name
                    namespace.onServerSideEmit("x") { (text: String) in notes.push("\(number) \(name) \(text)") }
                }
            }
            let clients = [try TestClient(cluster.servers[0].port), try TestClient(cluster.servers[1].port)]
            for client in clients { try await client.join("/room-1") }
            try await clients[1].join("/room-2")
            try cluster[0].of("/room-1").serverSideEmit("x", "hello")
            #expect(try await notes.next() == "1 /room-1 hello")
            try cluster[1].of("/room-1").serverSideEmit("x", "back")
            #expect(try await notes.next() == "0 /room-1 back")
            try cluster[0].of("/room-2").serverSideEmit("x", "other")
            #expect(try await notes.next() == "1 /room-2 other")
            #expect(notes.takeAll().isEmpty)
        }
    }

    @Test func `what a parent listens to, its children do, whatever the handler's form`() async throws {
        try await Cluster.run { cluster in
            let notes = Mailbox<String>()
            for (number, server) in cluster.servers.enumerated() {
                let parent = server.io.of(matching: /\/room-\d/)
                parent.onServerSideEmit("note") { (text: String) in notes.push("\(number) \(text)") }
                parent.onServerSideEmit("later") { (text: String) async in notes.push("\(number) later \(text)") }
                parent.onServerSideEmit(Declared.note) { notes.push("\(number) declared \($0)") }
                parent.onServerSideEmit(Declared.sum) { $0 + $1 + number }
                parent.onServerSideEmit("slow") { (bytes: [UInt8]) async in
                    await Task.yield()
                    return bytes + [UInt8(number)]
                }
                parent.onServerSideEmit(
                    "raw", raw: { arguments, reply in try reply?(arguments.decode(0, as: Int.self)) })
            }
            try await cluster.join("/room-1", "/room-2")
            for name in ["/room-1", "/room-2"] {
                let namespace = cluster[0].of(name)
                try namespace.serverSideEmit("note", name)
                #expect(try await notes.next(count: 2).sorted() == ["1 \(name)", "1 declared \(name)"])
                try namespace.serverSideEmit("later", name)
                #expect(try await notes.next() == "1 later \(name)")
                #expect(try await namespace.serverSideEmitWithAck(Declared.sum, 40, 1) == [42])
                let bytes = try await namespace.serverSideEmitWithAck("slow", [UInt8]([7]))
                #expect(try bytes.map { try $0.decode([UInt8].self) } == [[7, 1]])
                #expect(try await namespace.serverSideEmitWithAck("raw", 5).map(\.description) == ["5"])
            }
            // The root namespace is nobody's child.
            try cluster[0].serverSideEmit("note", "/")
            try cluster[1].of("/room-1").serverSideEmit("note", "back")
            #expect(try await notes.next(count: 2).sorted() == ["0 back", "0 declared back"])
            #expect(notes.takeAll().isEmpty)
        }
    }

    @Test func `what a parent's handler throws is reported with its child's name`() async throws {
        try await Cluster.run { cluster in
            _ = cluster[0].of(matching: /\/room-\d/)
            cluster[1].of(matching: /\/room-\d/).onServerSideEmit("x") { (_: Int) in }
            try await cluster.join("/room-1")
            try cluster[0].of("/room-1").serverSideEmit("x", "no number")
            let error = try await cluster.servers[1].errors.next()
            #expect(error.namespace == "/room-1" && error.event == "x" && error.underlying is DecodingError)
        }
    }

    @Test func `a child has what its parent listened to when it began, in front of its own`() async throws {
        try await Cluster.run { cluster in
            let notes = Mailbox<String>()
            _ = cluster[0].of(matching: /\/room-\d/)
            let parent = cluster[1].of(matching: /\/room-\d/)
            let first = parent.onServerSideEmit("x") { () in notes.push("first") }
            try await cluster.join("/room-1")
            cluster[1].of("/room-1").onServerSideEmit("x") { () in notes.push("own") }
            parent.onServerSideEmit("x") { () in notes.push("second") }
            try cluster[0].of("/room-1").serverSideEmit("x")
            #expect(try await notes.next(count: 2) == ["first", "own"])
            try await cluster.join("/room-2")
            try cluster[0].of("/room-2").serverSideEmit("x")
            #expect(try await notes.next(count: 2) == ["first", "second"])
            // Taken off the parent, it is off everywhere.
            first.off()
            try cluster[0].of("/room-1").serverSideEmit("x")
            #expect(try await notes.next() == "own")
            try cluster[0].of("/room-2").serverSideEmit("x")
            #expect(try await notes.next() == "second")
            #expect(notes.takeAll().isEmpty)
        }
    }

    @Test func `namespaces have their own`() async throws {
        try await Cluster.run { cluster in
            let notes = Mailbox<String>()
            cluster[1].onServerSideEmit("x") { () in notes.push("/") }
            cluster[1].of("/a").onServerSideEmit("x") { () in notes.push("/a") }
            try cluster[0].of("/a").serverSideEmit("x")
            try cluster[0].serverSideEmit("x")
            #expect(try await notes.next(count: 2).sorted() == ["/", "/a"])
        }
    }
}
