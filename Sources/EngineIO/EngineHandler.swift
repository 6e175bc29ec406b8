import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIONet
import SIOWebSocket

/// Takes the engine's requests: finds the session, on whatever loop it lives, and hands them over.
final class EngineHandler: HTTPHandler {
    private let server: EngineServer
    private let shards: [LoopBound<EngineShard>]
    private let tables: [SessionTable]
    private let cors: CORS?
    private let limits: WebSocketLimits

    init(server: EngineServer, shards: [LoopBound<EngineShard>], tables: [SessionTable]) {
        self.server = server
        self.shards = shards
        self.tables = tables
        let size = server.configuration.maxHttpBufferSize
        cors = server.configuration.cors
        limits = WebSocketLimits(maxMessageSize: size, maxFrameSize: size)
    }

    /// Brings the request to its session's loop.
    ///
    /// A POST is the session's from its head on: a second one may come before the first one's body is complete.
    func began(_ exchange: HTTPExchange) {
        exchange.bodyLimit = server.configuration.maxHttpBufferSize
        // A request that opens a session names none.
        guard exchange.request.queryItem("sid") != nil else { return }
        let request = EngineRequest(exchange.request)
        guard let sid = request.sid else { return }
        guard let session = shard(of: exchange).session(sid) else {
            let loop: EventLoop = exchange.core.loop
            let home = tables.first { $0.loop !== loop && $0.contains(sid) }
            if let home { exchange.move(to: home.loop) }
            return
        }
        if request.verify(session: session.transport, server.protocolConfiguration) == .post {
            session.postArrived(exchange, headers: headers(for: exchange.request))
        }
    }

    func handle(_ exchange: HTTPExchange) {
        if let cors, exchange.request.method == .options {
            return exchange.respond(cors.preflight(exchange.request))
        }
        let shard = shard(of: exchange)
        let request = EngineRequest(exchange.request)
        let session = shard.session(request.sid)
        let headers = headers(for: exchange.request)
        switch (request.verify(session: session?.transport, server.protocolConfiguration), session) {
        case (.open(let transport), _):
            open(transport, request, exchange, headers, shard)
        case (.poll, let session?):
            session.pollArrived(exchange, headers: headers)
        case (.post, let session?):
            session.postCompleted(exchange, headers: headers)
        case (.upgrade, let session?):
            upgrade(session, exchange, headers)
        case (.refuse(let error), _):
            refuse(error, exchange, headers)
        case (.unsupportedMethod, _), (.poll, nil), (.post, nil), (.upgrade, nil):
            exchange.respond(HTTPResponse(status: .internalServerError, headers: headers))
        }
    }

    // MARK: Sessions

    private func open(
        _ transport: EngineTransport, _ request: EngineRequest, _ exchange: HTTPExchange, _ headers: HTTPHeaders,
        _ shard: EngineShard
    ) {
        let version: EngineProtocolVersion
        do throws(EngineError) {
            version = try request.negotiate(server.protocolConfiguration)
        } catch {
            return refuse(error, exchange, headers)
        }
        if let refusal = server.admission.enter(from: exchange.remoteAddress, now: exchange.core.now) {
            return refuse(refusal, transport, exchange, headers)
        }
        switch transport {
        case .polling:
            guard let session = shard.open(transport, version, exchange) else {
                server.admission.leave()
                return exchange.abort()
            }
            session.pollArrived(exchange, headers: headers)
            server.opened(session)
        case .websocket:
            guard let channel = channel(exchange, headers) else { return server.admission.leave() }
            guard let session = shard.open(transport, version, exchange) else {
                server.admission.leave()
                return channel.abort()
            }
            session.open(on: channel)
            server.opened(session)
        }
    }

    private func upgrade(_ session: EngineSession, _ exchange: HTTPExchange, _ headers: HTTPHeaders) {
        guard let channel = channel(exchange, headers) else { return }
        session.webSocketArrived(channel)
    }

    private func channel(_ exchange: HTTPExchange, _ headers: HTTPHeaders) -> WebSocketChannel? {
        do throws(WebSocketHandshakeError) {
            let channel = try exchange.upgrade(
                limits: limits, headers: headers, deflate: server.configuration.perMessageDeflate)
            channel?.connection.outboundLimit = server.configuration.maxSendBufferSize
            return channel
        } catch {
            var response = HTTPResponse.text(error.reason, status: HTTPStatus(error.status))
            for (name, value) in error.headers { response.headers.add(name, value) }
            exchange.respond(response)
            return nil
        }
    }

    // MARK: Answers

    /// Refuses a request with the error's JSON; a WebSocket handshake with 400 and the bare message, as the reference.
    private func refuse(_ error: EngineError, _ exchange: HTTPExchange, _ headers: HTTPHeaders) {
        if exchange.request.wantsUpgrade(to: "websocket") {
            var response = HTTPResponse(status: .badRequest, body: Array(error.message.utf8))
            response.headers.add("Content-Type", "text/html")
            response.headers.add("Connection", "close")
            return exchange.respond(response)
        }
        exchange.respond(error.response(headers))
    }

    /// Refuses a request that would have opened a session, because a limit is reached.
    private func refuse(
        _ refusal: Admission.Refusal, _ transport: EngineTransport, _ exchange: HTTPExchange, _ headers: HTTPHeaders
    ) {
        exchange.respond(refusal.response(headers, closes: transport == .websocket))
        let (limit, value): (EngineServer.LimitReached.Limit, Double)
        switch refusal {
        case .tooManyClients(let count): (limit, value) = (.maxClients, Double(count))
        case .tooFast(let rate, _): (limit, value) = (.handshakesPerAddress, rate.perSecond)
        case .draining: return
        }
        server.limits.report(
            EngineServer.LimitReached(
                limit: limit, value: value, sessionID: nil, transport: EngineServer.Transport(transport),
                remoteAddress: exchange.remoteAddress))
    }

    /// What every response to the request carries.
    private func headers(for request: HTTPRequest) -> HTTPHeaders {
        var headers = HTTPHeaders()
        cors?.addHeaders(to: &headers, origin: request.headers["Origin"])
        return headers
    }

    private func shard(of exchange: HTTPExchange) -> EngineShard {
        shards[exchange.core.loop.index].value
    }
}

extension EngineRequest {
    /// What the engine wants to know of a request.
    fileprivate init(_ request: HTTPRequest) {
        self.init(
            method: request.method.name,
            isUpgrade: request.wantsUpgrade(to: "websocket"),
            transport: request.queryItem("transport"),
            sid: request.queryItem("sid"),
            eio: request.queryItem("EIO"),
            origin: request.headers["Origin"]
        )
    }
}

extension EngineError {
    /// The answer to a request that is refused.
    func response(_ headers: HTTPHeaders) -> HTTPResponse {
        var body = ByteBuffer()
        appendBody(to: &body)
        var response = HTTPResponse.json(body.take(), status: HTTPStatus(status))
        for (name, value) in headers { response.headers.add(name, value) }
        return response
    }
}
