import SocketIOTesting
import Synchronization
import TestSupport
import Testing

@testable import SocketIO

/// Where events are kept for those who come back, all that is sent stands in one order.
@Suite(.timeLimit(.minutes(1))) struct RecoveryOrderTests {
    @Test func `questions have no offset, and stand in their order`() async throws {
        try await RecoveryTests.run { server, sockets in
            let client = try TestClient(server.port)
            _ = try await RecoveryTests.connect(client)
            let socket = try await sockets.next()
            socket.on("go") { (acknowledgement: Acknowledgement?) in
                try socket.emit("first")
                try acknowledgement?("second")
                try socket.volatile.emit("third")
                try server.io.emit("fourth")
            }
            _ = await socket.loop.call { true }
            client.send(#"21["go"]"#)
            let packets = try await client.incomingPackets(4)
            #expect(packets[0].hasPrefix(#"2["first",""#) && packets[3].hasPrefix(#"2["fourth",""#))
            #expect(packets[1...2] == [#"31["second"]"#, #"2["third"]"#])
            async let answer: Int = socket.emitWithAck("ask")
            let question = try await client.next()
            #expect(question.hasSuffix(#"["ask"]"#))
            client.send("3\(question.dropFirst().prefix { $0.isNumber })[1]")
            #expect(try await answer == 1)
        }
    }

    @Test(arguments: [1, 3]) func `what one sends from elsewhere arrives in that order, to one, to rooms and to all`(
        loops: Int
    ) async throws {
        try await RecoveryTests.run(loops: loops) { server, sockets in
            let client = try TestClient(server.port)
            _ = try await RecoveryTests.connect(client)
            let socket = try await sockets.next()
            for number in 0..<300 {
                try socket.emit("one", number)
                try server.io.emit("all", number)
                socket.join("room \(number)")
                try server.io.to("room \(number)").emit("room", number)
                socket.leave("room \(number)")
                try server.io.to("room \(number)").emit("nobody", number)
            }
            for number in 0..<300 {
                for event in ["one", "all", "room"] {
                    let packet = try await client.next()
                    try #require(packet.hasPrefix(#"2["\#(event)",\#(number),""#), "\(packet)")
                }
            }
        }
    }

    /// What the client is sent while its socket's loop is busy and a thread calls the body; then the loop sends, too.
    private static func events(
        _ count: Int, sentBy body: @escaping @Sendable (TestServer, Socket, Acknowledgement?) throws -> Void
    ) async throws -> [String] {
        let received = Mailbox<String>()
        try await RecoveryTests.run { server, sockets in
            let client = try TestClient(server.port)
            _ = try await RecoveryTests.connect(client)
            let socket = try await sockets.next()
            socket.on("wait") { (acknowledgement: Acknowledgement?) in
                let gate = Gate()
                // A thread of its own, because the loop, and with it all that is on its way there, waits for it.
                startThread {
                    try? body(server, socket, acknowledgement)
                    gate.open()
                }
                gate.wait()
                try socket.emit("own")
            }
            client.send(#"21["wait"]"#)
            for _ in 0...count { received.push(String(try await client.next().split(separator: "\"")[1])) }
        }
        var events: [String] = []
        while events.count < count + 1 { events.append(try await received.next()) }
        #expect(events.contains("own"))
        return events.filter { $0 != "own" }
    }

    @Test func `what is kept does not overtake what the same caller sent before, and is not kept`() async throws {
        let events = try await Self.events(4) { server, socket, acknowledgement in
            try socket.volatile.emit("first")
            try socket.emit("second")
            try acknowledgement?("third")
            try server.io.emit("fourth")
        }
        #expect(events == ["first", "second", "third", "fourth"])
    }

    @Test func `a loop that sends by itself carries out first what it was told, whatever that is`() async throws {
        let events = try await Self.events(5) { server, socket, _ in
            socket.join("one")
            try server.io.to("one").emit("one")
            socket.leave("one")
            try server.io.to("one").emit("nobody")
            server.io.socketsJoin("two")
            try server.io.to("two").emit("two")
            server.io.socketsLeave("two")
            try server.io.to("two").emit("nobody")
            socket.join("three")
            try server.io.to("three").volatile.emit("three")
            try server.io.to("three").emit("four")
            socket.leaveAll()
            try server.io.to("three").emit("nobody")
            try server.io.emit("five")
        }
        #expect(events == ["one", "two", "three", "four", "five"])
    }
}
