/// How a connection came to its end (RFC 6455 §7.1.5, §7.1.6).
public struct WebSocketClosure: Hashable, Sendable {
    /// Who wanted the end first.
    public enum Initiator: Sendable {
        /// This side sent its close frame, or gave up on the connection, first.
        case local
        /// The peer's close frame came first.
        case remote
    }

    /// Nil while nobody has, and when the connection broke before anybody did.
    public internal(set) var initiator: Initiator?
    /// The close frame that came.
    public internal(set) var received: WebSocketCloseFrame?
    /// The close frame that went.
    public internal(set) var sent: WebSocketCloseFrame?

    package init() {}

    /// Whether both close frames were exchanged (RFC 6455 §7.1.4).
    public var isClean: Bool { received != nil && sent != nil }

    /// "The WebSocket Connection Close Code": what the peer said, 1005 if it said nothing, 1006 if no frame came.
    public var code: WebSocketCloseCode {
        guard let received else { return .abnormalClosure }
        return received.code ?? .noStatusReceived
    }

    /// "The WebSocket Connection Close Reason": empty if the peer gave none.
    public var reason: String { received?.reason ?? "" }
}
