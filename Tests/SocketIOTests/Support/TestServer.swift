import SIONet
import TestSupport
import Testing

@testable import SocketIO

/// Loops that all tests share: threads are not started anew for each.
enum Loops {
    static let one = EventLoopGroup(loops: 1)
    static let three = EventLoopGroup(loops: 3)

    static func group(_ count: Int) -> EventLoopGroup { count == 1 ? one : three }
}

/// A server on a free port, with what its handlers reported.
struct TestServer: Sendable {
    let io: Server
    let port: Int
    /// What ``Server/onError(_:)`` was told.
    let errors: Mailbox<HandlerError>
    /// What the test's handlers noted.
    let notes: Mailbox<String>

    /// Runs the body against a server, and closes it.
    static func run(
        loops: Int = 1,
        _ configure: (inout Server.Configuration) -> Void = { _ in },
        body: (TestServer) async throws -> Void
    ) async throws {
        var configuration = Server.Configuration()
        configuration.serveClient = false
        configure(&configuration)
        let io = Server(configuration, eventLoops: Loops.group(loops))
        let errors = Mailbox<HandlerError>()
        io.onError { error in
            if let error = error as? HandlerError { errors.push(error) } else { Issue.record(error) }
        }
        let port = try #require(try await io.listen(host: "127.0.0.1", port: 0).first?.port)
        let server = TestServer(io: io, port: port, errors: errors, notes: Mailbox())
        let kept = Kept()
        do {
            try await Kept.$current.withValue(kept) { try await body(server) }
        } catch {
            await io.close()
            throw error
        }
        await io.close()
        withExtendedLifetime(kept) {}
    }

    /// A client that has joined `/`.
    func client(_ transport: EngineServer.Transport = .websocket) async throws -> TestClient {
        try await TestClient.joined(port, transport)
    }

    /// Clients that have joined `/`, and their sockets.
    func clients(_ count: Int) async throws -> [TestClient] {
        var clients: [TestClient] = []
        for _ in 0..<count { clients.append(try await client()) }
        return clients
    }

    /// Has each socket kept as it connects; the mailbox hands them out.
    func sockets(in namespace: String = "/") -> Mailbox<Socket> {
        let sockets = Mailbox<Socket>()
        io.of(namespace).on(.connection) { (socket: Socket) -> Void in sockets.push(socket) }
        return sockets
    }
}
