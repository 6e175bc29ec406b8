import SIOHTTP
import Synchronization

/// What one loop holds of an HTTP server.
final class HTTPServerShard {
    struct Timeouts {
        var head: Duration
        var body: Duration
        var keepAlive: Duration
        var write: Duration
    }

    let timeouts: Timeouts
    private let router: HTTPRouter
    private let outboundLimit: Int
    var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private(set) var isClosing = false
    /// The server, which its listeners keep alive.
    weak var server: HTTPServer?

    init(configuration: HTTPServer.Configuration, router: HTTPRouter) {
        timeouts = Timeouts(
            head: configuration.headTimeout,
            body: configuration.bodyTimeout,
            keepAlive: configuration.keepAliveTimeout,
            write: configuration.writeTimeout
        )
        outboundLimit = configuration.outboundLimit
        self.router = router
    }

    func accepted(_ connection: TCPConnection, tls: TLSContext?) {
        if let tls {
            guard let session = TLSSession(tls) else { return connection.abort() }
            connection.encrypt(with: session, handshakeTimeout: session.material.handshakeTimeout)
        }
        connection.start(stage(for: connection, machine: HTTPServerMachine()))
    }

    func stage(for connection: TCPConnection, machine: HTTPServerMachine) -> HTTPConnection {
        connection.outboundLimit = outboundLimit
        connection.writeTimeout = timeouts.write
        return HTTPConnection(connection, shard: self, machine: machine)
    }

    func handler(for request: HTTPRequest) -> any HTTPHandler { router.handler(for: request) }

    func close() {
        isClosing = true
        for connection in Array(connections.values) { connection.closeIfIdle() }
    }
}
