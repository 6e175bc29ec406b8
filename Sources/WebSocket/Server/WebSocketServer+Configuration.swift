public import SIOHTTP
public import SIONet

extension WebSocketServer {
    /// Who may connect, and how WebSockets are conducted.
    public struct Configuration: Sendable {
        /// How WebSockets are conducted.
        public var socket = WebSocket.Options()
        /// Which web pages may connect; others are answered with 403.
        public var origins = WebSocketOrigins.sameOrigin
        /// The WebSockets that may be open at a time, or be decided on; nil, the default, is no limit.
        ///
        /// Beyond, a client is answered with 503.
        public var maxConnections: Int?
        /// How long clients may take to ask, and how much their requests may have.
        public var http = HTTPServer.Configuration()

        /// The defaults.
        public init() {}
    }

    /// A request for a WebSocket, and who sent it.
    ///
    /// The properties of `HTTPRequest` are properties of it, too: `request.headers["Authorization"]`.
    @dynamicMemberLookup
    public struct Request: Sendable {
        /// The request.
        public let http: HTTPRequest
        /// Where it comes from; behind a proxy, the proxy's address.
        public let remoteAddress: SocketAddress?

        /// The value of the query's first item called `name`; see `HTTPRequest.queryItem(_:)`.
        public func queryItem(_ name: String) -> String? { http.queryItem(name) }

        /// A property of the request.
        public subscript<Value>(dynamicMember property: KeyPath<HTTPRequest, Value>) -> Value {
            http[keyPath: property]
        }
    }
}
