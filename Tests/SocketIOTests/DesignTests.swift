import Foundation
import SocketIO
import TestSupport
import Testing

/// The public interface as its documentation shows it, with no access to anything else.
@Suite(.timeLimit(.minutes(1))) struct DesignTests {
    enum Chat {
        static let message = Event<String, Date>("chat message")
        static let history = Event<Int>.Acknowledged<[String]>("history")
    }

    struct Credentials: Codable {
        var user: User
        var password: String
    }

    struct User: Codable, Sendable, Equatable {
        var name: String
    }

    struct Refusal: Codable {
        var retryAfter: Int
    }

    actor Users {
        func find(_ name: String) throws -> User { User(name: name) }
        func verify(_ credentials: Credentials) -> Bool { credentials.password == "right" }
    }

    @Test func `the first example works as written`() async throws {
        try await TestServer.run { server in
            let io = server.io
            let users = Users()
            io.on(.connection) { socket in
                socket.join("lobby")

                socket.on("chat message") { (text: String) in
                    try io.to("lobby").emit("chat message", text)
                }
                socket.on("sum") { (a: Int, b: Int) in a + b }
                socket.on("lookup") { (name: String) in try await users.find(name) }
                socket.on(.disconnect) { reason in server.notes.push("\(socket.id) \(reason)") }
            }
            let client = try TestClient(server.port)
            let id = try await client.join()
            client.send(#"2["chat message","hello"]"#)
            #expect(try await client.next() == #"2["chat message","hello"]"#)
            client.send(#"21["sum",20,22]"#)
            #expect(try await client.next() == "31[42]")
            client.send(#"22["lookup","Ann"]"#)
            #expect(try await client.next() == #"32[{"name":"Ann"}]"#)
            client.send("1")
            #expect(try await server.notes.next() == "\(id) client namespace disconnect")
        }
    }

    @Test func `declared events work as written`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on(Chat.message) { text, sentAt in try socket.broadcast.emit(Chat.message, text, sentAt) }
                socket.on("ask") {
                    let lines = try await socket.timeout(.seconds(5)).emitWithAck(Chat.history, 42)
                    return lines.count
                }
            }
            let (one, two) = (try await server.client(), try await server.client())
            one.send(#"2["chat message","hi","2026-01-02T03:04:05.000Z"]"#)
            #expect(try await two.next() == #"2["chat message","hi","2026-01-02T03:04:05.000Z"]"#)
            one.send(#"25["ask"]"#)
            #expect(try await one.next() == #"20["history",42]"#)
            one.send(#"30[["a","b"]]"#)
            #expect(try await one.next() == "35[2]")
        }
    }

    @Test func `namespaces and operators work as written`() async throws {
        try await TestServer.run(loops: 3) { server in
            let io = server.io
            let users = Users()
            io.of("/admin").use { socket in
                let credentials: Credentials = try socket.handshake.auth.decode()
                guard await users.verify(credentials) else {
                    throw ConnectError("unauthorized", data: Refusal(retryAfter: 30))
                }
                socket.data[User.self] = credentials.user
            }
            io.of("/admin").on(.connection) { socket async throws in
                socket.on("me") { socket.data[User.self] }
            }
            io.on(.connection) { socket in socket.join("lobby", "vip") }
            let client = try TestClient(server.port)
            client.send(#"0/admin,{"user":{"name":"Ann"},"password":"wrong"}"#)
            #expect(try await client.next() == #"4/admin,{"message":"unauthorized","data":{"retryAfter":30}}"#)
            try await client.join("/admin", auth: #"{"user":{"name":"Ann"},"password":"right"}"#)
            client.send(#"2/admin,1["me"]"#)
            #expect(try await client.next() == #"3/admin,1[{"name":"Ann"}]"#)

            try await client.join()
            let (home, away) = (3, 2)
            try io.to("room:\(7)", "vip").except("muted").volatile.emit("score", home, away)
            #expect(try await client.next() == #"2["score",3,2]"#)
            for socket in try await io.in("lobby").fetchSockets() { socket.leave("lobby") }
            #expect(try await io.in("lobby").fetchSockets().isEmpty)
        }
    }
}
