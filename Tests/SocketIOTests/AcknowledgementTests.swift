import SIONet
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct AcknowledgementTests {
    static let history = Event<Int>.Acknowledged<[String]>("history")

    @Test(arguments: [EngineServer.Transport.websocket, .polling], [1, 3])
    func `a client's answer is decoded to the type that the caller wants`(
        transport: EngineServer.Transport, loops: Int
    ) async throws {
        try await TestServer.run(loops: loops) { server in
            let sockets = server.sockets()
            let client = try await server.client(transport)
            let socket = try await sockets.next()
            async let number: Int = socket.emitWithAck("q", 1)
            #expect(try await client.next() == #"20["q",1]"#)
            client.send("30[42,true]")
            #expect(try await number == 42)
            async let lines = socket.timeout(.seconds(5)).emitWithAck(Self.history, 2)
            #expect(try await client.next() == #"21["history",2]"#)
            client.send(#"31[["a","b"]]"#)
            #expect(try await lines == ["a", "b"])
            async let nothing: String? = socket.emitWithAck("q")
            #expect(try await client.next() == #"22["q"]"#)
            client.send("32[]")
            #expect(try await nothing == nil)
        }
    }

    @Test func `binary travels in questions and in answers`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            async let answer: [UInt8] = socket.emitWithAck("q", [UInt8](arrayLiteral: 1, 2))
            #expect(try await client.next() == #"51-0["q",{"_placeholder":true,"num":0}]"#)
            #expect(try await client.nextBinary() == [1, 2])
            client.send(#"61-0[{"_placeholder":true,"num":0}]"#, [3, 4])
            #expect(try await answer == [3, 4])
        }
    }

    @Test func `an answer of another type is the caller's error, and the connection lives`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let task = Task { () -> Int in try await socket.emitWithAck("q") }
            _ = try await client.next()
            client.send(#"30["text"]"#)
            await #expect(throws: DecodingError.self) { try await task.value }
            try socket.emit("alive")
            #expect(try await client.next() == #"2["alive"]"#)
        }
    }

    @Test func `no answer in time ends the wait, and late or unknown answers are ignored`() async throws {
        try await TestServer.run {
            $0.ackTimeout = .milliseconds(20)
        } body: { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            await #expect(throws: AcknowledgementError(.timedOut)) {
                let _: Int = try await socket.emitWithAck("default")
            }
            await #expect(throws: AcknowledgementError(.timedOut)) {
                let _: Int = try await socket.timeout(.milliseconds(10)).emitWithAck("own")
            }
            client.send(together: ["30[1]", "31[1]", "39[1]", "39007199254740991[]"])
            async let answer: Int = socket.timeout(.seconds(5)).emitWithAck("q")
            for expected in [#"20["default"]"#, #"21["own"]"#, #"22["q"]"#] {
                #expect(try await client.next() == expected)
            }
            client.send(together: ["32[7]", "32[8]"])
            #expect(try await answer == 7)
        }
    }

    @Test(arguments: [false, true])
    func `the end of the socket ends the wait`(isServerSide: Bool) async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let task = Task { () -> Int in try await socket.emitWithAck("q") }
            _ = try await client.next()
            if isServerSide { socket.disconnect() } else { client.drop() }
            await #expect(throws: AcknowledgementError(.disconnected)) { try await task.value }
            await #expect(throws: AcknowledgementError(.disconnected)) {
                let _: Int = try await socket.emitWithAck("q")
            }
        }
    }

    @Test func `a cancelled task waits no longer`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let task = Task { () -> Int in try await socket.emitWithAck("q") }
            _ = try await client.next()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            client.send("30[1]")
            let early = Task { () -> Int in
                withUnsafeCurrentTask { $0?.cancel() }
                return try await socket.emitWithAck("q")
            }
            await #expect(throws: CancellationError.self) { try await early.value }
            let all = Task { try await server.io.emitWithAck("all") }
            while try await client.next() != #"22["all"]"# {}
            all.cancel()
            await #expect(throws: CancellationError.self) { try await all.value }
        }
    }

    @Test(arguments: [1, 3])
    func `a handler may wait for its own client`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in
                socket.on("ask") { (question: String) in
                    let answer: String = try await socket.emitWithAck("question", question)
                    return answer + (socket.loop.isCurrent ? "!" : "?")
                }
            }
            for (number, client) in try await server.clients(3).enumerated() {
                client.send(#"27["ask","why"]"#)
                #expect(try await client.next() == #"2\#(number)["question","why"]"#)
                client.send(#"3\#(number)["because"]"#)
                #expect(try await client.next() == #"37["because!"]"#)
            }
        }
    }

    @Test func `the sockets of a namespace share the ids, so that each is given once`() async throws {
        try await TestServer.run(loops: 3) { server in
            let sockets = server.sockets()
            let clients = try await server.clients(5)
            let all = try await sockets.next(count: 5)
            let total = try await withThrowingTaskGroup(of: Int.self) { group in
                for socket in all {
                    for _ in 0..<20 { group.addTask { try await socket.emitWithAck("q") } }
                }
                var ids: Set<Int> = []
                for client in clients {
                    for _ in 0..<20 {
                        let packet = try await client.next()
                        let id = try #require(Int(packet.dropFirst().prefix { $0.isNumber }))
                        #expect(ids.insert(id).inserted)
                        client.send("3\(id)[\(id)]")
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(total == (0..<100).reduce(0, +))
        }
    }

    @Test func `an event is answered once, however many handlers it has`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on("twice") { 1 }
                socket.on("twice") { 2 }
                socket.on(
                    "raw",
                    raw: { _, answer in
                        try answer?(1, "two", [3] as [UInt8])
                        try answer?(2)
                    })
                socket.on(
                    "retry",
                    raw: { _, answer in
                        #expect(throws: EncodingError.self) { try answer?(Double.nan) as Void? }
                        try answer?("finite")
                    })
                socket.on("typed") { (answer: Acknowledgement?, a: Int, b: String) in try answer?(b, a) }
                socket.once("typed once") { (answer: Acknowledgement?) in try answer?() }
                socket.on("unasked typed") { (answer: Acknowledgement?) in #expect(answer == nil) }
                socket.on("unasked", raw: { _, answer in #expect(answer == nil) })
                socket.on("end") {}
            }
            let client = try await server.client()
            client.send(together: [
                #"2["unasked"]"#, #"2["unasked typed"]"#, #"21["twice"]"#, #"22["raw"]"#, #"23["retry"]"#,
                #"24["typed",5,"five"]"#, #"25["typed once"]"#, #"26["typed once"]"#, #"27["end"]"#,
            ])
            #expect(try await client.next() == "31[1]")
            #expect(try await client.next() == #"61-2[1,"two",{"_placeholder":true,"num":0}]"#)
            #expect(try await client.nextBinary() == [3])
            #expect(try await client.next() == #"33["finite"]"#)
            #expect(try await client.next() == #"34["five",5]"#)
            #expect(try await client.next() == "35[]")
            #expect(try await client.next() == "37[]")
        }
    }

    @Test func `an answer from another thread, or behind the socket's end, is in order or dropped`() async throws {
        try await TestServer.run { server in
            let answers = Mailbox<Acknowledgement>()
            server.io.on(.connection) { socket in
                socket.on("q", raw: { _, answer in if let answer { answers.push(answer) } })
            }
            let client = try await server.client()
            client.send(#"21["q"]"#)
            try await answers.next()("late")
            #expect(try await client.next() == #"31["late"]"#)
            client.send(#"22["q"]"#)
            let answer = try await answers.next()
            client.send("1")
            #expect(await eventually { server.io.sockets.socketsCount == 0 })
            try answer("too late")
            try await client.join()
        }
    }

    // MARK: Many clients

    @Test(arguments: [1, 3])
    func `all clients answer a broadcast`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let clients = try await server.clients(6)
            async let answers = server.io.timeout(.seconds(5)).emitWithAck("q", "x")
            for (number, client) in clients.enumerated() {
                #expect(try await client.next() == #"20["q","x"]"#)
                client.send("30[\(number)]")
            }
            #expect(try await Set(answers.map { try $0.decode(Int.self) }) == Set(0..<6))
            async let lines = server.io.emitWithAck(Self.history, 1)
            for client in clients {
                #expect(try await client.next() == #"21["history",1]"#)
                client.send(#"31[["line"]]"#)
            }
            #expect(try await lines == Array(repeating: ["line"], count: 6))
        }
    }

    @Test func `a broadcast to nobody is answered by nobody, at once`() async throws {
        try await TestServer.run(loops: 3) { server in
            let all = try await server.io.timeout(.seconds(3600)).emitWithAck("q")
            let some = try await server.io.to("nowhere").emitWithAck("q")
            #expect(all.isEmpty && some.isEmpty)
        }
    }

    @Test(arguments: [1, 3])
    func `a client that leaves is not waited for`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let clients = try await server.clients(3)
            async let answers = server.io.timeout(.seconds(3600)).emitWithAck("q")
            for client in clients { _ = try await client.next() }
            clients[0].send("30[]")
            clients[1].drop()
            clients[2].send(#"30["yes"]"#)
            #expect(try await Set(answers.map(\.description)) == ["null", #""yes""#])
        }
    }

    @Test(arguments: [1, 3])
    func `at the end of the time there are the answers that came`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let clients = try await server.clients(3)
            let asked = Task { try await server.io.timeout(.milliseconds(300) * slowness).emitWithAck("q") }
            for client in clients { _ = try await client.next() }
            clients[2].send("30[2]")
            clients[0].send("30[0]")
            do {
                _ = try await asked.value
                Issue.record("expected the time to be up")
            } catch let error as BroadcastTimeout {
                #expect(Set(error.responses.map(\.description)) == ["0", "2"])
                #expect(error.description == "operation has timed out")
            }
            // Late, and too often.
            for client in clients { client.send("30[9]") }
            let again = Task { try await server.io.emitWithAck("q") }
            for client in clients {
                #expect(try await client.next() == #"21["q"]"#)
                client.send("31[1]")
            }
            #expect(try await again.value.count == 3)
        }
    }

    @Test func `a fetched socket answers alone`() async throws {
        try await TestServer.run(loops: 3) { server in
            let clients = try await server.clients(3)
            let remote = try #require(try await server.io.fetchSockets().first)
            async let answers = remote.emitWithAck("q")
            try server.io.except(remote.id).emit("not you")
            var asked = 0
            for client in clients {
                let packet = try await client.next()
                guard packet == #"20["q"]"# else {
                    #expect(packet == #"2["not you"]"#)
                    continue
                }
                asked += 1
                client.send("30[true]")
            }
            #expect(asked == 1)
            #expect(try await answers.map(\.description) == ["true"])
        }
    }
}
