import SIONet
import SocketIOTesting
import Synchronization
import TestSupport
import Testing

@testable import SocketIO

@Suite(.serialized, .timeLimit(.minutes(2))) struct DrainTests {
    /// Drains in a task of its own, and notes how it went.
    private func drain(_ server: TestServer, within time: Duration = .seconds(60)) -> Task<Bool, Never> {
        Task { await server.io.drain(within: time) { try $0.emit("moving", "elsewhere") } }
    }

    @Test(arguments: EngineServer.Transport.allCases, [1, 3])
    func `a server that drains tells its clients, lets nobody in, and closes when it is quiet`(
        transport: EngineServer.Transport, loops: Int
    ) async throws {
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in
                socket.on(.disconnect) { server.notes.push($0.rawValue) }
            }
            let client = try await server.client(transport)
            #expect(await drain(server).value)
            #expect(try await client.next() == #"2["moving","elsewhere"]"#)
            #expect(try await client.nextIncoming() == .closed)
            #expect(try await server.notes.next() == "server shutting down")
            #expect(server.io.clientsCount == 0)
            #expect(throws: (any Error).self) { try TestClient(server.port) }
        }
    }

    @Test(arguments: EngineServer.Transport.allCases)
    func `an acknowledgement that is awaited is waited for`(transport: EngineServer.Transport) async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client(transport)
            let socket = try await sockets.next()
            async let answer: Int = socket.timeout(.seconds(60)).emitWithAck("question")
            #expect(try await client.next() == #"20["question"]"#)
            let draining = drain(server)
            #expect(try await client.next() == #"2["moving","elsewhere"]"#)
            #expect(throws: (any Error).self) { try TestClient(server.port) }
            // Clients are served on meanwhile.
            socket.on("more") { () -> Int in 7 }
            client.send(#"25["more"]"#)
            #expect(try await client.next() == "35[7]")
            #expect(server.io.clientsCount == 1)
            client.send("30[42]")
            #expect(try await answer == 42)
            #expect(await draining.value)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `a handler that runs is waited for, and its answer is sent`() async throws {
        try await TestServer.run(loops: 3) { server in
            let gate = Mailbox<Void>()
            server.io.on(.connection) { socket in
                socket.on("slow") { () async throws -> String in
                    server.notes.push("running")
                    try await gate.next()
                    return "done"
                }
            }
            let client = try await server.client()
            client.send(#"21["slow"]"#)
            #expect(try await server.notes.next() == "running")
            let draining = drain(server)
            #expect(try await client.next() == #"2["moving","elsewhere"]"#)
            #expect(await !eventually(within: .milliseconds(100)) { server.io.clientsCount == 0 })
            gate.push(())
            #expect(try await client.next() == #"31["done"]"#)
            #expect(try await client.nextIncoming() == .closed)
            #expect(await draining.value)
        }
    }

    @Test(arguments: [(#"21["event"]"#, "31[7]"), ("0/slow,", #"0/slow,{"sid""#)])
    func `middleware that decides is waited for`(packet: String, answer: String) async throws {
        try await TestServer.run { server in
            let gate = Mailbox<Void>()
            let decide: @Sendable () async throws -> Void = {
                server.notes.push("deciding")
                try await gate.next()
            }
            server.io.of("/slow").use { _ in try await decide() }
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.use { (_: String, _: Arguments) async throws -> Void in try await decide() }
            socket.on("event") { () -> Int in 7 }
            _ = await socket.loop.call { true }
            client.send(packet)
            #expect(try await server.notes.next() == "deciding")
            let draining = drain(server)
            #expect(try await client.next() == #"2["moving","elsewhere"]"#)
            #expect(await !eventually(within: .milliseconds(100)) { server.io.clientsCount == 0 })
            gate.push(())
            #expect(try await client.next().hasPrefix(answer))
            #expect(await draining.value)
        }
    }

    @Test func `what a loop hands to one that was asked already is waited for`() async throws {
        try await TestServer.run(loops: 3) { server in
            let sockets = server.sockets()
            var connected: [(client: TestClient, socket: Socket)] = []
            while Set(connected.map(\.socket.loop.index)).count < 2 {
                connected.append((try await server.client(), try await sockets.next()))
            }
            connected.sort { $0.socket.loop.index < $1.socket.loop.index }
            let (first, last) = (connected[0], connected[connected.count - 1])
            let gate = Gate()
            let answers = Mailbox<Int>()
            let draining = Task {
                await server.io.drain(within: .seconds(60)) { _ in
                    last.socket.loop.post {
                        gate.wait()
                        Task.immediate { answers.push((try? await first.socket.emitWithAck("question")) ?? -1) }
                    }
                }
            }
            // The loops in front have been asked by then.
            #expect(await !eventually(within: .milliseconds(100)) { server.io.clientsCount == 0 })
            gate.open()
            let question = try await first.client.next()
            first.client.send("3\(question.dropFirst().prefix { $0.isNumber })[7]")
            #expect(try await answers.next() == 7)
            #expect(await draining.value)
        }
    }

    @Test func `a handler of another server's event is waited for`() async throws {
        let cluster = InProcessCluster()
        try await TestServer.run({ $0.adapter = cluster.adapter(of: "here") }) { here in
            try await TestServer.run({ $0.adapter = cluster.adapter(of: "there") }) { there in
                let gate = Mailbox<Void>()
                there.io.onServerSideEmit("work") { () async throws -> Int in
                    there.notes.push("working")
                    try await gate.next()
                    return 7
                }
                #expect(await eventually { (try? await here.io.serverCount()) == 2 })
                async let answers = here.io.serverSideEmitWithAck("work")
                #expect(try await there.notes.next() == "working")
                let client = try await there.client()
                let draining = drain(there)
                #expect(try await client.next() == #"2["moving","elsewhere"]"#)
                #expect(await !eventually(within: .milliseconds(100)) { there.io.clientsCount == 0 })
                gate.push(())
                #expect(try await answers.map { try $0.decode(Int.self) } == [7])
                #expect(await draining.value)
            }
        }
    }

    @Test func `an acknowledgement that was put by is not waited for`() async throws {
        try await TestServer.run { server in
            let kept = Mailbox<Acknowledgement?>()
            server.io.on(.connection) { socket in
                socket.on("later") { (acknowledgement: Acknowledgement?) -> Void in kept.push(acknowledgement) }
            }
            let client = try await server.client()
            client.send(#"21["later"]"#)
            let acknowledgement = try await kept.next()
            #expect(await drain(server).value)
            try acknowledgement?("too late")
            #expect(try await client.next() == #"2["moving","elsewhere"]"#)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `a client that is held back holds up no drain`() async throws {
        try await TestServer.run {
            $0.rateLimits.messagesPerClient = RateLimit(perSecond: 0.01, burst: 1)
        } body: { server in
            server.io.on(.connection) { socket in
                socket.on("event") { (number: Int) -> Void in server.notes.push("\(number)") }
            }
            let client = try await server.client()
            for number in 0..<5 { client.send(#"2["event",\#(number)]"#) }
            #expect(try await server.notes.next() == "0")
            #expect(await drain(server).value)
            #expect(try await client.next() == #"2["moving","elsewhere"]"#)
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `a POST that is half there, or held back, is waited for`() async throws {
        try await TestServer.run {
            $0.rateLimits.messagesPerClient = RateLimit(perSecond: 20, burst: 2)
        } body: { server in
            server.io.on(.connection) { socket in
                socket.on("event") { (number: Int) -> Void in server.notes.push("\(number)") }
            }
            let (gets, posts) = (try Connection(port: server.port), try Connection(port: server.port))
            let target = "/socket.io/?EIO=4&transport=polling"
            let body = String(
                decoding: try gets.exchange("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n").body, as: UTF8.self)
            let sid = try #require(body.range(ofText: #""sid":""#).map { body[$0...].prefix { $0 != "\"" } })
            func post(_ packets: String...) -> String {
                let body = packets.joined(separator: "\u{1E}")
                return "POST \(target)&sid=\(sid) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                    + body
            }
            // Three more than may come at once, so that the next POST has to wait.
            _ = try posts.exchange(
                post("40", #"42["event",0]"#, #"42["event",1]"#, #"42["event",2]"#, #"42["event",3]"#))
            #expect(try await server.notes.next(count: 4) == ["0", "1", "2", "3"])
            let late = post(#"42["event",4]"#)
            posts.write(String(late.dropLast()))
            let sessions = server.io.engine
            #expect(await eventually { await !sessions.isQuiet() })
            _ = try gets.exchange("GET \(target)&sid=\(sid) HTTP/1.1\r\nHost: x\r\n\r\n")
            let draining = drain(server)
            _ = try gets.exchange("GET \(target)&sid=\(sid) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await !eventually(within: .milliseconds(60)) { server.io.clientsCount == 0 })
            posts.write(String(late.suffix(1)))
            #expect(try await server.notes.next() == "4")
            #expect(await draining.value)
        }
    }

    @Test func `what waits for a slow client is delivered`() async throws {
        try await TestServer.run { configuration in
            configuration.maxSendBufferSize = 40_000_000
        } body: { server in
            let sockets = server.sockets()
            let client = try TestClient(server.port, reads: false)
            client.send("0")
            let socket = try await sockets.next()
            let text = String(repeating: "x", count: 1_000_000)
            for _ in 0..<20 { try socket.emit("much", text) }
            let draining = drain(server)
            #expect(await eventually { await socket.loop.call { (socket.bufferedBytes ?? 0) > 0 } })
            #expect(await !eventually(within: .milliseconds(100)) { server.io.clientsCount == 0 })
            client.read()
            _ = try await client.next()
            for _ in 0..<20 { #expect(try await client.next().utf8.count == 1_000_012) }
            #expect(try await client.next() == #"2["moving","elsewhere"]"#)
            #expect(await draining.value)
        }
    }

    @Test func `at the deadline it is over, and whoever waits is told so`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let asking = Task { () -> Int in try await socket.timeout(.seconds(60)).emitWithAck("question") }
            #expect(try await client.next() == #"20["question"]"#)
            #expect(await !drain(server, within: .milliseconds(50)).value)
            await #expect { _ = try await asking.value } throws: {
                ($0 as? AcknowledgementError)?.code == .disconnected
            }
        }
    }

    /// What cuts a drain short.
    enum Cut: CaseIterable {
        case cancel, close
    }

    @Test(arguments: Cut.allCases)
    func `a drain can be cut short`(cut: Cut) async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let asking = Task { () -> Int in try await socket.timeout(.seconds(60)).emitWithAck("question") }
            #expect(try await client.next() == #"20["question"]"#)
            let draining = drain(server)
            #expect(try await client.next() == #"2["moving","elsewhere"]"#)
            switch cut {
            case .cancel: draining.cancel()
            case .close: await server.io.close()
            }
            #expect(await !draining.value)
            await #expect(throws: AcknowledgementError.self) { try await asking.value }
            #expect(server.io.clientsCount == 0)
        }
    }

    @Test func `what a notice throws is reported, and stops nothing`() async throws {
        try await TestServer.run { server in
            let reported = Mailbox<String>()
            server.io.onError { reported.push("\($0)") }
            let isDone = await server.io.drain { _ in throw ReservedEventName("connect") }
            #expect(isDone)
            let text = try await reported.next()
            #expect(text.contains("connect"))
        }
    }

    @Test func `on a server of somebody else's new sessions are refused with 503, and others are served`() async throws
    {
        let io = Server(eventLoops: Loops.one)
        let http = HTTPServer(eventLoops: Loops.one)
        http.on("/hello") { _ in .text("hello\n") }
        io.mount(on: http)
        try await http.listen(host: "127.0.0.1", port: 0)
        let port = try #require(http.addresses.first?.port)
        let sockets = Mailbox<Socket>()
        io.on(.connection) { (socket: Socket) -> Void in sockets.push(socket) }
        let client = try await TestClient.joined(port)
        let socket = try await sockets.next()
        let asking = Task { () -> Int in try await socket.emitWithAck("question") }
        #expect(try await client.next() == #"20["question"]"#)
        let draining = Task { await io.drain { try $0.emit("moving") } }
        #expect(try await client.next() == #"2["moving"]"#)
        let statuses = try await Loops.three.loops[0].call {
            Result {
                try [
                    "/socket.io/?EIO=4&transport=polling", "/hello",
                ].map { path in
                    let other = try RawClient(port: port)
                    other.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
                    return String(other.receiveResponse().head.prefix(12))
                }
            }
        }.get()
        #expect(statuses == ["HTTP/1.1 503", "HTTP/1.1 200"])
        client.send("30[1]")
        #expect(try await asking.value == 1)
        #expect(await draining.value)
        await http.close()
    }

    @Test func `closing settles whatever was awaited`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let one = Task { () -> Int in try await socket.timeout(.seconds(60)).emitWithAck("one") }
            let again = Task { () -> Int in try await socket.timeout(.seconds(60)).retries(3).emitWithAck("two") }
            let behind = Task { () -> Int in try await socket.timeout(.seconds(60)).retries(3).emitWithAck("three") }
            let all = Task { () -> [RawJSON] in try await server.io.timeout(.seconds(60)).emitWithAck("all") }
            var asked: Set<Character> = []
            for _ in 0..<3 { asked.insert(try await client.next().first { $0.isLetter } ?? "?") }
            #expect(asked.count >= 2)
            await server.io.close()
            for task in [one, again, behind] {
                await #expect { _ = try await task.value } throws: {
                    ($0 as? AcknowledgementError)?.code == .disconnected
                }
            }
            // Who is gone answers no more: what did come is the answer.
            #expect(try await all.value.isEmpty)
        }
    }
}
