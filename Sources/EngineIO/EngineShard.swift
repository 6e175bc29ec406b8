import EngineIOProtocol
import SIOBytes
import SIONet

/// What one loop holds of an engine.
final class EngineShard {
    private let configuration: SharedEngineConfiguration
    /// How polling answers are compressed; nil if they are not.
    let httpCompression: HTTPCompression?
    /// Who waits for clients to take what was sent to them.
    let waiters = SendWaiters()
    /// The bytes between which a session is not writable.
    let waterMarks: (low: Int, high: Int)
    /// Who is told of limits that were reached.
    let limits: LimitReports
    private let rateLimits: EngineServer.RateLimits
    private let admission: Admission
    private let sessions: SessionTable

    init(
        configuration: EngineConfiguration, httpCompression: HTTPCompression?, waterMarks: (low: Int, high: Int),
        rateLimits: EngineServer.RateLimits, limits: LimitReports, admission: Admission, sessions: SessionTable
    ) {
        self.waterMarks = waterMarks
        self.rateLimits = rateLimits
        self.limits = limits
        self.admission = admission
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

    /// What counts the session's messages; nil where they are not limited.
    func meter(for session: EngineSession) -> ClientMeter? {
        let client = rateLimits.client
        return client.isNone ? nil : ClientMeter(session, client, rateLimits.policy, reports: limits)
    }

    /// The sizes of the limits that a session may reach.
    var maxSendBufferSize: Int { configuration.value.limits.bufferedBytes }
    var maxPayload: Int { configuration.value.maxPayload }

    /// Whether nothing waits to be sent to anybody, and no POST is half there.
    var isQuiet: Bool { sessions.all.allSatisfy { $0.bufferedBytes == 0 && !$0.isReceivingPost } }

    func closed(_ session: EngineSession) {
        admission.leave()
        sessions.remove(session.key)
    }

    /// Ends every session; what waits to be sent is dropped.
    func close() {
        for session in sessions.all { session.discard() }
    }
}
