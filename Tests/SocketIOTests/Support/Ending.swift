import TestSupport
import Testing

@testable import SocketIO

/// Does something while it is encoded.
struct Encoding: Encodable, Sendable {
    let body: @Sendable () throws -> Void

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode("before")
        try body()
        try container.encode("behind")
    }
}

extension TestServer {
    /// Ends the clients' sessions, where they are not over, and waits until nothing is left of them.
    func end(_ clients: [TestClient]) async throws {
        // On polling a connection's end is none of the session, unless a GET is held.
        for client in clients { client.close() }
        try await expectNobody()
        for client in clients { client.drop() }
    }

    /// Waits until the server has neither a client nor a socket.
    func expectNobody() async throws {
        // Sockets may end a turn behind their session.
        let isEmpty = await eventually { io.clientsCount == 0 && io.sockets.socketsCount == 0 }
        try #require(isEmpty, "\(io.clientsCount) clients and \(io.sockets.socketsCount) sockets are left")
    }
}
