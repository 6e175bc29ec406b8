/// Why a session ended; the raw values are those of the reference's `close` event, as far as it knows the reason.
package enum EngineDisconnectReason: String, Error, Sendable, CaseIterable {
    /// A transport failed, or the peer broke its rules.
    case transportError = "transport error"
    /// The peer left.
    case transportClose = "transport close"
    /// This side closed the session.
    case forcedClose = "forced close"
    /// The peer was silent for too long.
    case pingTimeout = "ping timeout"
    /// The peer sent bytes that are no packet.
    case parseError = "parse error"
    /// More waited to be sent to the peer than may: it reads too slowly (not in the reference).
    case sendBufferOverflow = "send buffer overflow"
    /// The peer sent more in a time than it may (not in the reference).
    case rateLimitExceeded = "rate limit exceeded"
}

/// What exactly a session ended for, when its reason has more than one cause; the raw values are for people.
package enum EngineFault: String, Sendable, CaseIterable {
    case pollOverlap = "overlap from client"
    case postOverlap = "data request overlap from client"
    case pollAborted = "poll connection closed prematurely"
    case postAborted = "data request connection closed prematurely"
    case invalidContent = "invalid content"
    case invalidHeartbeatDirection = "invalid heartbeat direction"
    case webSocketFailed = "websocket error"
    case requestFailed = "polling request failed"
    case invalidPacket = "invalid packet"
    case invalidHandshake = "invalid handshake"
}
