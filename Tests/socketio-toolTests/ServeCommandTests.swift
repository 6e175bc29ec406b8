import SIOJSON
import SocketIO
import SocketIOClient
import SocketIOTesting
import TestSupport
import Testing

@testable import socketio_tool

@Suite struct `The ready server` {
    @Test func `says where it is, serves, and ends when it is asked to`() async throws {
        let said = Said()
        let interruption = Interruption()
        var console = said.console()
        console.interruption = { await interruption.wait() }
        async let code = Tool(console: console).run(["serve", "--port", "0", "--host", "127.0.0.1"])
        #expect(
            await eventually { said.output.hasPrefix("listening on http://127.0.0.1:") && said.output.hasSuffix("\n") })
        let url = String(said.output.dropFirst("listening on ".count).dropLast())
        #expect(await run("emit", url, "echo", "1", "--ack").said.output == "1\n")
        #expect(
            await eventually { said.errors.contains("* + ") && said.errors.contains("client namespace disconnect") })
        let port = try #require(url.split(separator: ":").last)
        let (other, words) = await run("serve", "--port", String(port), "--host", "127.0.0.1")
        #expect(other == 1 && words.errors.contains("port \(port) cannot be used"))
        interruption.give()
        #expect(await code == .success)
        #expect(await run("emit", url, "echo").code == 1)
    }

    private func withClients(
        _ count: Int, _ body: ([ClientSocket], Mailbox<String>) async throws -> Void
    ) async throws {
        let io = Server()
        Relay().serve(io)
        let pair = InProcess(io)
        let heard = Mailbox<String>()
        var sockets: [ClientSocket] = []
        for number in 0..<count {
            let socket = pair.socket()
            socket.onAny { name, arguments in
                heard.push(([String(number), name] + arguments.values.map(\.line)).joined(separator: " "))
            }
            try await socket.ready()
            sockets.append(socket)
        }
        do {
            try await body(sockets, heard)
        } catch {
            await pair.close()
            throw error
        }
        await pair.close()
    }

    private func ask(_ socket: ClientSocket, _ line: String) async throws -> String {
        let line = try #require(try EventLine(line))
        let reply: RawJSON = try await socket.emitWithAck(line.name, arguments: EventArguments(values: line.arguments))
        return reply.line
    }

    @Test func `carries events to rooms, to one, and to all others`() async throws {
        try await withClients(3) { sockets, heard in
            let ids = sockets.map { $0.id ?? "" }
            #expect(try await ask(sockets[0], "join b a") == #"["a","b"]"#)
            #expect(try await ask(sockets[1], "join a a") == #"["a"]"#)
            #expect(try await heard.next() == #"0 joined "a" "\#(ids[1])""#)
            #expect(try await ask(sockets[2], #"to a chat "x y" {"z": 1}"#) == "true")
            #expect(
                Set(try await heard.next(count: 2)) == [#"0 chat "x y" {"z": 1}"#, #"1 chat "x y" {"z": 1}"#])
            #expect(try await ask(sockets[0], "to a chat") == "true")
            #expect(try await heard.next() == "1 chat")
            #expect(try await ask(sockets[0], "send \(ids[2]) psst 1") == "true")
            #expect(try await heard.next() == "2 psst 1")
            #expect(try await ask(sockets[0], "all bye") == "true")
            #expect(Set(try await heard.next(count: 2)) == ["1 bye", "2 bye"])
            #expect(try await ask(sockets[1], "leave a nowhere") == "[]")
            #expect(try await heard.next() == #"0 left "a" "\#(ids[1])""#)
            #expect(try await ask(sockets[1], "rooms") == "[]")
            _ = try await ask(sockets[1], "join b")
            #expect(try await heard.next() == #"0 joined "b" "\#(ids[1])""#)
            sockets[0].disconnect()
            #expect(try await heard.next() == #"1 left "b" "\#(ids[0])""#)
            #expect(heard.takeAll().isEmpty)
        }
    }

    @Test func `does not let anybody listen to what is sent to one`() async throws {
        try await withClients(3) { sockets, heard in
            let id = try #require(sockets[1].id)
            _ = try await ask(sockets[0], "join \(id)")
            _ = try await ask(sockets[2], "send \(id) secret")
            #expect(try await heard.next() == "1 secret")
            _ = try await ask(sockets[0], "rooms")
            #expect(heard.takeAll().isEmpty)
        }
    }

    @Test(arguments: [
        ("join", "named by strings"), ("join 1", "named by strings"), ("join \"\"", "1 to 256 bytes"),
        ("to", "needs a name"), ("to a", "needs an event"), ("to a 1", "needs an event"), ("send 1 x", "needs a name"),
        ("all", "needs an event"), ("to a connect", "reserved"), ("dance 1", "there is no event dance"),
    ])
    func `answers what it cannot do`(line: String, words: String) async throws {
        try await withClients(1) { sockets, _ in
            let reply = try await ask(sockets[0], line)
            #expect(reply.hasPrefix(#"{"error":""#) && reply.contains(words), "\(reply)")
        }
    }

    @Test func `has limits, each of them crossed by one`() async throws {
        try await withClients(1) { sockets, _ in
            let longest = String(repeating: "x", count: Relay.maxRoomBytes)
            let joined = try await ask(sockets[0], "join \(longest)")
            #expect(joined == "[\"\(longest)\"]")
            #expect(try await ask(sockets[0], "join \(longest)y").contains("error"))
            let rooms = (0..<Relay.maxRooms - 1).map { "room\($0)" }.joined(separator: " ")
            #expect(try await !ask(sockets[0], "join \(rooms)").contains("error"))
            #expect(try await ask(sockets[0], "join more").contains("more than \(Relay.maxRooms) rooms"))
            #expect(try await !ask(sockets[0], "join room1").contains("error"))
        }
    }
}
