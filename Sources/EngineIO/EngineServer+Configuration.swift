package import EngineIOProtocol
public import SIOWebSocket

extension EngineServer {
    /// How a server conducts its sessions; the defaults are the reference's.
    public struct Configuration: Sendable {
        /// The path that requests come below.
        ///
        /// Anything that begins with it fits, as in the reference.
        public var path = "/engine.io"
        /// Whether a slash is added to the path, so that `/engine.io` itself does not fit.
        public var addTrailingSlash = true
        /// The transports that clients may use.
        public var transports: [Transport] = [.polling, .websocket]
        /// Whether a session that began on polling may move to a WebSocket.
        public var allowUpgrades = true
        /// Whether clients may speak the protocol's third version too, as those of Socket.IO 2 do.
        ///
        /// Then every request that does not say `EIO=4` asks for it, as in the reference.
        public var allowEIO3 = false
        /// From the last pong, or the opening, to the next ping.
        public var pingInterval: Duration = .milliseconds(25_000)
        /// How long a pong may take before the session ends with `ping timeout`.
        public var pingTimeout: Duration = .milliseconds(20_000)
        /// How long an upgrade may take.
        public var upgradeTimeout: Duration = .milliseconds(10_000)
        /// The bytes that a POST's body or a WebSocket message may have.
        ///
        /// Beyond: 413, or close code 1009, and ``EngineServer/onLimitReached(_:)`` is told.
        public var maxHttpBufferSize = 1_000_000
        /// The bytes that may wait to be sent to one client.
        ///
        /// Beyond, its session ends with `send buffer overflow`, and ``EngineServer/onLimitReached(_:)`` is told. There is no
        /// other policy: of messages in order none can be left out. Whoever wants to wait instead asks a socket whether it is
        /// writable, and whoever wants to leave out sends volatile packets.
        public var maxSendBufferSize = 16 * 1024 * 1024
        /// The bytes from which on a socket is not writable: whoever asks for that is told to wait.
        public var sendHighWaterMark = 1024 * 1024
        /// The bytes that may be left when a socket that was not writable is so again; no more than ``sendHighWaterMark``.
        public var sendLowWaterMark = 256 * 1024
        /// The sessions that may be open at a time; nil, the default, is no limit.
        ///
        /// Beyond, a client is answered with 503.
        public var maxClients: Int?
        /// What clients may send in a time; by default there is no limit.
        public var rateLimits = RateLimits()
        /// How WebSocket messages are compressed, with clients that want it; nil, as in the reference, if never.
        public var perMessageDeflate: PerMessageDeflate?
        /// How polling answers are compressed, for clients that accept it; nil if never.
        public var httpCompression: HTTPCompression? = HTTPCompression()
        /// Which pages of other origins may use the server; nil means that no such page is told so.
        public var cors: CORS?
        /// Which pages may use a WebSocket; others are refused with status 403 and `Origin not allowed` (RFC 6455 §10.2).
        ///
        /// The reference lets in every page: ``WebSocketOrigins/any``.
        public var webSocketOrigins: WebSocketOrigins = .sameAsCORS
        /// Decides on each client that wants to open a session, on polling or on a WebSocket; nil lets in all.
        ///
        /// It is asked of the first request of a session only, behind the engine's own checks, as a task that begins at once on the
        /// connection's event loop; the request waits for it, and the task is cancelled if the client goes. If it throws, the client is
        /// refused as by ``Admission/refuse(message:)`` without a message.
        public var allowRequest: (@Sendable (IncomingRequest) async throws -> Admission)?
        /// Makes the ids of sessions; nil makes them of 120 random bits.
        ///
        /// An id is what lets a client speak for a session: nobody must be able to guess one. It is 1…256 visible ASCII
        /// characters. If the closure throws, or what it makes is none or is in use, the client is refused with code 3.
        public var generateID: (@Sendable (IncomingRequest) async throws -> String)?
        /// The proxies that are believed when they say where a request comes from, and whether it was encrypted.
        public var trustedProxies: TrustedProxies = .none
        /// The cookie that the answer to a handshake on polling sets; nil for none.
        public var cookie: Cookie?
        /// A text message that every session gets right behind its handshake; nil for none.
        public var initialPacket: String?

        /// The reference's defaults.
        public init() {}

        var mountPath: String {
            let bare = path.hasSuffix("/") ? String(path.dropLast()) : path
            return addTrailingSlash ? bare + "/" : bare
        }

        var protocolConfiguration: EngineConfiguration {
            var configuration = EngineConfiguration()
            if allowEIO3 { configuration.protocolVersions.append(.v3) }
            configuration.transports = transports.map(\.engine)
            configuration.allowUpgrades = allowUpgrades
            configuration.pingInterval = pingInterval
            configuration.pingTimeout = pingTimeout
            configuration.upgradeTimeout = upgradeTimeout
            configuration.maxPayload = maxHttpBufferSize
            configuration.limits.bufferedBytes = maxSendBufferSize
            configuration.initialPacket = initialPacket.map { Array($0.utf8) }
            return configuration
        }
    }

    /// A way to carry packets.
    public enum Transport: String, Sendable, CaseIterable {
        /// HTTP long-polling: works wherever HTTP does.
        case polling
        /// WebSocket (RFC 6455).
        case websocket

        var engine: EngineTransport {
            switch self {
            case .polling: .polling
            case .websocket: .websocket
            }
        }

        package init(_ transport: EngineTransport) {
            switch transport {
            case .polling: self = .polling
            case .websocket: self = .websocket
            }
        }
    }
}
