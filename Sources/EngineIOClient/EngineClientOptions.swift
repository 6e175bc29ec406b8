package import EngineIOProtocol
public import SIOHTTP
public import SIONet
public import SIOWebSocket

/// How a client opens and carries sessions; the defaults are the reference's.
public struct EngineClientOptions: Sendable {
    /// A way to carry packets.
    public enum Transport: String, Sendable, CaseIterable {
        /// HTTP long-polling: works wherever HTTP does.
        case polling
        /// WebSocket (RFC 6455).
        case websocket
    }

    // MARK: The session

    /// The transports to use, the one to begin with first; there must be one.
    public var transports: [Transport] = [.polling, .websocket]
    /// Whether to move from polling to a WebSocket that the server offers.
    public var upgrade = true
    /// Whether to try the next transport when the session could not be opened on one.
    public var tryAllTransports = false
    /// Whether to begin with a WebSocket, if the last session had one that worked.
    public var rememberUpgrade = false
    /// How long an upgrade may take; behind it the session stays on polling.
    public var upgradeTimeout: Duration = .seconds(10)
    /// How long it may take to open the session on a transport; nil is forever, as in the reference.
    public var openTimeout: Duration? = .seconds(20)

    // MARK: The requests

    /// The path of the server's requests.
    public var path = "/engine.io"
    /// Whether a slash is added to the path.
    public var addTrailingSlash = true
    /// Sent with each request, behind the query of the address, decoded: `[("token", "a b")]`.
    ///
    /// `EIO`, `transport`, `sid` and `b64` are the protocol's, and passed over.
    public var query: [(name: String, value: String)] = []
    /// Sent with each request.
    public var extraHeaders = HTTPHeaders()
    /// Sent with each request of a transport, in the stead of ``extraHeaders``' fields with the same names.
    public var transportHeaders: [Transport: HTTPHeaders] = [:]
    /// Whether cookies that the server sets are sent back to it, on polling and on WebSockets.
    public var withCredentials = false
    /// Whether each request's address is made different from all others, so that nothing is answered from a cache.
    ///
    /// Nil, the default, is yes on polling and no on a WebSocket.
    public var timestampRequests: Bool?
    /// The name of the query's item that makes them different.
    public var timestampParam = "t"
    /// How long a request of polling may take, a held GET among them; nil is forever.
    public var requestTimeout: Duration?
    /// Whether binary messages are sent as base64, and asked for so.
    public var forceBase64 = false

    // MARK: The WebSocket

    /// How messages are compressed, if the server can do that; nil if never.
    public var perMessageDeflate: PerMessageDeflate? = PerMessageDeflate()
    /// Subprotocols to offer: tokens, each named once (RFC 6455 §4.1).
    public var protocols: [String] = []

    // MARK: The connections

    /// What TLS trusts and shows; nil is a client that trusts what the system trusts.
    public var tls: TLSClientContext?
    /// Asked for tunnels to the server; nil connects directly.
    public var proxy: HTTPProxy?
    /// How long it may take until there is a connection: the host's name, TCP, and the proxy's answer, together.
    public var connectTimeout: Duration = .seconds(10)

    // MARK: What a server may make the client keep

    /// The bytes that a message on a WebSocket may have; beyond, the session ends with close code 1009.
    public var maxMessageSize = 16 * 1024 * 1024
    /// The bytes that the answer to a GET may have: all that waited for the client.
    public var maxResponseSize = 32 * 1024 * 1024
    /// The bytes that may wait to be sent; beyond, the session ends with `send buffer overflow`.
    public var maxSendBufferSize = 16 * 1024 * 1024

    /// Makes sockets in the system's stead, for tests without ports.
    package var dial: ConnectOptions.Dial?

    /// The reference's defaults.
    public init() {}
}

extension EngineClientOptions {
    /// What the machine needs, with the transports in the order in which they are to be tried.
    func session(webSocketFirst: Bool) -> EngineClientConfiguration {
        var configuration = EngineClientConfiguration()
        configuration.transports = transports.map(\.engine)
        if webSocketFirst, let place = configuration.transports.firstIndex(of: .websocket) {
            configuration.transports.remove(at: place)
            configuration.transports.insert(.websocket, at: 0)
        }
        configuration.upgrade = upgrade
        configuration.tryAllTransports = tryAllTransports
        configuration.upgradeTimeout = upgradeTimeout
        configuration.closeTimeout = EngineClient.farewellTime
        configuration.limits.bufferedBytes = maxSendBufferSize
        return configuration
    }

    /// How connections are made.
    var connect: ConnectOptions {
        var connect = ConnectOptions()
        connect.tls = tls
        connect.proxy = proxy
        connect.connectTimeout = connectTimeout
        connect.dial = dial
        return connect
    }

    /// Whether a transport's requests have a timestamp.
    func hasTimestamp(_ transport: EngineTransport) -> Bool { timestampRequests ?? (transport == .polling) }
}

extension EngineClientOptions.Transport {
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
