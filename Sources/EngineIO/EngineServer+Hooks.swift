public import SIOHTTP
import Synchronization

/// What the application may say about an engine's requests.
extension EngineServer {
    /// What every request below the path passes before the engine looks at it.
    ///
    /// It may add headers to the answer, whatever answers; answer itself; or throw, and the request is refused with code 3.
    public typealias Middleware = @Sendable (IncomingRequest, inout MiddlewareResponse) async throws -> Void

    /// What a middleware has to say about an answer.
    public struct MiddlewareResponse: Sendable {
        /// Header fields that the answer will have, that to a WebSocket handshake too.
        public var headers: HTTPHeaders
        /// The answer that was given; nil if the request is still the engine's.
        public private(set) var answer: HTTPResponse?

        init(headers: HTTPHeaders) {
            self.headers = headers
        }

        /// Answers the request, so that neither the engine nor the middlewares behind this one see it.
        ///
        /// What is in ``headers`` is added. A second answer does nothing.
        public mutating func respond(_ response: HTTPResponse) {
            if answer == nil { answer = response }
        }
    }

    /// What an application says about a client that wants to open a session.
    public enum Admission: Sendable, Hashable {
        /// It may.
        case allow
        /// It may not.
        ///
        /// The answer is code 4, with status 403 and this message, or `Forbidden`; to a WebSocket handshake, status 400 and
        /// the bare message.
        case refuse(message: String? = nil)
    }

    /// Has every request below the path pass a middleware, behind those that were added before.
    ///
    /// It runs as a task that begins at once on the connection's event loop, as soon as the request's head is there: in front of
    /// all the engine's own checks, and behind the answer to preflight requests. The request waits for it, and the task is cancelled if the client goes.
    public func use(_ middleware: @escaping Middleware) {
        hooks.use(middleware)
    }

    /// Lets the handler change the headers of the first answer that a session gets.
    ///
    /// That is the answer to the handshake, or the 101 to a WebSocket's. It is called on the session's event loop.
    public func onInitialHeaders(_ handler: @escaping @Sendable (inout HTTPHeaders, IncomingRequest) -> Void) {
        hooks.onInitialHeaders(handler)
    }

    /// Lets the handler change the headers of every answer that a session gets, those of WebSocket handshakes among them.
    ///
    /// It is called on the session's event loop when the request is there, behind those of
    /// ``onInitialHeaders(_:)``.
    public func onHeaders(_ handler: @escaping @Sendable (inout HTTPHeaders, IncomingRequest) -> Void) {
        hooks.onHeaders(handler)
    }

    /// Calls the handler with each request that is refused, and why.
    ///
    /// It is called on the connection's event loop, before the client is told.
    public func onConnectionError(_ handler: @escaping @Sendable (ConnectionError) -> Void) {
        hooks.onConnectionError(handler)
    }

    /// The number of WebSocket handshakes that were refused because of the page's origin.
    public var refusedOriginsCount: Int { refusedOrigins.load(ordering: .relaxed) }
}
