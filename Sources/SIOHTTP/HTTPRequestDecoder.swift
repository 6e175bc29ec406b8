package import SIOBytes

/// Finds requests in the bytes of a connection, as a server sees them (RFC 9112).
///
/// It is strict: what two readers could understand differently is refused, because request smuggling lives on such
/// differences. After an error it must not be asked again.
package struct HTTPRequestDecoder: StreamDecoder {
    package enum Event: Equatable, Sendable {
        /// A request's line and header fields; its body is empty yet.
        case head(HTTPRequest)
        /// Bytes of the body, as a range of the window, without chunked coding.
        case body(Range<Int>)
        /// The request is complete. The step may be empty.
        case end
    }

    private enum State {
        /// A head is next or under way. Becomes `body`.
        case head
        /// A body, empty perhaps, is next. Becomes `head`.
        case body(BodyDecoder)
    }

    private let limits: HTTPLimits
    private var state = State.head
    private var lines = LineScanner()
    private var requestLine: RequestLine?
    private var fields: FieldSectionDecoder
    private var headers = HTTPHeaders()
    private var skippedEmptyLine = false

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        fields = FieldSectionDecoder(limits: limits)
    }

    /// Whether a head has begun and is not complete.
    package var isReadingHead: Bool {
        if case .head = state { lines.seen > (skippedEmptyLine ? 2 : 0) } else { false }
    }

    /// Whether a head was delivered and its request is not complete.
    package var isReadingBody: Bool {
        if case .body = state { true } else { false }
    }

    /// Whether the current request has a body of which nothing has arrived.
    package var awaitsBody: Bool {
        if case .body(let body) = state { body.expectsBytes && !body.hasBegun } else { false }
    }

    /// Chooses another limit for the current request's body, in bytes.
    ///
    /// - Precondition: A head was delivered, and its request is not complete.
    /// - Throws: `bodyTooLarge` if it is known already that the body is larger.
    package mutating func setBodyLimit(_ limit: Int) throws(HTTPError) {
        guard case .body(var body) = state else { preconditionFailure("no request is under way") }
        try body.setLimit(limit)
        state = .body(body)
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
                state = .head
                return Step(.end, end: step.end)
            }
        }
    }

    private mutating func nextHead(
        in bytes: borrowing RawSpan, from offset: Int
    ) throws(HTTPError) -> Step<Event>? {
        guard try readRequestLine(in: bytes, from: offset),
            try fields.next(in: bytes, from: offset, lines: &lines, into: &headers),
            let line = requestLine.take()
        else { return nil }
        let end = offset + lines.parsed
        let request = try Self.request(line, exchange(&headers, with: HTTPHeaders()))
        let length = try request.headers.bodyLength(minorVersion: request.minorVersion) ?? .bytes(0)
        state = .body(BodyDecoder(length, limits: limits))
        lines = LineScanner()
        fields = FieldSectionDecoder(limits: limits)
        skippedEmptyLine = false
        return Step(.head(request), end: end)
    }

    /// Reads the request line, unless that is done.
    ///
    /// - Returns: Whether it is there.
    private mutating func readRequestLine(in bytes: borrowing RawSpan, from offset: Int) throws(HTTPError) -> Bool {
        while requestLine == nil {
            let start = offset + lines.parsed
            guard start < bytes.byteCount else { return false }
            // A TLS client that knocks at a plain port is refused at its first byte.
            guard bytes[start].isTokenCharacter || bytes[start] == .carriageReturn && !skippedEmptyLine else {
                throw .invalidRequestLine
            }
            guard
                let line = try lines.next(
                    in: bytes, from: offset, limit: limits.maxRequestLine, tooLong: .requestLineTooLong)
            else { return false }
            if line.isEmpty {
                // RFC 9112 §2.2: some clients send one empty line too many behind a body.
                skippedEmptyLine = true
            } else {
                requestLine = try RequestLine(bytes.extracting(line))
            }
        }
        return true
    }

    /// Checks what line and fields must be together.
    @inline(__always)
    private static func request(
        _ line: consuming RequestLine, _ fields: consuming HTTPHeaders
    ) throws(HTTPError) -> HTTPRequest {
        var headers = fields
        if let host = headers.first(own: "Host") {
            guard headers.first(own: "Host", from: host.end) == nil,
                headers.storage.rawSpan.extracting(host.value).isAuthority(portRequired: false)
            else { throw .invalidHost }
        } else if line.minorVersion > 0 {
            throw .missingHost
        }
        // RFC 9112 §3.2.2: what the absolute form says replaces what `Host` says.
        if let authority = line.authority { headers["Host"] = authority }
        // RFC 9110 §10.1.1: HTTP/1.0 does not know the field.
        if line.minorVersion > 0, let expect = headers.first(own: "Expect") {
            guard headers.first(own: "Expect", from: expect.end) == nil,
                headers.storage.rawSpan.extracting(expect.value).equalsIgnoringCase("100-continue")
            else { throw .unsupportedExpectation }
        }
        return HTTPRequest(
            method: line.method, target: line.target, minorVersion: line.minorVersion, headers: headers)
    }
}
