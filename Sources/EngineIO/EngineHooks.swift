import SIOHTTP
import Synchronization

/// What the application wants to be asked or told about an engine's requests.
final class EngineHooks: Sendable {
    typealias HeaderHandler = @Sendable (inout HTTPHeaders, IncomingRequest) -> Void

    /// One state of the lists; a change makes another one, so that a look at it is one reference.
    ///
    /// Closures in a lock's generic value would be wrapped anew each time they are read.
    final class Lists: Sendable {
        let middlewares: [EngineServer.Middleware]
        let initialHeaders: [HeaderHandler]
        let headers: [HeaderHandler]
        let connectionError: [@Sendable (ConnectionError) -> Void]

        init(
            _ middlewares: [EngineServer.Middleware] = [], _ initialHeaders: [HeaderHandler] = [],
            _ headers: [HeaderHandler] = [], _ connectionError: [@Sendable (ConnectionError) -> Void] = []
        ) {
            self.middlewares = middlewares
            self.initialHeaders = initialHeaders
            self.headers = headers
            self.connectionError = connectionError
        }
    }

    private let state = Mutex(Lists())
    // Most engines have nobody to ask: their requests pay no more than these looks.
    private let hasMiddlewares = Atomic(false)
    private let hasHeaders = Atomic(false)

    /// Whether a request has to pass a middleware.
    var mustAsk: Bool { hasMiddlewares.load(ordering: .relaxed) }
    /// Whether anybody wants to see the headers of answers.
    var seesHeaders: Bool { hasHeaders.load(ordering: .relaxed) }
    /// The lists as they are now.
    var lists: Lists { state.withLock { $0 } }

    func use(_ middleware: @escaping EngineServer.Middleware) {
        change { Lists($0.middlewares + [middleware], $0.initialHeaders, $0.headers, $0.connectionError) }
        hasMiddlewares.store(true, ordering: .releasing)
    }

    func onInitialHeaders(_ handler: @escaping HeaderHandler) {
        change { Lists($0.middlewares, $0.initialHeaders + [handler], $0.headers, $0.connectionError) }
        hasHeaders.store(true, ordering: .releasing)
    }

    func onHeaders(_ handler: @escaping HeaderHandler) {
        change { Lists($0.middlewares, $0.initialHeaders, $0.headers + [handler], $0.connectionError) }
        hasHeaders.store(true, ordering: .releasing)
    }

    func onConnectionError(_ handler: @escaping @Sendable (ConnectionError) -> Void) {
        change { Lists($0.middlewares, $0.initialHeaders, $0.headers, $0.connectionError + [handler]) }
    }

    private func change(_ make: (Lists) -> Lists) {
        state.withLock { $0 = make($0) }
    }
}
