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
    private let admission: AdmissionControl
    private let sessions: SessionTable
    private let names: SessionNames?
    /// Whether no session begins any more.
    @exclusivity(unchecked) private(set) var isClosed = false

    init(
        configuration: EngineConfiguration, httpCompression: HTTPCompression?, waterMarks: (low: Int, high: Int),
        rateLimits: EngineServer.RateLimits, limits: LimitReports, admission: AdmissionControl, sessions: SessionTable,
        names: SessionNames?
    ) {
        self.waterMarks = waterMarks
        self.rateLimits = rateLimits
        self.limits = limits
        self.admission = admission
        self.configuration = SharedEngineConfiguration(configuration)
        self.httpCompression = httpCompression
        self.sessions = sessions
        self.names = names
    }

    func session(_ key: RandomID) -> EngineSession? { sessions.session(key) }

    /// The id under which the client knows the session.
    func id(of key: RandomID) -> String { withID(of: key) { $0.string } }

    /// Lends the body the id under which the client knows the session.
    func withID<Result>(of key: RandomID, _ body: (RawSpan) -> Result) -> Result {
        guard let name = names?.name(of: key) else {
            let characters = key.characters
            return body(characters.span.bytes)
        }
        return body(name.utf8Span.span.bytes)
    }

    /// A key for a new session; nil if the name that it shall have is taken.
    func makeKey(named name: String?, _ exchange: HTTPExchange) -> RandomID? {
        let key = exchange.core.makeID()
        if let name, let names, !names.add(name, for: key) { return nil }
        return key
    }

    /// Lets go of a key whose session is not opened.
    func giveUp(_ key: RandomID) {
        names?.remove(key)
    }

    /// A new session for the request; nil if its key is taken.
    func open(
        _ key: RandomID, _ transport: EngineTransport, _ dialect: EngineDialect, _ exchange: HTTPExchange
    ) -> EngineSession? {
        let session = EngineSession(key, transport, dialect, configuration, exchange: exchange, shard: self)
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
        names?.remove(session.key)
    }

    /// Ends every session; what waits to be sent is dropped.
    func close() {
        isClosed = true
        for session in sessions.all { session.discard() }
    }
}
