public import EngineIOProtocol
public import SIONet

extension EngineServer {
    /// What clients may send in a time; by default there is no such limit.
    public struct RateLimits: Sendable {
        /// What happens to a client that sends more than it may.
        public enum Policy: Sendable, Hashable {
            /// It is not read until what it sent too much is made up for: its system holds it back.
            ///
            /// On polling, its next POST waits as long. A client that is held back for longer than a pong may take loses its
            /// session, so a ``RateLimits/bytesPerClient`` should let the largest message pass within that time.
            case pauseReading
            /// Its session ends with `rate limit exceeded`; what exceeds the limit is not handed on.
            case disconnect
        }

        /// The sessions that one address may open, an IPv6 network of 64 bits counting as one; beyond, 429.
        public var handshakesPerAddress: RateLimit?
        /// The addresses that are remembered for ``handshakesPerAddress``, at least 2; beyond, the oldest are forgotten.
        public var maxTrackedAddresses = 65_536
        /// The messages that one client may send, each frame of a WebSocket that is none counting as one.
        public var messagesPerClient: RateLimit?
        /// The bytes of messages that one client may send.
        public var bytesPerClient: RateLimit?
        /// What happens to a client that sends more than it may.
        public var policy = Policy.pauseReading

        /// No limits.
        public init() {}

        var client: ClientRate.Limits { ClientRate.Limits(messages: messagesPerClient, bytes: bytesPerClient) }
    }

    /// A limit of the configuration that somebody has reached.
    public struct LimitReached: Sendable {
        /// The limit.
        public struct Limit: Hashable, Sendable, CustomStringConvertible {
            /// The name of the limit's option.
            public let description: String

            /// ``RateLimits/handshakesPerAddress``: a session was refused with 429.
            public static let handshakesPerAddress = Limit(description: "handshakesPerAddress")
            /// ``Configuration/maxClients``: a session was refused with 503.
            public static let maxClients = Limit(description: "maxClients")
            /// ``RateLimits/messagesPerClient``: the session is paused, or ends.
            public static let messagesPerClient = Limit(description: "messagesPerClient")
            /// ``RateLimits/bytesPerClient``: the session is paused, or ends.
            public static let bytesPerClient = Limit(description: "bytesPerClient")
            /// ``Configuration/maxSendBufferSize``: the session ends with `send buffer overflow`.
            public static let maxSendBufferSize = Limit(description: "maxSendBufferSize")
            /// ``Configuration/maxHttpBufferSize``: a message was refused, with 413 or with close code 1009.
            ///
            /// A WebSocket's session ends with it, and so does, with `transport error`, the session.
            public static let maxHttpBufferSize = Limit(description: "maxHttpBufferSize")
        }

        /// The limit.
        public let limit: Limit
        /// What it is set to: bytes, sessions, or what may come in a second.
        public let value: Double
        /// The session that reached it; nil if there was none yet.
        public let sessionID: String?
        /// What carries the session, or was to carry it.
        public let transport: Transport
        /// Where the client's connection came from.
        public let remoteAddress: SocketAddress?
    }

    /// Calls the handler each time that somebody reaches a limit of the configuration.
    ///
    /// - Parameter handler: Called on the client's event loop, before the session ends if it does. Later calls of this
    ///   function replace it.
    public func onLimitReached(_ handler: @escaping @Sendable (LimitReached) -> Void) {
        limits.onReached { reached, _ in handler(reached) }
    }

    /// Calls the handler each time that somebody reaches a limit, with the session, if there is one.
    package func onLimitReachedBySession(
        _ handler: @escaping @Sendable (LimitReached, EngineSession?) -> Void
    ) {
        limits.onReached(handler)
    }

    /// How often each limit of the configuration was reached.
    public var limitCounts: [LimitReached.Limit: Int] { limits.counts }
}
