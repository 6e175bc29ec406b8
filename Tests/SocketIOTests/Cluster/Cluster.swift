import SocketIOTesting
import Testing

@testable import SocketIO

/// Servers that are a cluster, each with loops of its own number.
struct Cluster: Sendable {
    let network: InProcessCluster
    let servers: [TestServer]

    /// Runs the body against so many servers, and closes them.
    static func run(
        _ count: Int = 2,
        _ configure: @Sendable (inout ClusterConfiguration) -> Void = { _ in },
        body: (Cluster) async throws -> Void
    ) async throws {
        var configuration = ClusterConfiguration()
        configure(&configuration)
        try await run(InProcessCluster(), [], count, configuration, body)
    }

    private static func run(
        _ network: InProcessCluster, _ servers: [TestServer], _ count: Int, _ configuration: ClusterConfiguration,
        _ body: (Cluster) async throws -> Void
    ) async throws {
        guard servers.count < count else { return try await body(Cluster(network: network, servers: servers)) }
        try await TestServer.run(loops: servers.count % 2 == 0 ? 1 : 3) {
            $0.adapter = network.adapter(of: "\(servers.count)", configuration)
        } body: { server in
            _ = server.io.sockets
            try await run(network, servers + [server], count, configuration, body)
        }
    }

    subscript(index: Int) -> Server { servers[index].io }

    /// A client of each server, in `/`.
    func clients() async throws -> [TestClient] {
        var clients: [TestClient] = []
        for server in servers { clients.append(try await server.client()) }
        return clients
    }
}

extension TestClient {
    /// Answers the event that comes next with a value in JSON.
    func answer(_ json: String) async throws {
        let question = try await next()
        send("3\(question.dropFirst().prefix { $0.isNumber })[\(json)]")
    }
}
