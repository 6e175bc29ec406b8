import CLibUV
import Glibc
public import SIOHTTP
import Synchronization

/// An HTTP server on a group of event loops: listening sockets, and handlers behind paths.
public final class HTTPServer: Sendable {
    /// How long clients may take, and what they may send.
    public struct Configuration: Sendable {
        /// From the first byte of a request, or from the connection, until its head is there.
        public var headTimeout: Duration = .seconds(20)
        /// Until a request's body is there.
        public var bodyTimeout: Duration = .seconds(60)
        /// From a response to the next request.
        public var keepAliveTimeout: Duration = .seconds(30)
        /// How long a client may take nothing of what waits to be written to it, before its connection is closed.
        public var writeTimeout: Duration = .seconds(20)
        /// The bytes of all header fields of a request together; beyond: 431.
        public var maxHeaderSize = 16 * 1024
        /// Connections that the system may hold until they are accepted, for each listening socket.
        public var backlog = 1024
        /// The connections that the server may have at a time, WebSockets among them; nil, the default, is no limit.
        ///
        /// Beyond, a connection is accepted, answered with 503, and closed: a client that is told so can try elsewhere, while
        /// one that nobody accepts waits in vain. With TLS, which would cost a handshake, it is closed without a word.
        /// A connection that ends while the application decides on its request counts until that is done.
        public var maxConnections: Int?
        /// Bytes that may wait to be written to one connection.
        public var outboundLimit = 16 * 1024 * 1024

        /// The defaults.
        public init() {}
    }

    /// The loops the server runs on.
    public let eventLoops: EventLoopGroup
    private let configuration: Configuration
    private let state = Mutex(State())
    private let shards: [LoopBound<HTTPServerShard>]

    private struct State {
        var listeners: [LoopBound<TCPListener>] = []
        var addresses: [SocketAddress] = []
        var isClosed = false
    }

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - eventLoops: The loops to run on.
    ///   - configuration: How long clients may take, and what they may send.
    public init(eventLoops: EventLoopGroup = .shared, configuration: Configuration = Configuration()) {
        self.eventLoops = eventLoops
        self.configuration = configuration
        let router = HTTPRouter()
        self.router = router
        let count = configuration.maxConnections.map { ConnectionCount(limit: $0) }
        shards = eventLoops.loops.map { loop in
            LoopBound(HTTPServerShard(configuration: configuration, router: router, count: count), to: loop)
        }
    }

    private let router: HTTPRouter

    // MARK: Handlers

    /// Has requests for a path, and for everything below it, answered by a handler.
    ///
    /// The longest path wins.
    package func mount(_ handler: any HTTPHandler, at path: String, exactly: Bool = false) {
        router.add(handler, at: path, exactly: exactly)
    }

    /// Answers requests for exactly this path.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded as in a request, without a query: `/health`.
    ///   - handler: Makes the response, on the connection's event loop. What it throws is answered with 500.
    public func on(_ path: String, _ handler: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse) {
        mount(ClosureHandler(handler), at: path, exactly: true)
    }

    /// Serves the files of a directory.
    ///
    /// - Parameters:
    ///   - directory: Where the files are. Links within it are followed; no request leads out of it.
    ///   - path: The path that stands for the directory. A path that ends in `/` means `index.html` there.
    public func serveFiles(of directory: String, at path: String = "/") {
        mount(StaticFiles(directory: directory, path: path), at: path)
    }

    // MARK: Listening

    /// The addresses that the server listens on.
    public var addresses: [SocketAddress] { state.withLock { $0.addresses } }

    /// Listens on an address.
    ///
    /// May be called several times, for several addresses, with TLS and without.
    ///
    /// - Parameters:
    ///   - host: A name or an address; nil means every address of this machine, IPv4 and IPv6.
    ///   - port: The port; 0 means one that is free, which ``addresses`` then tells.
    ///   - tls: The certificates to speak TLS with; nil means plain HTTP.
    /// - Throws: ``NetworkError`` if the name cannot be resolved or the address cannot be used.
    public func listen(host: String? = nil, port: Int, tls: TLSContext? = nil) async throws {
        var port = port
        var bound: [SocketAddress] = []
        var listeners: [LoopBound<TCPListener>] = []
        do {
            for name in host.map({ [$0] }) ?? ["0.0.0.0", "::"] {
                do {
                    for address in try SocketAddress.resolve(host: name, port: port) {
                        guard let actual = SocketAddress(try await listen(on: address, tls, &listeners)) else {
                            continue
                        }
                        if port == 0 { port = actual.port }
                        bound.append(actual)
                    }
                } catch  where host == nil && name == "::" && !bound.isEmpty {
                    // A machine without IPv6 is reached by IPv4.
                }
            }
            try state.withLock { state throws(NetworkError) in
                if state.isClosed { throw NetworkError(.cannotListen, "the server is closed") }
                state.addresses += bound
                state.listeners += listeners
            }
        } catch {
            // All or nothing.
            await Self.close(listeners)
            throw error
        }
    }

