public import EngineIO
import SIONet
import SocketIOProtocol
import Synchronization

/// A Socket.IO server.
///
/// ```swift
/// let io = Server()
/// io.on(.connection) { socket in
///     socket.on("chat message") { (text: String) in try io.emit("chat message", text) }
/// }
/// try await io.listen(port: 3000)
/// ```
///
/// Everything called on the server itself means its namespace `/`.
public final class Server: ServerSideEmitting, Sendable {
    /// How the server behaves.
    public let configuration: Configuration
    /// The loops the server runs on.
    public let eventLoops: EventLoopGroup

    /// The Engine.IO server below: its middlewares and events.
    public let engine: EngineServer
    private let tools: [LoopBound<LoopTools>]
    private let state = Mutex(State())
    let namespaces: NamespaceDirectory
    let reports = ErrorReports()
    private let isClosing = Atomic<Bool>(false)

    private struct State {
        var http: HTTPServer?
        /// The server itself, while it is mounted: what listens must not vanish because nobody names it any more.
        var mounted: Server?
    }

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: How the server behaves.
    ///   - eventLoops: The loops to run on.
    public init(_ configuration: Configuration = Configuration(), eventLoops: EventLoopGroup = .shared) {
        self.configuration = configuration
        self.eventLoops = eventLoops
        engine = EngineServer(configuration.engine)
        var limits = PacketLimits()
        limits.attachments = configuration.maxAttachments
        if configuration.allowEIO3 { limits.namespaceBytes = PacketLimits.namespaceBytesWithQuery }
        namespaces = NamespaceDirectory(loops: eventLoops.loops, configuration: configuration, reports: reports)
        let (parsing, reports) = (configuration.parser, reports)
        tools = eventLoops.loops.map { loop in
            LoopBound(LoopTools(loop: loop, limits: limits, parsing: parsing, reports: reports), to: loop)
        }
        engine.onSession { [weak self] session in
            guard let server = self, !server.isClosed else { return session.discard() }
            let client = Client(session, server: consume server)
            session.delegate = client.tools.translator?.receiver(for: client) ?? client
            client.begin(session)
        }
    }

    // MARK: The namespace /

    /// All sockets of the namespace `/`.
    public var broadcast: BroadcastOperator { sockets.broadcast }

    /// Calls the handler with each socket that has connected to `/`.
    ///
    /// See `Namespace.on(_:_:)`.
    public func on(_ event: NamespaceEvent, _ handler: @escaping @Sendable (Socket) throws -> Void) {
        sockets.on(event, handler)
    }

    /// Runs the handler as a task for each socket that has connected to `/`.
    ///
    /// See `Namespace.on(_:_:)`.
    public func on(_ event: NamespaceEvent, _ handler: @escaping @Sendable (Socket) async throws -> Void) {
        sockets.on(event, handler)
    }

    /// Has each client that wants to connect to `/` pass a middleware.
    ///
    /// See ``Namespace/use(_:)``.
    public func use(_ middleware: @escaping Namespace.Middleware) {
        sockets.use(middleware)
    }

    /// The number of servers in the cluster, this one among them.
    ///
    /// See ``Namespace/serverCount()``.
    public func serverCount() async throws -> Int { try await sockets.serverCount() }

    /// Calls the handler with what happens to the rooms of this server's sockets in `/`.
    ///
    /// See ``Namespace/onRoomEvent(_:)``.
    @discardableResult
    public func onRoomEvent(_ handler: @escaping @Sendable (RoomEvent) -> Void) -> RoomListener {
        sockets.onRoomEvent(handler)
    }

    // MARK: Errors

    /// Reports what handlers throw, and arguments that do not fit their types: it never ends a connection.
    ///
    /// - Parameter report: Called with a ``HandlerError``, on the socket's event loop. Without one, errors go to the
    ///   standard error stream.
    public func onError(_ report: @escaping @Sendable (any Error) -> Void) {
        reports.send(to: report)
    }

    /// Why sessions end that are closed on this side.
    var reasonToClose: DisconnectReason {
        isClosing.load(ordering: .relaxed) ? .serverShuttingDown : .forcedClose
    }

    // MARK: Clients

    /// The number of clients that are connected, to whatever namespaces.
    public var clientsCount: Int { engine.clientsCount }

    func tools(on loop: EventLoop) -> LoopTools { tools[loop.index].value }

    // MARK: Listening

    /// Answers the requests below the configured path, until ``close()``.
    ///
    /// The server lives that long.
    ///
    /// - Parameter http: The server that receives them; it must run on the same event loops.
    public func mount(on http: HTTPServer) {
        state.withLock { mount(on: http, &$0) }
    }

    private func mount(on http: HTTPServer, _ state: inout State) {
        precondition(http.eventLoops === eventLoops, "the HTTP server runs on other event loops")
        precondition(!isClosing.load(ordering: .relaxed), "a server was used again after its end")
        engine.mount(on: http)
        if configuration.serveClient {
            BrowserClient.mount(on: http, path: configuration.engine.path, cors: configuration.engine.cors)
        }
        state.mounted = self
    }

    /// The HTTP server that ``listen(host:port:tls:)`` uses, for handlers of your own beside Socket.IO.
    public var http: HTTPServer { state.withLock { http(&$0) } }

    private func http(_ state: inout State) -> HTTPServer {
        if let http = state.http { return http }
        let made = HTTPServer(eventLoops: eventLoops)
        mount(on: made, &state)
        state.http = made
        return made
    }

    /// The same; nil once the server is at its end.
    package var httpUnlessClosed: HTTPServer? { state.withLock { isClosed ? nil : http(&$0) } }

    /// Listens on an address, until ``close()``.
    ///
    /// The server lives that long. May be called several times, for several addresses, with TLS and without.
    ///
    /// - Parameters:
    ///   - host: A name or an address; nil means every address of this machine, IPv4 and IPv6.
    ///   - port: The port; 0 means one that is free.
    ///   - tls: The certificates to speak TLS with, `https` and `wss`; nil means plain `http` and `ws`.
    /// - Returns: The addresses listened on.
    /// - Throws: ``NetworkError`` if the address cannot be used.
    @discardableResult
    public func listen(host: String? = nil, port: Int, tls: TLSContext? = nil) async throws -> [SocketAddress] {
        try await http.listen(host: host, port: port, tls: tls)
        return http.addresses
    }

    /// Whether ``close()`` was called.
    var isClosed: Bool { isClosing.load(ordering: .relaxed) }

    /// Lets nobody in any more; who is there stays.
    func stopListening() async {
        engine.refuseSessions()
        await state.withLock { $0.http }?.stopListening()
    }

    /// Disconnects every client with the reason `server shutting down`, and stops listening.
    ///
    /// No DISCONNECT is sent, so clients take it for a lost connection and reconnect, to a successor if there is one.
    /// What waits to be sent is lost, and whoever awaits an acknowledgement gets an ``AcknowledgementError``: ``drain(within:notice:)``
    /// waits for both. The server is at its end then: it lets go of all handlers, and cannot be used again.
    public func close() async {
        // With its end the server lets go of itself, behind the lock.
        let (http, mounted) = state.withLock { state in
            isClosing.store(true, ordering: .relaxed)
            return (state.http, state.mounted.take())
        }
        withExtendedLifetime(mounted) {}
        await engine.close()
        await http?.close()
        await namespaces.close()
        reports.send(to: nil)
    }
}
