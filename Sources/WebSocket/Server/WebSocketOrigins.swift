import SIOHTTP

/// Which web pages may open a WebSocket (RFC 6455 §10.2).
///
/// Browsers let every page open a WebSocket to every server, with the server's cookies, and leave it to the server to look
/// at where the page is from. Clients that are no browsers send no `Origin`, and are let in.
public enum WebSocketOrigins: Sendable {
    /// The server's own pages: host and port of their `Origin` are those of the request's `Host`.
    ///
    /// A proxy that changes `Host` has to be told to leave it.
    case sameOrigin
    /// The server's own pages, and those of these origins, such as `https://example.com`.
    case these([String])
    /// The server's own pages, and those of origins that the closure says yes to.
    ///
    /// It is called on an event loop, which must not wait.
    case matching(@Sendable (String) -> Bool)
    /// Every page: then no cookie says who is there.
    case any
}

/// Which web pages may open a WebSocket, ready to be asked for each handshake.
struct WebSocketOriginRule: Sendable {
    private let origins: WebSocketOrigins
    /// Those that are named.
    private let named: [WebOrigin]

    init(_ origins: WebSocketOrigins) {
        self.origins = origins
        if case .these(let texts) = origins { named = texts.compactMap { WebOrigin($0) } } else { named = [] }
    }

    func allow(_ request: HTTPRequest) -> Bool {
        guard let origin = request.headers["Origin"] else { return true }
        switch origins {
        case .any: return true
        case .sameOrigin: return request.isForHost(of: origin)
        case .these: return request.isForHost(of: origin) || WebOrigin(origin).map(named.contains) ?? false
        case .matching(let allows): return request.isForHost(of: origin) || allows(origin)
        }
    }
}
