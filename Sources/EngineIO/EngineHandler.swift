import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIONet
import SIOWebSocket

/// Takes the engine's requests: finds the session, on whatever loop it lives, and hands them over.
final class EngineHandler: HTTPHandler {
    private let server: EngineServer
    private let shards: [LoopBound<EngineShard>]
    private let directory: SessionDirectory

    init(server: EngineServer, shards: [LoopBound<EngineShard>], directory: SessionDirectory) {
        self.server = server
        self.shards = shards
        self.directory = directory
    }

    /// Brings the request to its session's loop.
    ///
    /// A POST is the session's from its head on: a second one may come before the first one's body is complete.
    func began(_ exchange: HTTPExchange) {
        exchange.bodyLimit = server.configuration.maxHttpBufferSize
        let request = Self.request(of: exchange)
        guard let sid = request.sid else { return }
        guard let session = shard(of: exchange).session(sid) else {
            if let loop = directory.loop(of: sid), loop !== exchange.core.loop { exchange.move(to: loop) }
            return
        }
        if request.verify(session: session.transport, server.protocolConfiguration) == .post {
            session.postArrived(exchange, headers: headers(for: exchange.request))
        }
    }

    func handle(_ exchange: HTTPExchange) {
        if exchange.request.method == .options, let cors = server.configuration.cors {
            return exchange.respond(cors.preflight(exchange.request))
        }
        let shard = shard(of: exchange)
        let request = Self.request(of: exchange)
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
        do throws(EngineError) {
            _ = try request.negotiate(server.protocolConfiguration)
        } catch {
            return refuse(error, exchange, headers)
        }
        switch transport {
        case .polling:
            guard let session = shard.open(transport, exchange) else { return exchange.abort() }
            session.pollArrived(exchange, headers: headers)
            server.opened(session)
        case .websocket:
            guard let channel = channel(exchange, headers) else { return }
            guard let session = shard.open(transport, exchange) else { return channel.abort() }
            session.open(on: channel)
            server.opened(session)
        }
    }

    private func upgrade(_ session: EngineSession, _ exchange: HTTPExchange, _ headers: HTTPHeaders) {
        guard let channel = channel(exchange, headers) else { return }
        session.webSocketArrived(channel)
    }

    private func channel(_ exchange: HTTPExchange, _ headers: HTTPHeaders) -> WebSocketChannel? {
        var limits = WebSocketLimits()
        limits.maxMessageSize = server.configuration.maxHttpBufferSize
        limits.maxFrameSize = server.configuration.maxHttpBufferSize
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

    /// What every response to the request carries.
    private func headers(for request: HTTPRequest) -> HTTPHeaders {
        var headers = HTTPHeaders()
        server.configuration.cors?.addHeaders(to: &headers, origin: request.headers["Origin"])
        return headers
    }

    private func shard(of exchange: HTTPExchange) -> EngineShard {
        shards[exchange.core.loop.index].value
    }

    private static func request(of exchange: HTTPExchange) -> EngineRequest {
        let request = exchange.request
        return EngineRequest(
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