    private func listen(
        on address: sockaddr_storage, _ tls: TLSContext?, _ listeners: inout [LoopBound<TCPListener>]
    ) async throws -> sockaddr_storage {
        var first: CInt?
        var actual = address
        if SocketAddress(address)?.port == 0 {
            // A port that the system picks is nobody else's, and ours from then on: given back for a moment, it could
            // be picked for another server that listens at the same time.
            (first, actual) = try TCPListener.bind(address, shared: true)
        } else {
            // Sockets that share a port do not notice a stranger's on it: one that does not share looks first.
            TCPListener.closeSocket(try TCPListener.bind(address, shared: false).descriptor)
        }
        for shard in shards {
            let descriptor = try first.take() ?? TCPListener.bind(actual, shared: true).descriptor
            let backlog = configuration.backlog
            let listener = await shard.loop.callUnlessStopped { [self] in
                let core = shard.loop.core
                return Result { () throws(NetworkError) in
                    let shard = shard.value
                    shard.server = self
                    // A server that listens stays, whoever holds it.
                    let listener = try TCPListener(descriptor: descriptor, backlog: backlog, core: core) { connection in
                        withExtendedLifetime(self) { shard.accepted(connection, tls: tls) }
                    }
                    return LoopBound(listener, to: core.loop)
                }
            }
            guard let listener else {
                TCPListener.closeSocket(descriptor)
                throw NetworkError(.cannotListen, "the event loops were shut down")
            }
            try listeners.append(listener.get())
        }
        return actual
    }

    /// Takes over a connection that somebody else has accepted: how the server is mounted within another one.
    ///
    /// A server that accepts by itself, and reads a request that it does not want to answer, hands over the socket and what
    /// it has read of it; from there on it is a connection like any other. A server that has to keep its sockets, because it
    /// speaks TLS on them, hands over one end of a `socketpair`, and carries bytes between the other end and its client.
    ///
    /// - Parameters:
    ///   - descriptor: A connected stream socket. It belongs to the server from now on, and is closed by it in any case.
    ///   - received: What was read from it already, from the beginning of a request on.
    /// - Returns: False if the server is closed, or its event loops are.
    @discardableResult
    public func adopt(_ descriptor: CInt, received: [UInt8] = []) -> Bool {
        sio_close_on_exec(descriptor)
        let shard = shards[eventLoops.next().index]
        let isTaken =
            !state.withLock { $0.isClosed }
            && shard.loop.post { [self] in
                shard.value.server = self
                shard.value.adopt(descriptor, received: received, core: shard.loop.core)
            }
        if !isTaken { TCPListener.closeSocket(descriptor) }
        return isTaken
    }

    /// Stops listening, lets requests that are being answered end, and closes idle connections.
    ///
    /// WebSockets stay: they belong to whoever upgraded to them. A server that is closed cannot listen again.
    public func close() async {
        await stopListening()
        for shard in shards { _ = await shard.loop.callUnlessStopped { shard.value.close() } }
    }

    /// Stops listening; connections that are open stay, and may ask for more.
    ///
    /// A server that has stopped cannot listen again.
    public func stopListening() async {
        let listeners = state.withLock { state in
            defer {
                state.listeners = []
                state.addresses = []
            }
            state.isClosed = true
            return state.listeners
        }
        await Self.close(listeners)
    }

    private static func close(_ listeners: [LoopBound<TCPListener>]) async {
        for listener in listeners { _ = await listener.loop.callUnlessStopped { listener.value.close() } }
    }

    func shard(on loop: EventLoop) -> HTTPServerShard { shards[loop.index].value }
}
