import SocketIO

/// What the snippets of the guides take for granted.
struct User: Sendable {
    var name: String
    var age: Int
}

/// People, as an application would look them up.
struct Users: Sendable {
    func find(_ name: String) async throws -> User { User(name: name, age: 36) }
    func owner(of token: String) async -> User? { token.isEmpty ? nil : User(name: token, age: 36) }
    func mayUse(_ namespace: String) async -> Bool { namespace.hasPrefix("/") }
}

/// A place that sells things.
struct Shop: Sendable {
    func place(_ item: String) async throws -> String { "receipt for \(item)" }
}

/// What a client passes as `auth`.
struct TokenHolder: Codable {
    var token: String
}

/// Events that one guide declares and others use.
enum Chat {
    static let history = Event<Int>.Acknowledged<[String]>("history")
}

/// A transport that reaches nobody.
struct Broker: ClusterTransport {
    init(delivering member: ClusterMember) {}
    func publish(_ message: ClusterMessage) {}
    func publish(_ response: ClusterMessage, to server: String) {}
}

let users = Users()
let shop = Shop()

/// Where a token comes from that is still valid.
func refreshedToken() async throws -> String { "s3cret" }
