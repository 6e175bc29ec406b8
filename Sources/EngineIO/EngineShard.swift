import EngineIOProtocol
import SIOBytes
import SIONet

/// What one loop holds of an engine.
final class EngineShard {
    private let configuration: SharedEngineConfiguration
    /// How polling answers are compressed; nil if they are not.
    let httpCompression: HTTPCompression?
    private let sessions: SessionTable

    init(configuration: EngineConfiguration, httpCompression: HTTPCompression?, sessions: SessionTable) {
        self.configuration = SharedEngineConfiguration(configuration)
        self.httpCompression = httpCompression
        self.sessions = sessions
    }

    func session(_ id: String?) -> EngineSession? { id.flatMap(sessions.session) }

    /// A new session for the request; nil if no id could be made.
    func open(
        _ transport: EngineTransport, _ version: EngineProtocolVersion, _ exchange: HTTPExchange
    ) -> EngineSession? {
        let key = RandomID(using: &exchange.core.random)
        let request = exchange.request
        let dialect = EngineDialect(
            version, b64: request.queryItem("b64") != nil, j: version == .v3 && request.queryItem("j") != nil)
        let machine = EngineServerSession(
            id: key.text, transport: transport, dialect: dialect, configuration: configuration, now: exchange.core.now)
        let session = EngineSession(key, machine, exchange: exchange, shard: self)
        return sessions.add(session) ? session : nil
    }

    func closed(_ session: EngineSession) {
        sessions.remove(session.key)
    }

    /// Ends every session; what waits to be sent is dropped.
    func close() {
        for session in sessions.all { session.discard() }
    }
}
