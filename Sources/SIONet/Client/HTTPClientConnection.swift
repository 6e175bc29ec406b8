import SIOBytes
package import SIOHTTP

/// HTTP on a connection, as a client speaks it: one request after the other.
package final class HTTPClientConnection: ConnectionStage, DeadlineOwner {
    /// What becomes of a response's body that is larger than its limit.
    package enum Oversize {
        /// The response is an error, and the connection ends.
        case fail
        /// The body ends there, and so does the connection.
        case cut
    }

    package typealias Completion = (Result<HTTPResponse, HTTPClientError>) -> Void

    package let connection: TCPConnection
    /// A request, and what has come of its response.
    private var exchange: Exchange?
    private let deadline = Deadline()
    /// How long the connection may wait for its next request: what it was told, or less if the server says so.
    private var idleTime: Duration
    /// Called when the connection has ended, and nothing waits for it.
    package var ended: ((HTTPClientConnection) -> Void)?
    /// Whether a byte of the latest request's response has come.
    package private(set) var hasBeenAnswered = false
    /// Whether another protocol is spoken from here on.
    private var hasSwitched = false

    private struct Exchange {
        var decoder: HTTPResponseDecoder
        var response = HTTPResponse()
        let bodyLimit: Int
        let oversize: Oversize
        let completion: Completion
    }

    /// Begins on a connection that nothing was read from.
    ///
    /// - Parameters:
    ///   - connection: Not started, or started with a stage that is done.
    ///   - idleTime: How long it may wait for its next request.
    package init(_ connection: TCPConnection, idleTime: Duration) {
        self.connection = connection
        self.idleTime = idleTime
        connection.start(self)
    }

    /// Whether the next request may be sent here.
    package var isFree: Bool {
        exchange == nil && !hasSwitched && !connection.isClosed && !connection.closesWhenDrained
            && connection.stage === self
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - request: Its fields must have a `Host`.
    ///   - bodyLimit: The bytes that the response's body may have.
    ///   - oversize: What becomes of a larger one.
    ///   - end: When the response must be there; nil if it may take forever.
    ///   - completion: Called once, in a later turn. The connection is free by then, if it is kept. A response 101 leaves it
    ///     to whoever takes it over in the call; unread bytes go to that stage.
    /// - Precondition: The connection is free.
    package func send(
        _ request: HTTPRequest, bodyLimit: Int, oversize: Oversize = .fail, until end: ContinuousClock.Instant? = nil,
        completion: @escaping Completion
    ) {
        precondition(isFree, "one request at a time")
        var limits = HTTPLimits()
        limits.maxBodySize = oversize == .fail ? bodyLimit : .max
        exchange = Exchange(
            decoder: HTTPResponseDecoder(method: request.method, limits: limits), bodyLimit: bodyLimit,
            oversize: oversize, completion: completion)
        hasBeenAnswered = false
        connection.core.set(deadline, of: self, to: end)
        connection.withScratch { HTTPRequestEncoder.append(request, into: &$0) }
    }

    /// Ends the connection; a request under way is not answered any more, and nobody is told.
    package func abort() {
        exchange = nil
        connection.abort()
    }

    // MARK: Receiving

    package func received(_ window: inout MutableRawSpan) -> Int {
        guard exchange != nil else {
            // Nobody asked: the server says goodbye, or is out of step.
            connection.abort()
            return window.byteCount
        }
        hasBeenAnswered = true
        return decode(&window)
    }

    private func decode(_ window: inout MutableRawSpan) -> Int {
        var offset = 0
        do throws(HTTPError) {
            while let step = try exchange?.decoder.next(in: &window, from: offset) {
                offset = step.end
                switch step.event {
                case .informational:
                    break
                case .head(let response):
                    exchange?.response = response
                case .body(let range):
                    guard append(window.bytes.extracting(range)) else {
                        finish(isReusable: false)
                        connection.abort()
                        return window.byteCount
                    }
                case .end:
                    return completed(at: offset, of: window.byteCount)
                }
            }
        } catch {
            fail(.invalidResponse(error))
            return window.byteCount
        }
        return offset
    }

    /// Adds to the body; false if it is full.
    private func append(_ bytes: RawSpan) -> Bool {
        // Two numbers, and no second reference to the body: it would be copied each time.
        guard let limit = exchange?.bodyLimit, let count = exchange?.response.body.count else { return false }
        let room = limit - count
        bytes.extracting(first: min(room, bytes.byteCount)).withUnsafeBytes {
            exchange?.response.body.append(contentsOf: $0)
        }
        return bytes.byteCount <= room
    }

    /// The response is there.
    ///
    /// - Returns: How much of the window was used.
    private func completed(at offset: Int, of count: Int) -> Int {
        guard let exchange else { return offset }
        if exchange.response.status == .switchingProtocols {
            switchProtocols()
            return offset
        }
        // Bytes behind a response to the only request are no response to another.
        finish(isReusable: exchange.decoder.keepsAlive && offset == count)
        return count
    }

    private func switchProtocols() {
        guard let exchange else { return }
        self.exchange = nil
        hasSwitched = true
        connection.core.set(deadline, of: self, to: nil)
        exchange.completion(.success(exchange.response))
        if connection.stage === self { connection.abort() }
    }

    private func finish(isReusable: Bool) {
        guard let exchange else { return }
        self.exchange = nil
        if let hint = Self.idleTime(by: exchange.response.headers) { idleTime = min(idleTime, hint) }
        // One that is kept for no time is not kept until the clock's next tick, either.
        if isReusable, idleTime > .zero {
            connection.core.set(deadline, of: self, to: connection.core.now + idleTime)
        } else {
            connection.closeWhenDrained()
            connection.core.set(deadline, of: self, to: nil)
        }
        exchange.completion(.success(exchange.response))
    }

    /// How long the server says that it keeps the connection (`Keep-Alive: timeout=5`), less a second: a request that is
    /// sent while the server closes is lost.
    private static func idleTime(by headers: HTTPHeaders) -> Duration? {
        for value in headers.values(of: "Keep-Alive") {
            for parameter in value.lowercased().split(separator: ",") {
                let parts = parameter.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
                if parts.count == 2, parts[0] == "timeout", let seconds = Int32(parts[1]), seconds >= 0 {
                    return .seconds(max(0, Int(seconds) - 1))
                }
            }
        }
        return nil
    }

    // MARK: The end

    package func receivedEnd() {
        guard exchange != nil else { return connection.abort() }
        do throws(HTTPError) {
            try exchange?.decoder.receiveEnd()
            var nothing = MutableRawSpan()
            _ = decode(&nothing)
        } catch {
            fail(hasBeenAnswered ? .invalidResponse(error) : .network(connection.failure))
        }
        connection.abort()
    }

    package func closed() {
        connection.core.set(deadline, of: self, to: nil)
        let exchange = self.exchange
        self.exchange = nil
        let ended = self.ended
        self.ended = nil
        ended?(self)
        guard let exchange else { return }
        let isCut = hasBeenAnswered && connection.tlsFailure == nil
        exchange.completion(.failure(isCut ? .invalidResponse(.prematureEnd) : .network(connection.failure)))
    }

    package func deadlineReached(now: ContinuousClock.Instant) {
        guard exchange != nil else { return connection.closeWhenDrained() }
        fail(.network(NetworkError(.timedOut, "the server did not answer in time")))
    }

    private func fail(_ error: HTTPClientError) {
        let exchange = self.exchange
        self.exchange = nil
        connection.abort()
        exchange?.completion(.failure(error))
    }
}
