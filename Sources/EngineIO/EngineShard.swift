import EngineIOProtocol
import SIOBytes
import SIONet

/// What one loop holds of an engine: the sessions that live there.
final class EngineShard {
    private let configuration: EngineConfiguration
    /// How polling answers are compressed; nil if they are not.
    let httpCompression: HTTPCompression?
    private let directory: SessionDirectory
    private var sessions: [String: EngineSession] = [:]

    init(configuration: EngineConfiguration, httpCompression: HTTPCompression?, directory: SessionDirectory) {
        self.configuration = configuration
        self.httpCompression = httpCompression
        self.directory = directory
    }

    func session(_ id: String?) -> EngineSession? { id.flatMap { sessions[$0] } }

    /// A new session for the request; nil if no id could be made.
    func open(_ transport: EngineTransport, _ exchange: HTTPExchange) -> EngineSession? {
        let loop: EventLoop = exchange.core.loop
        var random = SystemRandomNumberGenerator()
        let id = RandomID.make(using: &random)
        guard directory.add(id, on: loop) else { return nil }
        let machine = EngineServerSession(
            id: id, transport: transport, configuration: configuration, now: exchange.core.now)
        let session = EngineSession(machine, exchange: exchange, shard: self)
        sessions[id] = session
        return session
    }

    func closed(_ session: EngineSession) {
        sessions[session.id] = nil
        directory.remove(session.id)
    }

    /// Ends every session; what waits to be sent is dropped.
    func close() {
        for session in Array(sessions.values) { session.discard() }
    }
}
