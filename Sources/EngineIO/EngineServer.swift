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
    private let directory = SessionDirectory()
    private let shards: Mutex<[LoopBound<EngineShard>]> = Mutex([])
    private let state = Mutex(State())

    private struct State {
        var opened: (@Sendable (EngineSession) -> Void)?
        var http: HTTPServer?
    }

    /// A server with no sessions.
    ///
    /// - Parameter configuration: How the server conducts its sessions.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        protocolConfiguration = configuration.protocolConfiguration
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
        state.withLock { $0.opened = handler }
    }

    func opened(_ session: EngineSession) {
        state.withLock { $0.opened }?(session)
    }

    /// Lets the body see a session, on its loop; nil if there is none.
    func withSession<Result: Sendable>(
        _ id: String, _ body: @escaping @Sendable (EngineSession) -> Result
    ) async -> Result? {
        guard let loop = directory.loop(of: id) else { return nil }
        let shard = shards.withLock { $0[loop.index] }
        return await loop.callUnlessStopped { shard.value.session(id).map(body) } ?? nil
    }

    // MARK: Listening

    /// Answers the requests below the configured path.
    ///
    /// - Parameter http: The server that receives them. One engine serves one HTTP server.
    public func mount(on http: HTTPServer) {
        let all = http.eventLoops.loops.map { loop in
            LoopBound(
                EngineShard(
                    configuration: protocolConfiguration, httpCompression: configuration.httpCompression,
                    directory: directory),
                to: loop)
        }
        shards.withLock { $0 = all }
        http.mount(EngineHandler(server: self, shards: all, directory: directory), at: configuration.mountPath)
    }

    /// Listens by itself, on an ``HTTPServer`` of its own that answers nothing else.
    ///
    /// - Parameters:
    ///   - host: A name or an address; nil means every address of this machine.
    ///   - port: The port; 0 means one that is free.
    ///   - eventLoops: The loops to run on.
    /// - Returns: The addresses listened on.
    /// - Throws: ``NetworkError`` if the address cannot be used.
    @discardableResult
    public func listen(
        host: String? = nil, port: Int, eventLoops: EventLoopGroup = .shared
    ) async throws -> [SocketAddress] {
        let http = HTTPServer(eventLoops: eventLoops)
        mount(on: http)
        try await http.listen(host: host, port: port)
        state.withLock { $0.http = http }
        return http.addresses
    }

    /// Ends every session, and the listening that ``listen(host:port:eventLoops:)`` began.
    public func close() async {
        let http = state.withLock { state in
            defer { state.http = nil }
            return state.http
        }
        // First the listening, so that no session begins behind the end of the others.
        await http?.close()
        for shard in shards.withLock({ $0 }) { _ = await shard.loop.callUnlessStopped { shard.value.close() } }
    }

    /// The number of sessions that are open.
    public var clientsCount: Int { directory.count }
}

/// Which loop each session lives on.
///
/// Asked only where a request arrives on a loop that does not know its session.
final class SessionDirectory: Sendable {
    private let loops = Mutex<[String: EventLoop]>([:])

    var count: Int { loops.withLock { $0.count } }

    func loop(of id: String) -> EventLoop? { loops.withLock { $0[id] } }

    /// False if the id is taken.
    func add(_ id: String, on loop: EventLoop) -> Bool {
        loops.withLock { loops in
            if loops[id] != nil { return false }
            loops[id] = loop
            return true
        }
    }

    func remove(_ id: String) {
        loops.withLock { _ = $0.removeValue(forKey: id) }
    }
}
