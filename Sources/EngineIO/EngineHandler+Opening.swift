import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIONet
import SIOWebSocket

/// How sessions begin, and how requests are refused.
extension EngineHandler {
    /// What came of a handshake.
    private enum Opening: Sendable {
        /// A session of this version, with an id of the application's if it makes them.
        case agreed(EngineProtocolVersion, name: String?)
        /// None.
        case refused(EngineError, (any Error)?)
    }

    /// Opens a session, if the application lets it.
    func open(
        _ transport: EngineTransport, _ passage: Passage, _ exchange: HTTPExchange, _ headers: HTTPHeaders
    ) {
        guard asksAboutSessions else {
            do throws(EngineError) {
                let version = try passage.request.negotiate(versions)
                return open(transport, passage.request.dialect(version), nil, exchange, headers)
            } catch {
                return refuse(error, nil, exchange, headers)
            }
        }
        let (request, configuration) = (passage.request, server.configuration)
        let incoming = IncomingRequest(exchange)
        exchange.ask { [versions] in
            await Self.agree(request, incoming, configuration, versions)
        } then: { [self] exchange, opening in
            switch opening {
            case .agreed(let version, let name):
                open(transport, request.dialect(version), name, exchange, headers)
            case .refused(let error, let underlying): refuse(error, underlying, exchange, headers)
            }
        }
    }

    /// Asks the application, in the reference's order.
    private static func agree(
        _ request: EngineRequest, _ incoming: IncomingRequest, _ configuration: EngineServer.Configuration,
        _ versions: [EngineProtocolVersion]
    ) async -> Opening {
        if let allowRequest = configuration.allowRequest {
            do {
                if case .refuse(let message) = try await allowRequest(incoming) {
                    return .refused(.forbidden(message), nil)
                }
            } catch {
                return .refused(.forbidden(), error)
            }
        }
        let version: EngineProtocolVersion
        do throws(EngineError) {
            version = try request.negotiate(versions)
        } catch {
            return .refused(error, nil)
        }
        guard let generateID = configuration.generateID else { return .agreed(version, name: nil) }
        do {
            let name = try await generateID(incoming)
            guard SessionNames.isValid(name) else { return .refused(.idGenerationError, nil) }
            return .agreed(version, name: name)
        } catch {
            return .refused(.idGenerationError, error)
        }
    }

    /// Opens a session.
    private func open(
        _ transport: EngineTransport, _ dialect: EngineDialect, _ name: String?, _ exchange: HTTPExchange,
        _ headers: HTTPHeaders
    ) {
        let shard = shard(of: exchange)
        // The server may have been closed while the application was asked.
        guard !shard.isClosed else { return exchange.abort() }
        if let refusal = server.admission.enter(from: exchange.remoteAddress, now: exchange.core.now) {
            return refuse(refusal, transport, exchange, headers)
        }
        guard let session = begin(transport, dialect, name, exchange, headers, on: shard) else {
            return server.admission.leave()
        }
        server.opened(session)
    }

    /// Begins the session; nil if it does not begin, and the request was answered.
    private func begin(
        _ transport: EngineTransport, _ dialect: EngineDialect, _ name: String?, _ exchange: HTTPExchange,
        _ headers: HTTPHeaders, on shard: EngineShard
    ) -> EngineSession? {
        guard let key = shard.makeKey(named: name, exchange) else {
            refuse(.idGenerationError, nil, exchange, headers)
            return nil
        }
        var headers = headers
        switch transport {
        case .polling:
            if let cookie = server.configuration.cookie {
                headers.add("Set-Cookie", cookie.field(value: name ?? key.text))
            }
            amend(&headers, exchange, isInitial: true)
            guard let session = shard.open(key, transport, dialect, exchange) else {
                exchange.abort()
                return nil
            }
            session.pollArrived(exchange, headers: headers)
            return session
        case .websocket:
            amend(&headers, exchange, isInitial: true)
            guard let channel = channel(exchange, headers) else {
                shard.giveUp(key)
                return nil
            }
            guard let session = shard.open(key, transport, dialect, exchange) else {
                channel.abort()
                return nil
            }
            session.open(on: channel)
            return session
        }
    }

    /// Turns the connection into a WebSocket; nil if that is not to be, and was answered.
    func channel(_ exchange: HTTPExchange, _ headers: HTTPHeaders) -> WebSocketChannel? {
        do throws(WebSocketHandshakeError) {
            let channel = try exchange.upgrade(limits: webSocketLimits, headers: headers, deflate: deflate)
            channel?.connection.outboundLimit = maxSendBufferSize
            return channel
        } catch {
            exchange.respond(to: error)
            return nil
        }
    }

    /// Refuses a request that would have opened a session, because a limit is reached.
    private func refuse(
        _ refusal: AdmissionControl.Refusal, _ transport: EngineTransport, _ exchange: HTTPExchange,
        _ headers: HTTPHeaders
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

    /// Refuses a request with the error's JSON; a WebSocket handshake with the bare message, as the reference.
    func refuse(
        _ error: EngineError, _ underlying: (any Error)?, _ exchange: HTTPExchange, _ headers: HTTPHeaders
    ) {
        let handlers = server.hooks.lists.connectionError
        if !handlers.isEmpty {
            let report = ConnectionError(error, IncomingRequest(exchange), underlying)
            for handler in handlers { handler(report) }
        }
        if exchange.request.wantsUpgrade(to: "websocket") {
            var response = HTTPResponse(status: HTTPStatus(error.handshakeStatus), body: Array(error.message.utf8))
            response.headers.add("Content-Type", "text/html")
            response.headers.add("Connection", "close")
            return exchange.respond(response)
        }
        exchange.respond(error.response(headers))
    }
}

extension EngineRequest {
    /// How a session speaks that the request opens in this version.
    fileprivate func dialect(_ version: EngineProtocolVersion) -> EngineDialect {
        EngineDialect(version, b64: hasB64, j: hasJ)
    }
}

extension EngineError {
    fileprivate static var idGenerationError: EngineError { EngineError(.badRequest, .idGenerationError) }

    /// The answer to a request that is refused.
    func response(_ headers: HTTPHeaders) -> HTTPResponse {
        var body = ByteBuffer()
        appendBody(to: &body)
        var response = HTTPResponse.json(body.take(), status: HTTPStatus(status))
        for (name, value) in headers { response.headers.add(name, value) }
        return response
    }
}
