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
public final class Server: Broadcasting, Sendable {
    /// How the server behaves.
    public let configuration: Configuration
    /// The loops the server runs on.
    public let eventLoops: EventLoopGroup

    let engine: EngineServer
    private let parsers: [LoopBound<LoopTools>]
    private let state = Mutex(State())
    private let isClosing = Atomic<Bool>(false)

    private struct State {
        var namespaces: [String: Namespace] = [:]
        var http: HTTPServer?
        var report: (@Sendable (any Error) -> Void)?
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
        parsers = eventLoops.loops.map { LoopBound(LoopTools(), to: $0) }
        engine.onSession { [unowned self] session in
            session.delegate = Client(session, server: self)
        }
    }

    // MARK: Namespaces

    /// The namespace of a name, made if there is none.
    ///
    /// - Parameter name: `/admin`; a slash in front is added if it is missing.
    public func of(_ name: String) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        return state.withLock { state in
            if let namespace = state.namespaces[name] { return namespace }
            let namespace = Namespace(
                name: name, server: self, loops: eventLoops.loops, adapter: configuration.adapter)
            state.namespaces[name] = namespace
            return namespace
        }
    }

    /// The namespace `/`.
    public var sockets: Namespace { of("/") }

    /// The namespace of a name, if there is one. `/` there is always.
    func namespace(_ name: String) -> Namespace? {
        name == "/" ? of(name) : state.withLock { $0.namespaces[name] }
    }

    /// All sockets of the namespace `/`.
    public var broadcast: BroadcastOperator { sockets.broadcast }

    /// Calls the handler with each socket that has connected to `/`.
    public func on(_ event: NamespaceEvent, _ handler: @escaping @Sendable (Socket) -> Void) {
        sockets.on(event, handler)
    }

    /// Has each client that wants to connect to `/` pass a middleware. See ``Namespace/use(_:)``.
    public func use(_ middleware: @escaping Namespace.Middleware) {
        sockets.use(middleware)
    }

    // MARK: Errors

    /// Reports what handlers throw, and arguments that do not fit their types: it never ends a connection.
    ///
    /// - Parameter report: Called with a ``HandlerError``, on the socket's event loop. Without one, errors go to the
    ///   standard error stream.
    public func onError(_ report: @escaping @Sendable (any Error) -> Void) {
        state.withLock { $0.report = report }
    }

    /// Why sessions end that are closed on this side.
    var reasonToClose: DisconnectReason {
        isClosing.load(ordering: .relaxed) ? .serverShuttingDown : .forcedClose
    }

    func report(_ error: any Error) {
        if let report = state.withLock({ $0.report }) { report(error) } else { StandardError.write("\(error)\n") }
    }

    // MARK: Clients

    /// The number of clients that are connected, to whatever namespaces.
    public var clientsCount: Int { engine.clientsCount }

    func tools(on loop: EventLoop) -> LoopTools { parsers[loop.index].value }

    // MARK: Listening

    /// Answers the requests below the configured path.
    ///
    /// - Parameter http: The server that receives them; it must run on the same event loops.
    public func mount(on http: HTTPServer) {
        precondition(http.eventLoops === eventLoops, "the HTTP server runs on other event loops")
        engine.mount(on: http)
        if configuration.serveClient { BrowserClient.mount(on: http, path: configuration.engine.path, cors: configuration.engine.cors) }
    }

    /// The HTTP server that ``listen(host:port:)`` uses, for handlers of your own beside Socket.IO.
    public var http: HTTPServer {
        if let http = state.withLock({ $0.http }) { return http }
        let made = HTTPServer(eventLoops: eventLoops)
        mount(on: made)
        return state.withLock { state in
            if state.http == nil { state.http = made }
            return state.http ?? made
        }
    }

    /// Listens on an address.
    ///
    /// - Parameters:
    ///   - host: A name or an address; nil means every address of this machine, IPv4 and IPv6.
    ///   - port: The port; 0 means one that is free.
    /// - Returns: The addresses listened on.
    /// - Throws: ``NetworkError`` if the address cannot be used.
    @discardableResult
    public func listen(host: String? = nil, port: Int) async throws -> [SocketAddress] {
        try await http.listen(host: host, port: port)
        return http.addresses
    }

    /// Disconnects every client with the reason `server shutting down`, and stops listening.
    ///
    /// No DISCONNECT is sent, so clients take it for a lost connection and reconnect, to a successor if there is one.
    public func close() async {
        let (http, namespaces) = state.withLock { ($0.http, $0.namespaces) }
        isClosing.store(true, ordering: .relaxed)
        await engine.close()
        await http?.close()
        for namespace in namespaces.values { await namespace.adapter.close() }
    }
}
