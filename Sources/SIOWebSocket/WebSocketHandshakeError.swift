/// A client's opening handshake cannot be accepted; the answer is ``status`` with ``headers`` (RFC 6455 §4.2).
package enum WebSocketHandshakeError: Error, Equatable, Sendable {
    /// The method is not GET.
    case method
    /// HTTP/1.0.
    case httpVersion
    /// `Upgrade` does not name `websocket`.
    case upgrade
    /// `Connection` does not name `upgrade`.
    case connection
    /// `Sec-WebSocket-Version` is not 13.
    case version
    /// `Sec-WebSocket-Key` is not the base64 of 16 bytes.
    case key
    /// `Sec-WebSocket-Protocol` is not a list of tokens, each named once.
    case subprotocol
    /// `Sec-WebSocket-Extensions` breaks its grammar.
    case extensions

    /// The HTTP status to answer with.
    package var status: Int {
        switch self {
        case .method: 405
        case .version: 426
        case .httpVersion, .upgrade, .connection, .key, .subprotocol, .extensions: 400
        }
    }

    /// The headers that the status asks for. (RFC 9110 §7.8: who sends `Upgrade` also names it in `Connection`.)
    package var headers: [(String, String)] {
        switch self {
        case .method: [("Allow", "GET")]
        case .version: [("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket")]
        case .httpVersion, .upgrade, .connection, .key, .subprotocol, .extensions: []
        }
    }

    /// What was wrong, for the body and the log.
    package var reason: String {
        switch self {
        case .method: "WebSocket handshake must be a GET"
        case .httpVersion: "WebSocket handshake needs HTTP/1.1"
        case .upgrade: "invalid Upgrade header"
        case .connection: "invalid Connection header"
        case .version: "unsupported Sec-WebSocket-Version"
        case .key: "invalid Sec-WebSocket-Key header"
        case .subprotocol: "invalid Sec-WebSocket-Protocol header"
        case .extensions: "invalid Sec-WebSocket-Extensions header"
        }
    }
}
