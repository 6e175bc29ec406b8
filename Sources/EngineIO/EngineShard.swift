import EngineIOProtocol
import SIOBytes
import SIONet

/// What one loop holds of an engine.
final class EngineShard {
    private let configuration: SharedEngineConfiguration
    /// How polling answers are compressed; nil if they are not.
    let httpCompression: HTTPCompression?
    private let sessions: SessionTable
    private let names: SessionNames?
    /// Whether no session begins any more.
    private(set) var isClosed = false

    init(
        configuration: EngineConfiguration, httpCompression: HTTPCompression?, sessions: SessionTable,
        names: SessionNames?
    ) {
        self.configuration = SharedEngineConfiguration(configuration)
        self.httpCompression = httpCompression
        self.sessions = sessions
        self.names = names
    }

    func session(_ key: RandomID) -> EngineSession? { sessions.session(key) }

    /// The id under which the client knows the session.
    func id(of key: RandomID) -> String { names?.name(of: key) ?? key.text }

    /// A key for a new session; nil if the name that it shall have is taken.
    func makeKey(named name: String?, _ exchange: HTTPExchange) -> RandomID? {
        let key = RandomID(using: &exchange.core.random)
        if let name, let names, !names.add(name, for: key) { return nil }
        return key
    }

    /// Lets go of a key whose session is not opened.
    func giveUp(_ key: RandomID) {
        names?.remove(key)
    }

    /// A new session for the request; nil if its key is taken.
    func open(
        _ key: RandomID, _ transport: EngineTransport, _ version: EngineProtocolVersion, _ exchange: HTTPExchange
    ) -> EngineSession? {
        let request = exchange.request
        let dialect = EngineDialect(
            version, b64: request.queryItem("b64") != nil, j: version == .v3 && request.queryItem("j") != nil)
        let machine = EngineServerSession(
            id: id(of: key), transport: transport, dialect: dialect, configuration: configuration,
            now: exchange.core.now)
        let session = EngineSession(key, machine, exchange: exchange, shard: self)
        return sessions.add(session) ? session : nil
    }

    func closed(_ session: EngineSession) {
        sessions.remove(session.key)
        names?.remove(session.key)
    }

    /// Ends every session; what waits to be sent is dropped.
    func close() {
        isClosed = true
        for session in sessions.all { session.discard() }
    }
}
