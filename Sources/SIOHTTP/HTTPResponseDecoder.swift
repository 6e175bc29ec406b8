package import SIOBytes

/// Finds the response to one request in the bytes of a connection, as a client sees them (RFC 9112).
///
/// As strict as ``HTTPRequestDecoder``. Behind `.end` it finds nothing more; for the next request a new decoder is made.
/// Bytes that are unread then, though no other request was sent, mean that the server is out of step.
package struct HTTPResponseDecoder: StreamDecoder {
    package enum Event: Equatable, Sendable {
        /// A response 1xx other than 101; the final one is still to come.
        case informational(HTTPResponse)
        /// The final response's status and header fields, or those of a 101; its body is empty yet.
        case head(HTTPResponse)
        /// Bytes of the body, as a range of the window, without chunked coding.
        case body(Range<Int>)
        /// The response is complete. After a 101, or a 2xx to `CONNECT`, the unread bytes belong to the new protocol.
        case end
    }

    private enum State {
        /// A head is next or under way. Becomes `body`, or stays behind a 1xx.
        case head
        /// A body, empty perhaps, is next. Becomes `complete`.
        case body(BodyDecoder)
        /// Terminal: the response was delivered.
        case complete
    }

    private let limits: HTTPLimits
    private let method: HTTPMethod
    private var state = State.head
    private var lines = LineScanner()
    private var fields: FieldSectionDecoder
    private var headers = HTTPHeaders()
    private var status: (HTTPStatus, minorVersion: Int)?
    private var informationalResponses = 0
    /// Whether the connection can carry another request, once the response is complete (RFC 9112 §9.3).
    package private(set) var keepsAlive = false

    /// A decoder for the response to a request of that method.
    package init(method: HTTPMethod, limits: HTTPLimits = HTTPLimits()) {
        self.method = method
        self.limits = limits
        fields = FieldSectionDecoder(limits: limits)
    }

    /// Whether the response was delivered whole.
    package var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    /// Whether nothing of a response has arrived.
    package var isIdle: Bool {
        if case .head = state { informationalResponses == 0 && lines.seen == 0 } else { false }
    }

    /// The connection has ended; ``next(in:from:)`` may find the event `.end` now.
    ///
    /// - Throws: `prematureEnd` if a response was under way that does not end with the connection, or none had begun.
    package mutating func receiveEnd() throws(HTTPError) {
        switch state {
        case .head:
            throw .prematureEnd
        case .body(var body):
            try body.receiveEnd()
            state = .body(body)
        case .complete:
            break
        }
    }

    package mutating func next(
        in window: inout MutableRawSpan, from offset: Int
    ) throws(HTTPError) -> Step<Event>? {
        switch state {
        case .head:
            return try nextHead(in: window.bytes, from: offset)
        case .body(var body):
            guard let step = try body.next(in: window.bytes, from: offset) else {
                state = .body(body)
                return nil
            }
            switch step.event {
            case .bytes(let range):
                state = .body(body)
                return Step(.body(range), end: step.end)
            case .end:
                state = .complete
                return Step(.end, end: step.end)
            }
        case .complete:
            return nil
        }
    }

    private mutating func nextHead(
        in bytes: borrowing RawSpan, from offset: Int
    ) throws(HTTPError) -> Step<Event>? {
        guard let (status, minorVersion) = try nextStatusLine(in: bytes, from: offset),
            try fields.next(in: bytes, from: offset, lines: &lines, into: &headers)
        else { return nil }
        let response = HTTPResponse(status: status, headers: headers)
        let end = offset + lines.parsed
        let length = try response.headers.bodyLength(minorVersion: minorVersion)
        lines = LineScanner()
        fields = FieldSectionDecoder(limits: limits)
        headers = HTTPHeaders()
        self.status = nil
        if status.code < 200, status != .switchingProtocols {
            guard informationalResponses < limits.maxInformationalResponses else {
                throw .tooManyInformationalResponses
            }
            informationalResponses += 1
            return Step(.informational(response), end: end)
        }
        let isTunnel = status == .switchingProtocols || method == .connect && status.code < 300
        let hasBody = !(isTunnel || status.hasNoBody || method == .head)
        state = .body(BodyDecoder(hasBody ? length ?? .untilEnd : .bytes(0), limits: limits))
        keepsAlive =
            !isTunnel && !response.headers.containsToken("close", in: "Connection")
            && (minorVersion > 0 || response.headers.containsToken("keep-alive", in: "Connection"))
            && (length != nil || !hasBody)
        return Step(.head(response), end: end)
    }

    private mutating func nextStatusLine(
        in bytes: borrowing RawSpan, from offset: Int
    ) throws(HTTPError) -> (HTTPStatus, minorVersion: Int)? {
        if status == nil {
            guard
                let line = try lines.next(
                    in: bytes, from: offset, limit: limits.maxRequestLine, tooLong: .requestLineTooLong)
            else { return nil }
            status = try Self.parse(bytes.extracting(line))
        }
        return status
    }

    /// Reads `version SP 3DIGIT [ SP phrase ]`; servers forget the space where they have no phrase.
    private static func parse(_ line: borrowing RawSpan) throws(HTTPError) -> (HTTPStatus, minorVersion: Int) {
        guard line.byteCount >= 12, line[8] == .space,
            line.byteCount == 12 || line[12] == .space,
            let code = try line.extracting(9..<12).decimal(), (100...599).contains(code)
        else { throw .invalidStatusLine }
        let minorVersion = try httpMinorVersion(line.extracting(0..<8), malformed: .invalidStatusLine)
        let phrase = line.extracting(min(13, line.byteCount)..<line.byteCount)
        for index in 0..<phrase.byteCount where !phrase[index].isFieldCharacter { throw .invalidStatusLine }
        return (HTTPStatus(code, reasonPhrase: phrase.string), minorVersion)
    }
}
