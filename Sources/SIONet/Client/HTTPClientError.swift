package import SIOHTTP
package import SIOWebSocket

/// Why a request was not answered, or a WebSocket not opened.
package enum HTTPClientError: Error, Sendable, CustomStringConvertible {
    /// Something below HTTP: the name, the connection, TLS, a proxy, time.
    case network(NetworkError)
    /// What came is no response, or more of one than is taken.
    case invalidResponse(HTTPError)
    /// A WebSocket was refused: with this response, of whose body the first bytes are there.
    case refused(HTTPResponse)
    /// A WebSocket was granted in a way that makes it none.
    case invalidHandshake(WebSocketResponseError)

    /// The bytes of a refusal's body that are kept.
    package static let refusalBodyLimit = 16 * 1024

    package var description: String {
        switch self {
        case .network(let error): error.description
        case .invalidResponse(let error): "the server's response is none: \(error.rawValue)"
        case .refused(let response): "the server answered \(response.status)"
        case .invalidHandshake(let error): "the server's handshake is none: \(error)"
        }
    }
}
