public import SIOHTTP

/// Refuses a client that wants to open a WebSocket: thrown by whoever decides on it.
public struct WebSocketRefusal: Error, Sendable {
    /// What the client is answered.
    public var response: HTTPResponse

    /// Refuses with a status, its name as the body.
    public init(_ status: HTTPStatus, headers: HTTPHeaders = HTTPHeaders()) {
        response = .text("\(status.reasonPhrase)\n", status: status)
        response.headers.add(headers)
    }

    /// Refuses with a whole response, of any status but 101.
    public init(_ response: HTTPResponse) {
        precondition(response.status != .switchingProtocols, "no refusal")
        self.response = response
    }
}
