import FuzzDriver
import SIOBytes
import SIOHTTP
import SIOWebSocket

/// A server's stream as the client's drivers read it.
protocol Stream {
    init(_ client: Client, hasSmallLimits: Bool)
    var client: Client { get }
    /// Takes the chunks, and the end of the stream.
    mutating func read(_ chunks: [[UInt8]])
}

/// Polling: the answers to all requests, in their order, as if there were one connection.
struct PollingStream: Stream {
    private(set) var client: Client
    private let limits: HTTPLimits
    private var decoder: HTTPResponseDecoder?
    private var status = HTTPStatus.ok
    private var body: [UInt8] = []
    private var isOver = false

    init(_ client: Client, hasSmallLimits: Bool) {
        self.client = client
        var limits = HTTPLimits()
        limits.maxBodySize = 4096
        if hasSmallLimits {
            limits.maxRequestLine = 40
            limits.maxHeaderBytes = 100
            limits.maxHeaderCount = 4
            limits.maxBodySize = 200
            limits.maxChunkLine = 6
            limits.maxChunkExtensions = 8
            limits.maxInformationalResponses = 1
        }
        self.limits = limits
    }

    mutating func read(_ chunks: [[UInt8]]) {
        do throws(HTTPError) {
            var rest = try feed(chunks) { (window, offset) throws(HTTPError) in
                try next(in: &window, from: offset)
            }
            try decoder?.receiveEnd()
            rest = try feed([rest]) { (window, offset) throws(HTTPError) in
                try next(in: &window, from: offset)
            }
            isOver = true
            client.note(.other("the end"))
            end()
        } catch {
            client.note(.other(error.rawValue))
            isOver = true
            end()
        }
        client.finish()
    }

    private mutating func next(in window: inout MutableRawSpan, from offset: Int) throws(HTTPError) -> Int? {
        // Bytes that nobody asked for, and those behind the last response of a connection, are dropped.
        guard !isOver, let request = client.requests.first else { return nil }
        if decoder == nil {
            guard offset < window.byteCount else { return nil }
            decoder = HTTPResponseDecoder(method: request.isPost ? .post : .get, limits: limits)
        }
        guard let step = try decoder?.next(in: &window, from: offset) else { return nil }
        switch step.event {
        case .informational(let response): client.note(.response(response))
        case .head(let response):
            client.note(.response(response))
            status = response.status
        case .body(let range):
            precondition(range.lowerBound >= offset && range.upperBound == step.end && !range.isEmpty)
            body += window.bytes.extracting(range).array
            precondition(body.count <= limits.maxBodySize, "a body beyond its limit")
        case .end:
            isOver = decoder?.keepsAlive != true
            decoder = nil
            let body = self.body
            self.body = []
            client.requests.removeFirst()
            answered(request.isPost, body)
        }
        return step.end
    }

    private mutating func answered(_ isPost: Bool, _ body: [UInt8]) {
        if isPost { client.posted(isFine: status == .ok) } else { client.polled(body, isFine: status == .ok) }
    }

    /// Requests that are not answered fail.
    private mutating func end() {
        while !client.requests.isEmpty, !client.session.isClosed {
            status = .badRequest
            answered(client.requests.removeFirst().isPost, [])
        }
    }
}

/// A WebSocket that is open.
struct WebSocketStream: Stream {
    private(set) var client: Client
    private var decoder: WebSocketDecoder

    init(_ client: Client, hasSmallLimits: Bool) {
        self.client = client
        let size = hasSmallLimits ? 200 : 4096
        decoder = WebSocketDecoder(
            role: .client, limits: WebSocketLimits(maxMessageSize: size, maxFrameSize: size, maxFragments: 8))
    }

    mutating func read(_ chunks: [[UInt8]]) {
        do throws(WebSocketError) {
            _ = try feed(chunks) { (window, offset) throws(WebSocketError) in
                guard let step = try decoder.next(in: &window, from: offset) else { return nil }
                received(step.event, window.bytes)
                return step.end
            }
            client.webSocketEnded(isFault: false)
        } catch {
            client.note(.other(error.reason))
            client.webSocketEnded(isFault: true)
        }
        client.finish()
    }

    private mutating func received(_ event: WebSocketEvent, _ window: RawSpan) {
        switch event {
        case .message(let kind, .window(let range)): received(kind, window.extracting(range).array)
        case .message(let kind, .assembled(let bytes)): received(kind, bytes)
        case .ping(let range): client.note(.posts(window.extracting(range).array))
        case .pong: client.note(.other("pong"))
        case .close(let frame):
            client.note(.other(frame.reason, Int(frame.code?.rawValue ?? 0)))
            client.webSocketEnded(isFault: false)
        case .fragment: break
        case .compressed: preconditionFailure("nobody agreed on compression")
        }
    }

    private mutating func received(_ kind: WebSocketMessageKind, _ bytes: [UInt8]) {
        switch kind {
        case .text: client.webSocketReceived(text: bytes)
        case .binary: client.webSocketReceived(binary: bytes)
        }
    }
}
