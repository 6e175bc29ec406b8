import SIOBytes
import SIOHTTP
import TestSupport
import Testing

@Suite struct HTTPResponseDecoderTests {
    private static func ok(_ headers: HTTPHeaders = [:]) -> Found {
        .response(HTTPResponse(headers: headers))
    }

    static let good: [Row<(HTTPMethod, [Found], String)>] = [
        Row(
            "counted", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            (.get, [ok(["Content-Length": "5"]), .body("hello"), .end], "")),
        Row("empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", (.get, [ok(["Content-Length": "0"]), .end], "")),
        Row(
            "chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n",
            (.get, [ok(["Transfer-Encoding": "chunked"]), .body("hello"), .end], "")),
        Row("until the end", "HTTP/1.1 200 OK\r\n\r\nhello", (.get, [ok(), .body("hello")], "")),
        Row("until the end in 1.0", "HTTP/1.0 200 OK\r\n\r\nhello", (.get, [ok(), .body("hello")], "")),
        Row(
            "no phrase", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", (.get, [ok(["Content-Length": "0"]), .end], "")),
        Row(
            "no phrase and no space", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
            (.get, [ok(["Content-Length": "0"]), .end], "")),
        Row(
            "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP",
            (.head, [ok(["Content-Length": "5"]), .end], "HTTP")),
        Row(
            "HEAD, chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            (.head, [ok(["Transfer-Encoding": "chunked"]), .end], "")),
        Row("204", "HTTP/1.1 204 No\r\n\r\nx", (.get, [.response(.empty(.noContent)), .end], "x")),
        Row(
            "304 with a length", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n",
            (.get, [.response(HTTPResponse(status: .notModified, headers: ["Content-Length": "5"])), .end], "")),
        Row(
            "1xx in front",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny",
            (
                .post,
                [
                    .informational(.empty(HTTPStatus(100))),
                    .informational(HTTPResponse(status: HTTPStatus(103), headers: ["Link": "x"])),
                    ok(["Content-Length": "1"]), .body("y"), .end,
                ], ""
            )),
        Row(
            "101 leaves the rest", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\u{1}frame",
            (
                .get, [.response(HTTPResponse(status: .switchingProtocols, headers: ["Upgrade": "websocket"])), .end],
                "\u{1}frame"
            )),
        Row(
            "CONNECT leaves the rest", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntunnel",
            (.connect, [ok(["Content-Length": "3"]), .end], "tunnel")),
        Row(
            "CONNECT refused has a body", "HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nabc",
            (
                .connect,
                [.response(HTTPResponse(status: .forbidden, headers: ["Content-Length": "3"])), .body("abc"), .end], ""
            )),
        Row(
            "a second response is left", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1",
            (.get, [ok(["Content-Length": "1"]), .body("a"), .end], "HTTP/1.1")),
    ]

    @Test(arguments: good)
    func `a good response is read however it is cut`(row: Row<(HTTPMethod, [Found], String)>) {
        let (method, events, leftover) = row.expected
        for chunks in cuts(of: Array(row.text.utf8)) {
            let reading = readResponse(chunks, to: method)
            #expect(reading.events == events)
            #expect(reading.failure == nil)
            #expect(reading.leftover == Array(leftover.utf8))
        }
    }

    private static func line(_ line: String, _ error: HTTPError) -> Row<HTTPError> {
        Row(line, line + "\r\nContent-Length: 0\r\n\r\n", error)
    }

    private static func field(_ field: String, _ error: HTTPError) -> Row<HTTPError> {
        Row(field, "HTTP/1.1 200 OK\r\n" + field + "\r\n\r\n", error)
    }

    static let bad: [Row<HTTPError>] = [
        line("HTTP/1.1", .invalidStatusLine),
        line("HTTP/1.1 20", .invalidStatusLine),
        line("HTTP/1.1 2000 OK", .invalidStatusLine),
        line("HTTP/1.1 2x0 OK", .invalidStatusLine),
        line("HTTP/1.1 +20 OK", .invalidStatusLine),
        line("HTTP/1.1  200 OK", .invalidStatusLine),
        line("HTTP/1.1 099 OK", .invalidStatusLine),
        line("HTTP/1.1 600 OK", .invalidStatusLine),
        line("HTTP/1.1 200\tOK", .invalidStatusLine),
        line("HTTP/1.1 200 O\u{0}K", .invalidStatusLine),
        line("HTTP/1.1 200 O\rK", .invalidStatusLine),
        line("http/1.1 200 OK", .invalidStatusLine),
        line("HTTP/11 200 OK.", .invalidStatusLine),
        line("ICY 200 OK xyz", .invalidStatusLine),
        line("\r\nHTTP/1.1 200 OK", .invalidStatusLine),
        line("HTTP/2.0 200 OK", .unsupportedVersion),
        line("HTTP/1.1 200 OK\nX: y", .bareLineFeed),
        field("X : y", .invalidFieldName),
        field("X: y\r\n z", .lineFolding),
        field("X: \u{0}", .invalidFieldValue),
        field("Content-Length: 1\r\nContent-Length: 1", .invalidContentLength),
        field("Content-Length: 1, 1", .invalidContentLength),
        field("Content-Length: -1", .invalidContentLength),
        field("Content-Length: 9223372036854775808", .bodyTooLarge),
        field("Content-Length: 1000001", .bodyTooLarge),
        field("Content-Length: 1\r\nTransfer-Encoding: chunked", .conflictingLengths),
        field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .invalidTransferEncoding),
        field("Transfer-Encoding: gzip, chunked", .unsupportedTransferEncoding),
        field("Transfer-Encoding: identity", .invalidTransferEncoding),
        Row("chunked in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .invalidTransferEncoding),
        Row("a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\n", .invalidChunk),
        Row(
            "a 1xx with both lengths", "HTTP/1.1 100 C\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            .conflictingLengths),
        Row(
            "a 204 with both lengths", "HTTP/1.1 204 N\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            .conflictingLengths),
    ]

    @Test(arguments: bad)
    func `a bad response is refused however it is cut`(row: Row<HTTPError>) {
        let whole = readResponse(row.text)
        #expect(whole.failure == row.expected)
        for chunks in cuts(of: Array(row.text.utf8)) { #expect(readResponse(chunks) == whole) }
    }

    @Test func `each limit may be reached and not be crossed by one`() {
        let informational = "HTTP/1.1 100 C\r\n\r\n"
        let crossings: [(HTTPLimits, String, String, HTTPError)] = [
            (.with(\.maxRequestLine, 15), "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OKK\r\n", .requestLineTooLong),
            (.with(\.maxBodySize, 2), "HTTP/1.1 200 OK\r\n\r\nab", "HTTP/1.1 200 OK\r\n\r\nabc", .bodyTooLarge),
            (
                .with(\.maxInformationalResponses, 2), informational + informational,
                informational + informational + informational, .tooManyInformationalResponses
            ),
        ]
        for (limits, within, beyond, error) in crossings {
            for chunks in cuts(of: Array(within.utf8)) { #expect(readResponse(chunks, limits).failure == nil) }
            let whole = readResponse(beyond, to: .get, limits)
            #expect(whole.failure == error)
            for chunks in cuts(of: Array(beyond.utf8)) { #expect(readResponse(chunks, limits) == whole) }
        }
    }

    private func readResponse(_ chunks: [[UInt8]], _ limits: HTTPLimits) -> Reading {
        SIOHTTPTests.readResponse(chunks, to: .get, limits)
    }

    private func readResponse(_ chunks: [[UInt8]], to method: HTTPMethod = .get) -> Reading {
        SIOHTTPTests.readResponse(chunks, to: method)
    }

    private func readResponse(_ text: String, to method: HTTPMethod = .get, _ limits: HTTPLimits = HTTPLimits())
        -> Reading
    {
        SIOHTTPTests.readResponse([Array(text.utf8)], to: method, limits)
    }

    // MARK: The end of the stream

    /// A decoder that has read all of `text`.
    private func decoder(after text: String, to method: HTTPMethod = .get) throws -> HTTPResponseDecoder {
        var decoder = HTTPResponseDecoder(method: method)
        _ = try events(of: &decoder, in: text)
        return decoder
    }

    private func events(of decoder: inout HTTPResponseDecoder, in text: String) throws -> [HTTPResponseDecoder.Event] {
        var bytes = Array(text.utf8)
        var span = bytes.mutableSpan
        var window = span.mutableBytes
        var events: [HTTPResponseDecoder.Event] = []
        var offset = 0
        while let step = try decoder.next(in: &window, from: offset) {
            events.append(step.event)
            offset = step.end
        }
        return events
    }

    @Test func `the end of the stream ends a body that has no other end`() throws {
        var decoder = try decoder(after: "HTTP/1.1 200 OK\r\n\r\nab")
        #expect(!decoder.isComplete)
        try decoder.receiveEnd()
        #expect(try events(of: &decoder, in: "") == [.end])
        #expect(decoder.isComplete && !decoder.keepsAlive)
        try decoder.receiveEnd()
        #expect(try events(of: &decoder, in: "") == [])
    }

    @Test(arguments: [
        "", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 C\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
    ])
    func `the end of the stream within a response is a fault`(text: String) throws {
        var decoder = try decoder(after: text)
        #expect(throws: HTTPError.prematureEnd) { try decoder.receiveEnd() }
    }

    @Test func `a decoder is idle until a byte arrives`() throws {
        #expect(try decoder(after: "").isIdle)
        #expect(try !decoder(after: "H").isIdle)
        #expect(try !decoder(after: "HTTP/1.1 100 C\r\n\r\n").isIdle)
        #expect(try !decoder(after: "HTTP/1.1 200 OK\r\n\r\n").isIdle)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true),
        ("HTTP/1.1 204 N\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\n\r\n", false),
        ("HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", false),
    ])
    func `the connection is kept if version, wish and framing allow it`(text: String, kept: Bool) throws {
        #expect(try decoder(after: text).keepsAlive == kept)
    }

    @Test func `the phrase is kept`() {
        guard case .response(let response)? = readResponse("HTTP/1.1 404 Gone fishing\r\n\r\n").events.first else {
            Issue.record("no response")
            return
        }
        #expect(response.status.reasonPhrase == "Gone fishing")
    }

    @Test func `what a server machine writes is read again`() throws {
        var machine = HTTPServerMachine()
        var unread = ByteBuffer(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        var out = ByteBuffer()
        _ = try drain(&machine, &unread)
        _ = machine.respond(.text("hello", status: .created), into: &out)
        for chunks in cuts(of: out.array) {
            let reading = readResponse(chunks)
            #expect(reading.events.dropFirst() == [.body("hello"), .end])
        }
    }
}
