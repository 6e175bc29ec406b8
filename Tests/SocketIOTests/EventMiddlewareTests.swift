import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct EventMiddlewareTests {
    struct Refused: Error, Equatable {
        var event: String
    }

    @Test func `events pass the middleware in order, and what is refused reaches no handler`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.use { event, arguments throws -> Void in server.notes.push("1 \(event) \(arguments.count)") }
            socket.use { event, _ throws -> Void in if event == "bad" { throw Refused(event: event) } }
            socket.use { event, _ throws -> Void in server.notes.push("3 \(event)") }
            socket.onAny { event, _ in server.notes.push("any \(event)") }
            socket.on("good") { (n: Int) -> Int in n + 1 }
            socket.on("bad") { server.notes.push("never") }
            client.send(#"21["bad",1,2]"#)
            client.send(#"22["good",1]"#)
            #expect(try await client.next() == "32[2]")
            #expect(server.notes.takeAll() == ["1 bad 2", "1 good 1", "3 good", "any good"])
            let error = try await server.errors.next()
            #expect(error.underlying as? Refused == Refused(event: "bad") && error.event == "bad")
        }
    }

    @Test func `middleware that waits has the event handled behind it, binary and all`() async throws {
        try await TestServer.run(loops: 3) { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let mayPass = Mailbox<Bool>()
            socket.use { event, _ throws -> Void in server.notes.push("first \(event)") }
            socket.use { _, _ async throws -> Void in guard try await mayPass.next() else { throw Refused(event: "") } }
            socket.use { event, _ throws -> Void in server.notes.push("last \(event)") }
            socket.on("sum") { (name: String, bytes: [UInt8]) -> String in
                server.notes.push("handler \(socket.loop.isCurrent)")
                return "\(name) \(bytes)"
            }
            client.send(#"51-9["sum","é\n",{"_placeholder":true,"num":0}]"#, [1, 2, 3])
            #expect(try await server.notes.next() == "first sum")
            mayPass.push(true)
            #expect(try await client.next() == #"39["é\n [1, 2, 3]"]"#)
            #expect(server.notes.takeAll() == ["last sum", "handler true"])
            mayPass.push(false)
            socket.onError { error in server.notes.push("error \(error is Refused)") }
            client.send(#"2["sum","a",[]]"#)
            #expect(try await server.notes.next(count: 2) == ["first sum", "error true"])
        }
    }

    @Test func `a token that has run out is renewed by an event, on the same connection`() async throws {
        struct Token: Sendable { var isValid: Bool }
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.data[Token.self] = Token(isValid: true)
                socket.use { [weak socket] event, _ throws -> Void in
                    guard event == "renew" || socket?.data[Token.self]?.isValid == true else {
                        throw Refused(event: event)
                    }
                }
                socket.onError { [weak socket] _ in try socket?.emit("renew") }
                socket.on("renew") { [weak socket] (text: String) -> Bool in
                    socket?.data[Token.self] = Token(isValid: text == "fresh")
                    return text == "fresh"
                }
                socket.on("ask") { () -> Int in 7 }
            }
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            client.send(#"21["ask"]"#)
            #expect(try await client.next() == "31[7]")
            socket.data[Token.self]?.isValid = false
            client.send(#"22["ask"]"#)
            #expect(try await client.next() == #"2["renew"]"#)
            client.send(#"23["renew","stale"]"#)
            #expect(try await client.next() == "33[false]")
            client.send(#"24["renew","fresh"]"#)
            #expect(try await client.next() == "34[true]")
            client.send(#"25["ask"]"#)
            #expect(try await client.next() == "35[7]")
        }
    }

    @Test func `a middleware that ends its socket is the last that is called`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.use { _, _ throws -> Void in
                server.notes.push("first")
                socket.disconnect()
            }
            socket.use { _, _ throws -> Void in server.notes.push("second") }
            _ = await socket.loop.call { true }
            client.send(#"2["event"]"#)
            #expect(try await client.next() == "1")
            #expect(server.notes.takeAll() == ["first"])
        }
    }

    @Test func `a socket that ends while its middleware waits handles nothing`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let (mayPass, passed) = (Mailbox<Bool>(), Mailbox<Bool>())
            socket.use { _, _ async throws -> Void in
                passed.push(true)
                _ = try await mayPass.next()
                passed.push(true)
            }
            socket.on("event") { server.notes.push("handled") }
            client.send(#"2["event"]"#)
            _ = try await passed.next()
            client.drop()
            #expect(await eventually { socket.disconnected })
            mayPass.push(true)
            _ = try await passed.next()
            _ = await socket.loop.call { true }
            #expect(server.notes.takeAll().isEmpty)
        }
    }

    @Test func `middleware that disconnects the socket ends the event`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.use { [weak socket] _, _ throws -> Void in socket?.disconnect() }
            socket.on("event") { server.notes.push("handled") }
            client.send(#"2["event"]"#)
            #expect(try await client.next() == "1")
            #expect(server.notes.takeAll().isEmpty)
        }
    }

    @Test func `the last error handler's own error is reported`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.use { event, _ throws -> Void in throw Refused(event: event) }
            socket.onError { _ in throw Refused(event: "handler") }
            client.send(#"2["event"]"#)
            let error = try await server.errors.next()
            #expect(error.underlying as? Refused == Refused(event: "handler") && error.event == "error")
        }
    }

    // MARK: What is sent

    @Test func `what is sent is heard: alone, to many, from elsewhere, with an acknowledgement`() async throws {
        try await TestServer.run(loops: 3) { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.join("room")
            let first = socket.onAnyOutgoing { event, arguments in
                server.notes.push("\(event) \(arguments.count) \(socket.loop.isCurrent)")
            }
            _ = await socket.loop.call { true }
            try socket.emit("elsewhere", 1)
            #expect(try await client.next() == #"2["elsewhere",1]"#)
            await socket.loop.call { try? socket.emit("here", 1, [2, 3] as [UInt8]) }
            #expect(try await client.next() == #"51-["here",1,{"_placeholder":true,"num":0}]"#)
            #expect(try await client.nextBinary() == [2, 3])
            try server.io.to("room").emit("room")
            #expect(try await client.next() == #"2["room"]"#)
            async let answer: Int = socket.emitWithAck("ask", "?")
            let question = try await client.next()
            #expect(question.hasSuffix(#"["ask","?"]"#))
            client.send("3\(question.dropFirst().prefix { $0.isNumber })[5]")
            #expect(try await answer == 5)
            #expect(
                try await server.notes.next(count: 4) == [
                    "elsewhere 1 true", "here 2 true", "room 0 true", "ask 1 true",
                ])
            // An acknowledgement is no event.
            socket.on("question") { 1 }
            client.send(#"21["question"]"#)
            #expect(try await client.next() == "31[1]")
            socket.prependAnyOutgoing { event, _ in server.notes.push("front \(event)") }
            try socket.emit("x")
            #expect(try await server.notes.next(count: 2) == ["front x", "x 0 true"])
            first.off()
            try socket.emit("y")
            #expect(try await server.notes.next() == "front y")
            socket.offAnyOutgoing()
            try socket.emit("z")
            #expect(try await client.incomingPackets(3).last == #"2["z"]"#)
            #expect(server.notes.takeAll().isEmpty)
        }
    }

    @Test func `a listener to what is sent may leave rooms in the middle of a broadcast`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let clients = try await server.clients(5)
            for _ in clients {
                let socket = try await sockets.next()
                socket.join("room")
                socket.onAnyOutgoing { _, _ in
                    socket.leaveAll()
                    server.notes.push("left")
                }
            }
            _ = await Loops.one.loops[0].call { true }
            try server.io.to("room").emit("go")
            for client in clients { #expect(try await client.next() == #"2["go"]"#) }
            #expect(try await server.notes.next(count: 5).count == 5)
            try server.io.to("room").emit("gone")
            try server.io.emit("all")
            for client in clients { #expect(try await client.next() == #"2["all"]"#) }
        }
    }

    @Test func `a handler of every event can be put in front`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.onAny { _, _ in server.notes.push("second") }
            let first = socket.prependAny { _, _ in server.notes.push("first") }
            socket.on("e") { server.notes.push("named") }
            client.send(#"2["e"]"#)
            #expect(try await server.notes.next(count: 3) == ["first", "second", "named"])
            first.off()
            client.send(#"2["e"]"#)
            #expect(try await server.notes.next(count: 2) == ["second", "named"])
        }
    }

    // MARK: Sequences

    @Test func `events come as a sequence that ends with the socket`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let events = socket.events("pair", as: String.self, Int.self)
            _ = await socket.loop.call { true }
            client.send(#"21["pair","a",1]"#)
            #expect(try await client.next() == "31[]")
            client.send(#"2["pair","b",2]"#)
            client.send(#"2["pair","does not fit"]"#)
            #expect(try await server.errors.next().event == "pair")
            client.close()
            var seen: [String] = []
            for await (name, number) in events { seen.append("\(name)\(number)") }
            #expect(seen == ["a1", "b2"])
            for await _ in socket.events("pair", as: String.self) { Issue.record("a socket that is over has events") }
        }
    }

    @Test func `a sequence that nobody takes from keeps so many events, and tells of the others`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let declared = Event<Int>("n")
            let events = socket.events(declared, limit: 2)
            _ = await socket.loop.call { true }
            client.send(together: [#"2["n",1]"#, #"2["n",2]"#, #"2["n",3]"#])
            #expect(try await server.errors.next().underlying is EventsDropped)
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == 1)
            #expect(await iterator.next() == 2)
            client.send(#"2["n",4]"#)
            #expect(await iterator.next() == 4)
        }
    }

    @Test func `a sequence that nobody keeps takes its listener off`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let listens = Mailbox<Bool>()
            let taking = Task {
                let events = socket.events("n", as: Int.self)
                listens.push(await socket.loop.call { true })
                for await n in events where n == 2 { break }
            }
            _ = try await listens.next()
            client.send(together: [#"2["n",1]"#, #"2["n",2]"#])
            await taking.value
            // Nobody listens to it any more, so that nobody finds that it does not fit.
            socket.on("done") { true }
            client.send(together: [#"2["n","x"]"#, #"21["done"]"#])
            #expect(try await client.next() == "31[true]")
            #expect(server.errors.takeAll().isEmpty)
        }
    }
}
