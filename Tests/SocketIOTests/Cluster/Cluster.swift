import SocketIOTesting
import TestSupport
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
        servers change: @Sendable (Int, inout Server.Configuration) -> Void = { _, _ in },
        body: (Cluster) async throws -> Void
    ) async throws {
        var configuration = ClusterConfiguration()
        configuration.requestTimeout = .seconds(5) * slowness
        configure(&configuration)
        try await run(InProcessCluster(), [], count, configuration, change, body)
    }

    private static func run(
        _ network: InProcessCluster, _ servers: [TestServer], _ count: Int, _ configuration: ClusterConfiguration,
        _ change: @Sendable (Int, inout Server.Configuration) -> Void, _ body: (Cluster) async throws -> Void
    ) async throws {
        guard servers.count < count else { return try await body(Cluster(network: network, servers: servers)) }
        try await TestServer.run(loops: servers.count % 2 == 0 ? 1 : 3) {
            $0.adapter = network.adapter(of: "\(servers.count)", configuration)
            change(servers.count, &$0)
        } body: { server in
            _ = server.io.sockets
            try await run(network, servers + [server], count, configuration, change, body)
        }
    }

    subscript(index: Int) -> Server { servers[index].io }

    /// Has each server make namespaces, as a client does that asks for them, and waits until all know of all.
    func join(_ namespaces: String...) async throws {
        for name in namespaces {
            for server in servers { try await TestClient(server.port).join(name) }
            for server in servers {
                #expect(await eventually { (try? await server.io.of(name).serverCount()) == servers.count })
            }
        }
    }

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
