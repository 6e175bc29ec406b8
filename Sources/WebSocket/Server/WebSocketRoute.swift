import SIOHTTP
import SIONet
import SIOWebSocket

/// Answers the requests of one path: decides on each, and hands WebSockets to the handler.
final class WebSocketRoute<Context: Sendable>: HTTPHandler {
    /// Who decides on clients.
    enum Admission: Sendable {
        /// Nobody.
        case open(Context)
        /// The application.
        case asking(@Sendable (WebSocketServer.Request) async throws -> Context)
    }

    /// What the application has decided.
    private enum Decision: Sendable {
        case admitted(Context)
        case refused(HTTPResponse)
    }

    private let core: WebSocketServerCore
    private let subprotocols: [String]
    private let admission: Admission
    private let handler: @Sendable (WebSocket, Context) async throws -> Void

    init(
        _ core: WebSocketServerCore, _ subprotocols: [String], _ admission: Admission,
        _ handler: @escaping @Sendable (WebSocket, Context) async throws -> Void
    ) {
        self.core = core
        self.subprotocols = subprotocols
        self.admission = admission
        self.handler = handler
    }

    func began(_ exchange: HTTPExchange) {
        exchange.bodyLimit = 0
        guard exchange.request.method != .get else { return }
        var response = HTTPResponse.text("Method Not Allowed\n", status: .methodNotAllowed)
        response.headers.add("Allow", "GET")
        exchange.respond(response)
    }

    func handle(_ exchange: HTTPExchange) {
        guard exchange.request.wantsUpgrade(to: "websocket") else {
            var response = HTTPResponse.text("Upgrade Required\n", status: .upgradeRequired)
            response.headers.add("Upgrade", "websocket")
            return exchange.respond(response)
        }
        do throws(WebSocketHandshakeError) {
            try exchange.checkWebSocketHandshake()
        } catch {
            return exchange.respond(to: error)
        }
        guard core.origins.allow(exchange.request) else {
            return exchange.refuse(.text("Origin not allowed\n", status: .forbidden))
        }
        // Counted from here on, so that what runs to decide on clients is bounded, too.
        guard core.census.enter() else { return exchange.refuseForNow() }
        switch admission {
        case .open(let context): open(exchange, context)
        case .asking(let admit): ask(admit, exchange)
        }
    }

    private func ask(
        _ admit: @escaping @Sendable (WebSocketServer.Request) async throws -> Context, _ exchange: HTTPExchange
    ) {
        let request = WebSocketServer.Request(http: exchange.request, remoteAddress: exchange.remoteAddress)
        core.shard(on: exchange.core.loop).ask(about: exchange) { [core] in
            do {
                return Decision.admitted(try await admit(request))
            } catch let refusal as WebSocketRefusal {
                return Decision.refused(refusal.response)
            } catch {
                core.report(error, request.http)
                return Decision.refused(.text("Internal Server Error\n", status: .internalServerError))
            }
        } then: { [self] exchange, decision in
            switch decision {
            case .admitted(let context): open(exchange, context)
            case .refused(let response):
                core.census.leave()
                exchange.refuse(response)
            }
        }
    }

    private func open(_ exchange: HTTPExchange, _ context: Context) {
        let options = core.configuration.socket
        let request = exchange.request
        do throws(WebSocketHandshakeError) {
            let upgrade = try exchange.acceptWebSocket(
                limits: options.limits, subprotocols: .oneOf(subprotocols), deflate: options.perMessageDeflate,
                closeTimeout: options.closeTimeout)
            guard let upgrade else { return core.census.leave() }
            begin(WebSocket(upgrade.channel, options, request: request, subprotocol: upgrade.subprotocol), context)
        } catch {
            core.census.leave()
            exchange.respond(to: error)
        }
    }

    private func begin(_ socket: WebSocket, _ context: Context) {
        core.shard(on: socket.driver.loop).begin(socket.driver) { [core, handler] in
            do {
                try await handler(socket, context)
                await socket.close()
            } catch {
                core.report(error, socket.request)
                await socket.close(error is CancellationError ? .goingAway : .internalError)
            }
        }
    }
}

extension WebSocketRoute.Admission where Context == Void {
    /// Nobody decides.
    static var open: Self { .open(()) }
}
