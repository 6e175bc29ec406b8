import SIOHTTP
import Synchronization

/// What one loop holds of an HTTP server.
final class HTTPServerShard {
    struct Timeouts {
        var head: Duration
        var body: Duration
        var keepAlive: Duration
    }

    let timeouts: Timeouts
    private let router: HTTPRouter
    private let outboundLimit: Int
    var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private(set) var isClosing = false
    /// The server, while it listens.
    var server: HTTPServer?

    init(configuration: HTTPServer.Configuration, router: HTTPRouter) {
        timeouts = Timeouts(
            head: configuration.headTimeout,
            body: configuration.bodyTimeout,
            keepAlive: configuration.keepAliveTimeout
        )
        outboundLimit = configuration.outboundLimit
        self.router = router
    }

    func accepted(_ connection: TCPConnection) {
        connection.outboundLimit = outboundLimit
        connection.start(HTTPConnection(connection, shard: self, machine: HTTPServerMachine()))
    }

    func handler(for request: HTTPRequest) -> any HTTPHandler { router.handler(for: request.path) }

    func close() {
        isClosing = true
        server = nil
        for connection in Array(connections.values) { connection.closeIfIdle() }
    }
}
