import SIOHTTP
import SIONet

/// A session's requests of HTTP long-polling: one GET that is held, and one POST, at a time.
extension EngineSession {
    /// A request that waits for its answer.
    struct Held {
        var exchange: HTTPExchange
        var headers: HTTPHeaders
    }

    /// The requests of polling that wait.
    final class Requests {
        /// The GET that is held.
        var poll: Held?
        /// The POST whose body is arriving, or is being read.
        var post: Held?
        /// What counts the POSTs' messages; nil where they are not limited.
        var meter: ClientMeter?
    }

    func pollArrived(_ exchange: HTTPExchange, headers: HTTPHeaders) {
        switch machine.pollArrived(now: core.now) {
        case .respond(let payload):
            respond(Held(exchange: exchange, headers: headers), payload)
            delegate?.sessionDrained()
            settleWaits()
        case .hold:
            requests?.poll = Held(exchange: exchange, headers: headers)
            exchange.aborted = { [weak self, unowned exchange] in
                guard let self, requests?.poll?.exchange === exchange else { return }
                requests?.poll = nil
                machine.pollAborted(now: core.now)
                drain()
            }
        case .overlap:
            exchange.respond(HTTPResponse(status: .badRequest, headers: headers))
        case .refuse(let error):
            exchange.respond(error.response(headers))
        }
        drain()
    }

    func postArrived(_ exchange: HTTPExchange, headers: HTTPHeaders) {
        let type = exchange.request.headers["Content-Type"]
        let isBinary = type.map { $0.lowercased().hasPrefix("application/octet-stream") } ?? false
        switch machine.postArrived(isBinary: isBinary, now: core.now) {
        case .accept:
            requests?.post = Held(exchange: exchange, headers: headers)
            exchange.aborted = { [weak self, unowned exchange] in
                guard let self, requests?.post?.exchange === exchange else { return }
                requests?.post = nil
                machine.postAborted(now: core.now)
                drain()
            }
            exchange.oversized = { [weak self, unowned exchange] in
                guard let self, requests?.post?.exchange === exchange else { return }
                requests?.post = nil
                exchange.aborted = nil
                machine.postRejected()
                shard.limits.report(.maxHttpBufferSize, Double(shard.maxPayload), self)
            }
        case .overlap, .invalidContent:
            exchange.respond(HTTPResponse(status: .badRequest, headers: headers))
        case .refuse(let error):
            exchange.respond(error.response(headers))
        }
        drain()
    }

    /// The whole of a POST is there.
    func postCompleted(_ exchange: HTTPExchange, headers: HTTPHeaders) {
        // One that is not the session's any more gets no answer, as if its head came now.
        guard requests?.post?.exchange === exchange, !exchange.isAnswered else { return exchange.abort() }
        let meter = requests?.meter
        if meter?.holdsBack(exchange, headers: headers) == true { return }
        let body = machine.dialect.payload(ofPost: exchange.request.body)
        _ = meter?.count(messages: 0, bytes: body.count)
        exchange.request.body = []
        exchange.aborted = nil
        while true {
            switch machine.nextPacket(ofPost: body.span.bytes, now: core.now) {
            case .message(let range):
                if let meter, !meter.count(messages: 1, bytes: 0) { continue }
                delegate?.received(text: body.span.bytes.extracting(range))
                continue
            case .binary(let bytes):
                if let meter, !meter.count(messages: 1, bytes: 0) { continue }
                delegate?.received(binary: bytes.span.bytes)
                continue
            case .ok:
                var response = HTTPResponse(headers: headers, body: Array("ok".utf8))
                response.headers.add(own: "Content-Type", "text/html")
                response.headers.add(own: "Cache-Control", "no-store")
                exchange.respond(response)
            case .abort:
                exchange.abort()
            }
            break
        }
        requests?.post = nil
        drain()
    }

    private func respond(_ held: Held, _ payload: [UInt8]) {
        // Old Internet Explorers would take the payload for a script that was injected.
        let agent = held.exchange.request.headers["User-Agent"] ?? ""
        let isOld = agent.utf8.count > 8 && (agent.contains(";MSIE") || agent.contains("Trident/"))
        let answer = machine.dialect.answer(payload, to: held.exchange.request)
        var response = HTTPResponse(headers: held.headers, body: answer.body)
        response.headers.add(own: "Content-Type", answer.type)
        response.headers.add(own: "Cache-Control", "no-store")
        if isOld { response.headers.add(own: "X-XSS-Protection", "0") }
        // The answer to the opening request is one of the engine's own, and short; so is one that says nothing.
        if waiting.mayBeCompressed {
            shard.httpCompression?.apply(
                to: &response, request: held.exchange.request, pool: core.compression.pool)
        }
        forgetWhatLeft()
        held.exchange.respond(response)
    }

    func respondPoll(_ payload: [UInt8]) {
        guard let poll = requests?.poll else { return }
        requests?.poll = nil
        respond(poll, payload)
        delegate?.sessionDrained()
        settleWaits()
    }
}
