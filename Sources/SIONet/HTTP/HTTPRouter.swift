import SIOBytes
import SIOHTTP
import Synchronization

/// Which handler answers which path.
final class HTTPRouter: Sendable {
    private struct Route {
        var path: [UInt8]
        var exactly: Bool
        var handler: any HTTPHandler

        /// Whether the path in front of a target's query is this one, or begins with it.
        func fits(_ target: RawSpan) -> Bool {
            let count = path.count
            guard count <= target.byteCount, target.extracting(first: count).hasSameBytes(as: path.span.bytes) else {
                return false
            }
            return !exactly || count == target.byteCount || target[count] == UInt8(ascii: "?")
        }
    }

    /// The longest path first.
    private let routes = Mutex<[Route]>([])

    func add(_ handler: any HTTPHandler, at path: String, exactly: Bool) {
        let route = Route(path: Array(path.utf8), exactly: exactly, handler: handler)
        // A handler that was there before goes behind the lock, with what it holds.
        routes.letGo { routes in
            defer { replace(route, in: &routes) }
            return routes
        }
    }

    private func replace(_ route: Route, in routes: inout [Route]) {
        routes.removeAll { $0.path == route.path && $0.exactly == route.exactly }
        let place = routes.firstIndex { $0.path.count < route.path.count } ?? routes.endIndex
        routes.insert(route, at: place)
    }

    /// The handler of the longest path that fits; one that answers 404 if none does.
    func handler(for request: HTTPRequest) -> any HTTPHandler {
        routes.withLock { routes in
            let target = request.target.utf8Span.span.bytes
            // By their places: to hand each of them out would count references.
            for place in routes.indices where routes[place].fits(target) { return routes[place].handler }
            return NotFound.shared
        }
    }
}

/// Answers 404.
private final class NotFound: HTTPHandler {
    static let shared = NotFound()

    func began(_ exchange: HTTPExchange) {
        exchange.respond(.text("Not Found\n", status: .notFound))
    }

    func handle(_ exchange: HTTPExchange) {}
}

/// Answers with what a closure makes of the request.
final class ClosureHandler: HTTPHandler {
    private let body: @Sendable (HTTPRequest) async throws -> HTTPResponse

    init(_ body: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse) {
        self.body = body
    }

    func handle(_ exchange: HTTPExchange) {
        let loop = exchange.core.loop
        guard let loop else { return }
        let bound = LoopBound(exchange, to: loop)
        let request = exchange.request
        Task(executorPreference: loop) { [body] in
            let response: HTTPResponse
            do {
                response = try await body(request)
            } catch {
                response = .text("Internal Server Error\n", status: .internalServerError)
            }
            loop.run { bound.value.respond(response) }
        }
    }
}
