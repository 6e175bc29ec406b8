import SIOHTTP

extension EngineServer {
    /// Which pages may use a WebSocket.
    ///
    /// Browsers let every page open a WebSocket to every server, with the server's cookies, and leave it to the server to
    /// look at where the page is from (RFC 6455 §10.2). The reference does not. Clients that are no browsers send no `Origin`, and
    /// are let in.
    public enum WebSocketOrigins: Sendable, Hashable {
        /// The server's own pages, and those that ``Configuration/cors`` lets in, if it is set.
        ///
        /// A page is the server's own if host and port of its `Origin` are those of the request's `Host`. A proxy that changes
        /// `Host` has to be told to leave it (nginx: `proxy_set_header Host $host`), or ``Configuration/cors``
        /// has to name the public origin.
        case sameAsCORS
        /// Every page, as in the reference: then no cookie says who is there.
        case any

        /// Whether a page may use a WebSocket.
        ///
        /// - Parameters:
        ///   - request: The handshake.
        ///   - origin: Its field `Origin`; nil where there is none.
        ///   - isAllowed: Whether ``CORS`` lets the origin in; nil if nobody was asked.
        ///   - cors: The rules, if there are any.
        /// - Returns: Whether it may.
        func allow(_ request: HTTPRequest, origin: String?, isAllowed: Bool?, _ cors: CORS?) -> Bool {
            guard case .sameAsCORS = self, let origin else { return true }
            if let cors, isAllowed ?? cors.decision(on: origin) ?? false { return true }
            return request.isForHost(of: origin)
        }
    }
}
