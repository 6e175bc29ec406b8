import SIOBytes
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
    private let limits: HTTPLimits
    /// The server's connections; nil where they are not counted.
    private let count: ConnectionCount?
    /// The connections that are told that there are too many, and are still to be closed by their clients.
    private let refused = ConnectionCount(limit: maxRefused)
    /// The connections of a loop that are refused in words at a time; beyond, they are closed at once.
    private static let maxRefused = 256
    /// The connections that speak HTTP, each of which knows its place.
    @exclusivity(unchecked) private(set) var connections: [HTTPConnection] = []
    private(set) var isClosing = false
    /// The server, which its listeners keep alive.
    weak var server: HTTPServer?

    init(configuration: HTTPServer.Configuration, router: HTTPRouter, count: ConnectionCount? = nil) {
        self.count = count
        timeouts = Timeouts(
            head: configuration.headTimeout,
            body: configuration.bodyTimeout,
            keepAlive: configuration.keepAliveTimeout,
            write: configuration.writeTimeout
        )
        outboundLimit = configuration.outboundLimit
        self.router = router
        var limits = HTTPLimits()
        limits.maxHeaderBytes = configuration.maxHeaderSize
        self.limits = limits
    }

    /// Begins to serve a connection that the system has just told of.
    func accepted(_ connection: TCPConnection, tls: TLSContext?) {
        guard let stage = begin(connection, tls: tls) else { return }
        connection.readAtOnce()
        stage.awaitFirstRequest()
    }

    /// Begins to read a connection that somebody else has accepted, and read from.
    func adopt(_ descriptor: CInt, received: [UInt8], core: LoopCore) {
        guard !isClosing else { return TCPListener.closeSocket(descriptor) }
        let address = SocketAddress(peerOf: descriptor)
        guard let connection = TCPConnection.adopt(descriptor, from: address, unread: received, core: core) else {
            return
        }
        let stage = begin(connection, tls: nil)
        connection.offerUnread()
        stage?.awaitFirstRequest()
    }

    /// Has the connection speak HTTP; nil if it is refused.
    private func begin(_ connection: TCPConnection, tls: TLSContext?) -> HTTPConnection? {
        if let count {
            guard count.enter() else {
                refuse(connection, tls: tls)
                return nil
            }
            connection.lease = count
        }
        if let tls {
            guard let session = TLSSession(tls) else {
                connection.abort()
                return nil
            }
            connection.encrypt(with: session, handshakeTimeout: session.material.handshakeTimeout)
        }
        let stage = stage(for: connection, machine: HTTPServerMachine(limits: limits))
        connection.start(stage)
        return stage
    }

    /// Answers 503 before anything was asked, and closes the connection.
    private func refuse(_ connection: TCPConnection, tls: TLSContext?) {
        guard tls == nil, refused.enter() else { return connection.abort() }
        connection.lease = refused
        connection.start(RefusedConnection())
        var machine = HTTPServerMachine()
        connection.withScratch {
            machine.refuse(.serviceUnavailable, date: connection.core.httpDate, into: &$0)
        }
        connection.closeWhenDrained()
    }

    func stage(for connection: TCPConnection, machine: HTTPServerMachine) -> HTTPConnection {
        connection.outboundLimit = outboundLimit
        connection.writeTimeout = timeouts.write
        return HTTPConnection(connection, shard: self, machine: machine)
    }

    func add(_ connection: HTTPConnection) {
        connection.place = connections.count
        connections.append(connection)
    }

    /// Lets go of a connection that is over, or speaks another protocol from now on; the last one gets its place.
    func remove(_ connection: HTTPConnection) {
        let place = connection.place
        guard place < connections.count, connections[place] === connection else { return }
        let last = connections.removeLast()
        guard last !== connection else { return }
        last.place = place
        connections[place] = last
    }

    func handler(for request: HTTPRequest) -> any HTTPHandler { router.handler(for: request) }

    func close() {
        isClosing = true
        for connection in connections { connection.closeIfIdle() }
    }
}
