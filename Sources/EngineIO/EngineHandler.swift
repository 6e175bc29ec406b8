import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIONet
import SIOWebSocket
import Synchronization

/// Takes the engine's requests: finds the session, on whatever loop it lives, and hands them over.
final class EngineHandler: HTTPHandler {
    let server: EngineServer
    private let shards: [LoopBound<EngineShard>]
    private let tables: [SessionTable]
    let cors: CORS?
    // What each request and each WebSocket need of the configuration, which would be copied whole to look at it.
    let transports: [EngineTransport]
    let versions: [EngineProtocolVersion]
    let webSocketLimits: WebSocketLimits
    let deflate: PerMessageDeflate?
    let maxSendBufferSize: Int
    /// Whether the application is asked about new sessions.
    let asksAboutSessions: Bool
    /// Nil if nobody is believed.
    private let proxies: TrustedProxies?

    init(server: EngineServer, shards: [LoopBound<EngineShard>], tables: [SessionTable]) {
        self.server = server
        self.shards = shards
        self.tables = tables
        cors = server.configuration.cors?.unlessNone
        transports = server.protocolConfiguration.transports
        versions = server.protocolConfiguration.protocolVersions
        let size = server.configuration.maxHttpBufferSize
        webSocketLimits = WebSocketLimits(maxMessageSize: size, maxFrameSize: size)
        deflate = server.configuration.perMessageDeflate
        maxSendBufferSize = server.configuration.maxSendBufferSize
        asksAboutSessions = server.configuration.allowRequest != nil || server.configuration.generateID != nil
        let proxies = server.configuration.trustedProxies
        self.proxies = proxies.isNobody ? nil : proxies
    }

    /// Brings the request to its session's loop, and asks what is to be asked about it.
    ///
    /// A POST is the session's from its head on: a second one may come before the first one's body is complete.
    func began(_ exchange: HTTPExchange) {
        exchange.bodyLimit = server.configuration.maxHttpBufferSize
        proxies?.apply(to: exchange)
        let passage = exchange.withRequest { Passage(EngineRequest($0)) }
        // A request that opens a session names none.
        passage.key = passage.request.sid.flatMap(server.key)
        if let key = passage.key, shard(of: exchange).session(key) == nil {
            let loop: EventLoop = exchange.core.loop
            let home = tables.first { $0.loop !== loop && $0.contains(key) }
            if let home { return exchange.move(to: home.loop) }
        }
        exchange.attachment = passage
        if server.hooks.mustAsk || cors?.mustAsk(exchange.request) == true { return examine(exchange, passage) }
        cors?.addHeaders(to: &passage.headers, origin: passage.request.origin)
        passage.outcome = .passed
        beginPost(exchange, passage)
    }

    func handle(_ exchange: HTTPExchange) {
        guard let passage = exchange.attachment as? Passage else { return exchange.abort() }
        passage.isComplete = true
        finish(exchange, passage)
    }

    // MARK: The application's questions

    /// Asks the middlewares, and whoever decides on origins.
    private func examine(_ exchange: HTTPExchange, _ passage: Passage) {
        passage.isExamined = true
        let request = IncomingRequest(exchange)
        let middlewares = server.hooks.lists.middlewares
        exchange.ask { [cors] in
            await Passage.Findings.ask(cors, middlewares, about: request)
        } then: { [self] exchange, findings in
            guard let passage = exchange.attachment as? Passage else { return }
            passage.headers = findings.headers
            passage.isAllowed = findings.isAllowed
            passage.outcome = findings.outcome
            if case .passed = findings.outcome { beginPost(exchange, passage) }
            finish(exchange, passage)
        }
    }

    /// Goes on with a request that is whole, and of which everything is known.
    private func finish(_ exchange: HTTPExchange, _ passage: Passage) {
        guard passage.isComplete, !exchange.isAnswered, let outcome = passage.outcome else { return }
        switch outcome {
        case .passed:
            proceed(exchange, passage)
        case .answered(var response):
            response.headers.add(passage.headers)
            if exchange.request.wantsUpgrade(to: "websocket") { response.headers.add("Connection", "close") }
            exchange.respond(response)
        case .failed(let error):
            refuse(EngineError(.badRequest, .middlewareFailure), error, exchange, passage.headers)
        }
    }

    // MARK: Sessions

    /// Lets the session know of a POST whose head is there.
    private func beginPost(_ exchange: HTTPExchange, _ passage: Passage) {
        guard passage.request.method == .post, let session = session(passage, exchange),
            passage.request.verify(session: session.transport, allowing: transports) == .post
        else { return }
        session.postArrived(exchange, headers: passage.headers)
    }

    /// Does what the request asks for.
    private func proceed(_ exchange: HTTPExchange, _ passage: Passage) {
        var headers = passage.headers
        if !passage.isExamined, let cors, exchange.request.method == .options {
            if !cors.preflightContinue { return exchange.respond(cors.preflight(exchange.request, headers)) }
            cors.addPreflightHeaders(to: &headers, exchange.request)
        }
        let session = session(passage, exchange)
        let verdict = passage.request.verify(session: session?.transport, allowing: transports)
        switch (verdict, session) {
        case (.open(let transport), _):
            if transport == .websocket, !mayUseWebSocket(exchange, passage, headers) { return }
            open(transport, passage, exchange, headers)
        case (.poll, let session?):
            amend(&headers, exchange)
            session.pollArrived(exchange, headers: headers)
        case (.post, let session?):
            amend(&headers, exchange)
            session.postCompleted(exchange, headers: headers)
        case (.upgrade, let session?):
            guard mayUseWebSocket(exchange, passage, headers) else { return }
            amend(&headers, exchange)
            guard let channel = channel(exchange, headers) else { return }
            session.webSocketArrived(channel)
        case (.refuse(let error), _):
            refuse(error, nil, exchange, headers)
        case (.unsupportedMethod, _), (.poll, nil), (.post, nil), (.upgrade, nil):
            exchange.respond(HTTPResponse(status: .internalServerError, headers: headers))
        }
    }

    /// Refuses a WebSocket to a page that may not use it.
    private func mayUseWebSocket(
        _ exchange: HTTPExchange, _ passage: Passage, _ headers: HTTPHeaders
    ) -> Bool {
        guard let origin = passage.request.origin else { return true }
        let origins = server.configuration.webSocketOrigins
        if origins.allow(exchange.request, origin: origin, isAllowed: passage.isAllowed, cors) { return true }
        server.refusedOrigins.add(1, ordering: .relaxed)
        refuse(.originNotAllowed(origin), nil, exchange, headers)
        return false
    }

    private func session(_ passage: Passage, _ exchange: HTTPExchange) -> EngineSession? {
        // A name that the application gave may have been nobody's at the request's head.
        guard let key = passage.key ?? passage.request.sid.flatMap(server.key) else { return nil }
        passage.key = key
        return shard(of: exchange).session(key)
    }

    func shard(of exchange: HTTPExchange) -> EngineShard {
        shards[exchange.loopIndex].value
    }

    // MARK: Headers

    /// Lets the application change the headers of an answer of a session.
    func amend(_ headers: inout HTTPHeaders, _ exchange: HTTPExchange, isInitial: Bool = false) {
        guard server.hooks.seesHeaders else { return }
        let lists = server.hooks.lists
        let request = IncomingRequest(exchange)
        if isInitial { for handler in lists.initialHeaders { handler(&headers, request) } }
        for handler in lists.headers { handler(&headers, request) }
    }
}
