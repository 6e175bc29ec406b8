public import SIOHTTP
public import SIONet

/// A request to an engine, as the application's checks and middlewares see it: its head, and who sent it.
///
/// The properties of ``HTTPRequest`` are properties of it, too: `request.headers["Authorization"]`.
@dynamicMemberLookup
public struct IncomingRequest: Sendable {
    /// The request, without its body.
    public let http: HTTPRequest
    /// Where the request comes from; behind proxies that are trusted, where they say it does.
    public let remoteAddress: SocketAddress?

    init(_ exchange: HTTPExchange) {
        var head = exchange.request
        head.body = []
        http = head
        remoteAddress = exchange.remoteAddress
    }

    /// The value of the query's first item called `name`; see `HTTPRequest.queryItem(_:)`.
    public func queryItem(_ name: String) -> String? { http.queryItem(name) }

    /// The id of the session that the request is for; nil if it is to open one.
    public var sessionID: String? { http.queryItem("sid") }

    /// Whether the request asks for a WebSocket.
    public var isWebSocket: Bool { http.wantsUpgrade(to: "websocket") }

    /// A property of the request.
    public subscript<Value>(dynamicMember property: KeyPath<HTTPRequest, Value>) -> Value { http[keyPath: property] }
}
