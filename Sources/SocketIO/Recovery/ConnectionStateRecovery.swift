/// How clients that lose their connection get back what they were, and what they missed.
///
/// A client that returns in time finds itself in its rooms, with its id and its data, and receives the events that were
/// sent to it meanwhile, in order. Events that ask for an acknowledgement, and volatile ones, are not kept. Clients of
/// Engine.IO 3 cannot ask for it.
///
/// Each event carries where it stands as a further, last argument, which handlers of clients see too: so the protocol
/// has it (Socket.IO 4.6, "Connection state recovery").
public struct ConnectionStateRecovery: Sendable {
    /// How long a client may be away.
    public var maxDisconnectionDuration: Duration = .milliseconds(120_000)
    /// Whether a client that gets its state back passes no middleware.
    public var skipMiddlewares = true
    /// The clients of a namespace that may be away at a time; beyond, the one that is away longest is forgotten.
    public var maxSessions = 10_000
    /// The events of a namespace that are kept; beyond, the oldest are forgotten, and clients that missed them connect anew.
    public var maxPackets = 100_000
    /// The bytes that these events may have.
    public var maxBytes = 64 * 1024 * 1024

    /// The reference's times, and limits that it has not.
    public init() {}

    func check() {
        precondition(maxDisconnectionDuration > .zero, "nobody can return in no time")
        precondition(maxSessions > 0 && maxPackets > 0 && maxBytes > 0, "a limit that lets nothing be kept")
    }
}
