import SocketIOClient

struct Person: Codable, Sendable {
    var id = "newcomer-0123456789"
    var key = "a-secret-of-mine-01"
    var name = "Newcomer"
}

struct Hello: Codable, Sendable {
    var name = "Newcomer"
    var rooms = ["Lobby": 0]
    var direct = 0
}

struct Send: Codable, Sendable {
    var key: String
    var room = "Lobby"
    var text: String
}

struct Answer: Codable, Sendable {
    var ok: Bool
    var message: String?
}

@main
struct Main {
    static func main() async throws {
        try await withSocket("http://localhost:3000", auth: .value(Person())) { socket in
            let welcome: Answer = try await socket.emitWithAck("hello", Hello())
            print("hello:", welcome.ok)
            let message = Send(key: "first-message-0001", text: "Hello from Swift!")
            let sent: Answer = try await socket.emitWithAck("send", message)
            print("sent:", sent.ok, sent.message ?? "")
        }
    }
}
