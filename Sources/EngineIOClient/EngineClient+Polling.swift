import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIONet

/// Polling: GETs and POSTs (EIO4 "HTTP long-polling").
extension EngineClient {
    func sendPoll() {
        beginOpening()
        poll = send(.get, []) { [self] result in
            poll = nil
            switch result {
            case .success(let response): read(response.body)
            case .failure(let error):
                failure = error
                machine.pollFailed(now: core.now)
            }
            drain()
        }
    }

    func send(post payload: [UInt8]) {
        postedBytes = payload.count
        post = send(.post, payload) { [self] result in
            post = nil
            postedBytes = 0
            switch result {
            case .success: machine.postCompleted(now: core.now)
            case .failure(let error):
                failure = error
                machine.postFailed(now: core.now)
            }
            drain()
            if machine.isOpen, bufferedBytes == 0 { delegate?.drained() }
            left()
        }
    }

    /// Gives up the requests that are underway.
    func abortRequests() {
        poll?.abort()
        poll = nil
        post?.abort()
        post = nil
        postedBytes = 0
    }

    private func send(
        _ method: HTTPMethod, _ body: [UInt8],
        completion: @escaping (Result<HTTPResponse, EngineClientError>) -> Void
    ) -> HTTPClientTask? {
        let url = requests.url(.polling, id: machine.id, using: &core.random)
        var headers = requests.headers(.polling, cookies: cookies(for: url))
        if method == .post { headers["Content-Type"] = "text/plain;charset=UTF-8" }
        let request = HTTPRequest(method: method, target: url.target, headers: headers, body: body)
        let phase: EngineClientError.Phase = method == .get ? .poll : .post
        return http.send(request, bodyLimit: options.maxResponseSize, timeout: options.requestTimeout) {
            [self] result in
            switch result {
            case .success(let response):
                store(response.headers, from: url)
                let isFine = response.status == .ok
                completion(isFine ? .success(response) : .failure(EngineClientError(response, phase)))
            case .failure(let error):
                completion(.failure(EngineClientError(error, phase)))
            }
        }
    }

    private func read(_ body: [UInt8]) {
        while true {
            let step = machine.nextPacket(ofPoll: body.span.bytes, now: core.now)
            // The handshake in front of a message is told before it.
            drain()
            switch step {
            case .message(let range): delegate?.received(text: body.span.bytes.extracting(range))
            case .binary(let bytes): delegate?.received(binary: bytes.span.bytes)
            case .finished: return
            }
        }
    }

    // MARK: Cookies

    /// What the jar has for a request.
    func cookies(for url: HTTPURL) -> String? {
        options.withCredentials ? memory.cookies.header(for: url, now: core.unixTime) : nil
    }

    /// Puts what a response sets into the jar.
    func store(_ headers: HTTPHeaders, from url: HTTPURL) {
        if options.withCredentials { memory.cookies.store(headers, from: url, now: core.unixTime) }
    }
}
