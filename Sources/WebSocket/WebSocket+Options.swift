public import SIOHTTP
public import SIONet
public import SIOWebSocket

extension WebSocket {
    /// How a WebSocket is conducted, on either side.
    public struct Options: Sendable {
        /// The bytes that a message may have, when it is decompressed; beyond, the peer is sent away with code 1009.
        public var maxMessageSize = 1_000_000
        /// The frames that a message may be cut into; beyond, the peer is sent away with code 1008.
        public var maxFragments = 16_384
        /// How long a message in several frames may take, from the first to the last; beyond, the peer is sent away with code 1008.
        ///
        /// A message in one frame has the time of ``keepAlive``: no pong comes in the middle of a frame.
        public var messageTimeout: Duration = .seconds(60)
        /// The bytes of messages that may wait to be taken: from there on the peer is not read.
        ///
        /// What is kept is at most one message more, and what was read with it. Each message counts as its bytes and 64 more.
        public var receiveBuffer = 256 * 1024
        /// The bytes that may wait to be sent: from there on ``WebSocket/send(_:)-(WebSocketMessage)`` waits.
        ///
        /// On its way to the event loop each message counts as its bytes and 64 more.
        public var sendBuffer = 1024 * 1024
        /// How pings find out that a peer is gone; nil if none are sent.
        public var keepAlive: KeepAlive? = KeepAlive()
        /// How long the peer may take to answer a close frame, before the connection is dropped.
        public var closeTimeout: Duration = .seconds(10)
        /// How messages are compressed, with a peer that can do that too; nil, the default, if they are not.
        public var perMessageDeflate: PerMessageDeflate?

        /// The defaults.
        public init() {}

        /// Traps where a value means nothing: a mistake of the caller's, found before a peer comes.
        func check() {
            precondition(maxMessageSize >= 0 && maxFragments >= 1, "a limit that nothing can meet")
            precondition(receiveBuffer > 0 && sendBuffer > 0, "a buffer that nothing fits in")
            precondition(closeTimeout > .zero && messageTimeout > .zero, "a time that no peer can keep")
            perMessageDeflate?.check()
            if let keepAlive {
                precondition(keepAlive.interval > .zero && keepAlive.timeout > .zero, "a time that no peer can keep")
            }
        }

        var limits: WebSocketLimits {
            WebSocketLimits(maxMessageSize: maxMessageSize, maxFrameSize: maxMessageSize, maxFragments: maxFragments)
        }
    }

    /// How pings find out that a peer is gone (RFC 6455 §5.5.2).
    ///
    /// While the peer is not read, because nobody takes its messages, its silence counts for nothing; but it has to take what
    /// it is sent, pings at least.
    public struct KeepAlive: Sendable, Hashable {
        /// From one pong to the next ping.
        public var interval: Duration
        /// How long a pong may take, before the connection is dropped; while the peer is not read, how long it may take nothing
        /// of what it is sent.
        public var timeout: Duration

        /// Pings every so often, and waits so long for each pong.
        public init(interval: Duration = .seconds(20), timeout: Duration = .seconds(20)) {
            self.interval = interval
            self.timeout = timeout
        }
    }

    /// How a client connects.
    public struct ConnectOptions: Sendable {
        /// How the WebSocket is conducted.
        public var socket = Options()
        /// Sent with the request, besides the handshake's own fields, which cannot be changed.
        public var headers = HTTPHeaders()
        /// Subprotocols to offer, the most wanted first: tokens, each named once (RFC 6455 §1.9).
        public var subprotocols: [String] = []
        /// What TLS trusts and shows; nil is a client that trusts what the system trusts.
        public var tls: TLSClientContext?
        /// Asked for a tunnel, if there is one.
        public var proxy: HTTPProxy?
        /// How long it may take until there is a connection.
        public var connectTimeout: Duration = .seconds(10)
        /// How long the server may take to answer the handshake, once there is a connection.
        public var responseTimeout: Duration = .seconds(20)

        /// The defaults.
        public init() {}

        func request(to url: HTTPURL) -> WebSocketRequest {
            socket.check()
            var request = WebSocketRequest(url)
            request.headers = headers
            request.subprotocols = subprotocols
            request.deflate = socket.perMessageDeflate
            request.limits = socket.limits
            request.responseTimeout = responseTimeout
            request.closeTimeout = socket.closeTimeout
            request.connect.tls = tls
            request.connect.proxy = proxy
            request.connect.connectTimeout = connectTimeout
            return request
        }
    }
}
