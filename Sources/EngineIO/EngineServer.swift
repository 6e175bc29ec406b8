import EngineIOProtocol
import SIOBytes
public import SIONet
import Synchronization

/// An Engine.IO server: sessions over HTTP long-polling and WebSocket, with the upgrade between them.
///
/// Mount it on an ``HTTPServer``, or have it listen by itself. A session lives on one event loop for life; requests that
/// arrive on another are carried there, so no load balancer within the process needs to know of sessions.
public final class EngineServer: Sendable {
    /// How the server conducts its sessions.
    public let configuration: Configuration

    let protocolConfiguration: EngineConfiguration
    let hooks = EngineHooks()
    let refusedOrigins = Atomic(0)
    /// The names of sessions, where the application makes them.
    private let names: SessionNames?
    /// Who is told of limits that were reached.
    let limits = LimitReports()
    /// Who may open a session.
    let admission: AdmissionControl
    private let state = Mutex(State())

    private struct State {
        var shards: [LoopBound<EngineShard>] = []
        var tables: [SessionTable] = []
        var opened: SessionHandler?
        var http: HTTPServer?
    }

    /// Boxed, because a closure in a lock's generic value would be wrapped anew each time it is read.
    private final class SessionHandler: Sendable {
        let call: @Sendable (EngineSession) -> Void

        init(_ call: @escaping @Sendable (EngineSession) -> Void) {
            self.call = call
        }
    }

    /// A server with no sessions.
    ///
    /// - Parameter configuration: How the server conducts its sessions.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        admission = AdmissionControl(configuration)
        protocolConfiguration = configuration.protocolConfiguration
        names = configuration.generateID == nil ? nil : SessionNames()
        configuration.cookie?.check()
        precondition(
            (0...max(0, configuration.sendHighWaterMark)).contains(configuration.sendLowWaterMark),
            "the low-water mark stands above the high one")
        configuration.perMessageDeflate?.check()
        configuration.httpCompression?.check()
    }

    // MARK: Sessions

    /// Calls the handler with each new session, on the session's event loop.
    ///
    /// What the handler sets up before it returns misses nothing.
    public func onConnection(_ handler: @escaping @Sendable (EngineSocket) -> Void) {
        onSession { session in
            let socket = EngineSocket(session)
            session.delegate = socket.adopted(by: session)
            handler(socket)
        }
    }

    /// Calls the handler with each new session, on its loop, before it receives anything.
    package func onSession(_ handler: @escaping @Sendable (EngineSession) -> Void) {
        // What the old one holds goes behind the lock.
        state.letGo { state in
            defer { state.opened = SessionHandler(handler) }
            return state.opened
        }
    }

    func opened(_ session: EngineSession) {
        state.withLock { $0.opened }?.call(session)
    }

    /// Lets the body see a session, on its loop; nil if there is none.
    func withSession<Result: Sendable>(
        _ id: String, _ body: @escaping @Sendable (EngineSession) -> Result
    ) async -> Result? {
        guard let key = key(of: id), let table = state.withLock({ $0.tables }).first(where: { $0.contains(key) }) else {
            return nil
        }
        return await table.loop.callUnlessStopped { table.session(key).map(body) } ?? nil
    }

    /// The key of the session that a client names so; nil if there can be none.
    func key(of id: String) -> RandomID? {
        guard let names else { return RandomID(id) }
        return names.key(of: id)
    }

    // MARK: Listening

    /// Answers the requests below the configured path.
    ///
    /// - Parameter http: The server that receives them. One engine serves one HTTP server.
    public func mount(on http: HTTPServer) {
        let tables = http.eventLoops.loops.map { SessionTable(loop: $0) }
        let shards = tables.map { table in
            LoopBound(
                EngineShard(
                    configuration: protocolConfiguration, httpCompression: configuration.httpCompression,
                    waterMarks: (configuration.sendLowWaterMark, configuration.sendHighWaterMark),
                    rateLimits: configuration.rateLimits, limits: limits, admission: admission, sessions: table,
                    names: names),
                to: table.loop)
        }
        state.withLock { state in
            state.shards = shards
            state.tables = tables
        }
        http.mount(EngineHandler(server: self, shards: shards, tables: tables), at: configuration.mountPath)
    }

    /// Listens by itself, on an ``HTTPServer`` of its own that answers nothing else.
    ///
    /// - Parameters:
    ///   - host: A name or an address; nil means every address of this machine.
    ///   - port: The port; 0 means one that is free.
    ///   - tls: The certificates to speak TLS with; nil means plain HTTP.
    ///   - eventLoops: The loops to run on.
    /// - Returns: The addresses listened on.
    /// - Throws: ``NetworkError`` if the address cannot be used.
    @discardableResult
    public func listen(
        host: String? = nil, port: Int, tls: TLSContext? = nil, eventLoops: EventLoopGroup = .shared
    ) async throws -> [SocketAddress] {
        let http = HTTPServer(eventLoops: eventLoops)
        mount(on: http)
        try await http.listen(host: host, port: port, tls: tls)
        state.withLock { $0.http = http }
        return http.addresses
    }

    /// Opens no session any more: whoever wants one is answered with 503.
    package func refuseSessions() { admission.drain() }

    /// Whether nothing that was sent waits, and no message is half there; true behind the end.
    package func isQuiet() async -> Bool {
        for shard in state.withLock({ $0.shards }) {
            if await shard.loop.callUnlessStopped({ shard.value.isQuiet }) == false { return false }
        }
        return true
    }

    /// Ends every session, and the listening that ``listen(host:port:tls:eventLoops:)`` began.
    public func close() async {
        let http = state.withLock { state in
            defer { state.http = nil }
            return state.http
        }
        // First the listening, so that no session begins behind the end of the others.
        await http?.close()
        for shard in state.withLock({ $0.shards }) { _ = await shard.loop.callUnlessStopped { shard.value.close() } }
        limits.onReached(nil)
    }

    /// The number of sessions that are open.
    public var clientsCount: Int { state.withLock { $0.tables }.reduce(0) { $0 + $1.count } }
}
