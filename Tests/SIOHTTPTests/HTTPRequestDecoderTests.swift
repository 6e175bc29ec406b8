import SIOBytes
import SIOHTTP
import TestSupport
import Testing

@Suite struct HTTPRequestDecoderTests {
    // MARK: What is accepted

    static let good: [Row<[Found]>] = [
        Row("a bare GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", [.request(get("/")), .end]),
        Row(
            "a query is kept as it is", "GET /socket.io/?EIO=4&t=%20+x HTTP/1.1\r\nHost: a:3000\r\n\r\n",
            [.request(get("/socket.io/?EIO=4&t=%20+x", host: "a:3000")), .end]),
        Row(
            "white space around a value", "GET / HTTP/1.1\r\nHost:a\r\nX: \t  b c \t \r\n\r\n",
            [.request(get("/", ["X": "b c"])), .end]),
        Row("an empty value", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n", [.request(get("/", ["X": ""])), .end]),
        Row(
            "a tab within a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\tb\r\n\r\n",
            [.request(get("/", ["X": "a\tb"])), .end]),
        Row("UTF-8 in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: é漢\r\n\r\n", [.request(get("/", ["X": "é漢"])), .end]),
        Row(
            "every token character in a name", "GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n",
            [.request(get("/", ["!#$%&'*+-.^_`|~09azAZ": "b"])), .end]),
        Row(
            "HTTP/1.0 without host", "GET / HTTP/1.0\r\n\r\n",
            [.request(HTTPRequest(target: "/", minorVersion: 0)), .end]),
        Row("an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", [.request(get("/", host: "")), .end]),
        Row("an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", [.request(get("/", host: "[::1]:80")), .end]),
        Row("one empty line in front", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", [.request(get("/")), .end]),
        Row(
            "absolute form", "GET http://b:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
            [.request(get("/x?y", host: "b:81")), .end]),
        Row(
            "absolute form without path", "GET HTTPS://b HTTP/1.1\r\nHost: a\r\n\r\n",
            [.request(get("/", host: "b")), .end]),
        Row(
            "absolute form with query only", "GET http://b?y HTTP/1.1\r\nHost: a\r\n\r\n",
            [.request(get("/?y", host: "b")), .end]),
        Row(
            "absolute form in HTTP/1.0 names the host", "GET http://b/ HTTP/1.0\r\n\r\n",
            [.request(HTTPRequest(target: "/", minorVersion: 0, headers: ["Host": "b"])), .end]),
        Row(
            "asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            [.request(HTTPRequest(method: .options, target: "*", headers: ["Host": "a"])), .end]),
        Row(
            "absolute form of the asterisk", "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n",
            [.request(HTTPRequest(method: .options, target: "*", headers: ["Host": "a"])), .end]),
        Row(
            "a method without a name here", "M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n",
            [.request(HTTPRequest(method: HTTPMethod("M-SEARCH"), target: "/", headers: ["Host": "a"])), .end]),
        Row(
            "a target with two slashes is a path", "GET //evil/ HTTP/1.1\r\nHost: a\r\n\r\n",
            [.request(get("//evil/")), .end]),
        Row(
            "characters that browsers do not encode", "GET /?a=|{}^\"<>`[] HTTP/1.1\r\nHost: a\r\n\r\n",
            [.request(get("/?a=|{}^\"<>`[]")), .end]),
        Row(
            "a counted body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            [.request(post(["Content-Length": "5"])), .body("hello"), .end]),
        Row(
            "a length with zeros in front", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 005\r\n\r\nhello",
            [.request(post(["Content-Length": "005"])), .body("hello"), .end]),
        Row(
            "a length of zero", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            [.request(post(["Content-Length": "0"])), .end]),
        Row(
            "a chunked body",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0A\r\n0123456789\r\n0\r\n\r\n",
            [.request(post(["Transfer-Encoding": "Chunked"])), .body("hello0123456789"), .end]),
        Row(
            "an empty chunked body", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            [.request(post(["Transfer-Encoding": "chunked"])), .end]),
        Row(
            "chunk data that looks like framing",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
            [.request(post(["Transfer-Encoding": "chunked"])), .body("\r\n0\r\n\r\n"), .end]),
        Row(
            "chunk extensions",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b;c=\"d e\"\r\nx\r\n0;z\r\n\r\n",
            [.request(post(["Transfer-Encoding": "chunked"])), .body("x"), .end]),
        Row(
            "trailers are dropped",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nHost: c\r\n\r\n",
            [.request(post(["Transfer-Encoding": "chunked"])), .body("x"), .end]),
        Row(
            "requests one behind the other",
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
            [
                .request(get("/1")), .end, .request(post(["Content-Length": "2"])), .body("hi"), .end,
                .request(get("/3")), .end,
            ]),
        Row(
            "an expectation of HTTP/1.0 is ignored", "GET / HTTP/1.0\r\nExpect: coffee\r\n\r\n",
            [.request(HTTPRequest(target: "/", minorVersion: 0, headers: ["Expect": "coffee"])), .end]),
        Row(
            "an expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n",
            [.request(get("/", ["Expect": "100-Continue"])), .end]),
    ]

    static func get(_ target: String, host: String = "a", _ more: HTTPHeaders = [:]) -> HTTPRequest {
        var headers: HTTPHeaders = ["Host": host]
        for (name, value) in more { headers.add(name, value) }
        return HTTPRequest(target: target, headers: headers)
    }

    static func post(_ more: HTTPHeaders) -> HTTPRequest {
        var request = get("/", more)
        request.method = .post
        return request
    }

    @Test(arguments: good)
    func `a good request is read however it is cut`(row: Row<[Found]>) {
        for chunks in cuts(of: Array(row.text.utf8)) {
            let reading = read(chunks)
            #expect(reading.events == row.expected)
            #expect(reading.failure == nil)
            #expect(reading.leftover == [])
        }
    }

    // MARK: What is refused

    private static func line(_ line: String, _ error: HTTPError) -> Row<HTTPError> {
        Row(line, line + "\r\nHost: a\r\n\r\n", error)
    }

    private static func field(_ field: String, _ error: HTTPError) -> Row<HTTPError> {
        Row(field, "POST / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n", error)
    }

    private static func chunks(_ chunks: String, _ error: HTTPError) -> Row<HTTPError> {
        Row(chunks, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, error)
    }

    static let badLines: [Row<HTTPError>] = [
        line("GET", .invalidRequestLine),
        line("GET /", .invalidRequestLine),
        line("GET  / HTTP/1.1", .invalidRequestLine),
        line("GET /  HTTP/1.1", .invalidRequestLine),
        line("GET /a b HTTP/1.1", .invalidRequestLine),
        line("GET / HTTP/1.1 ", .invalidRequestLine),
        line("GET\t/ HTTP/1.1", .invalidRequestLine),
        line(" GET / HTTP/1.1", .invalidRequestLine),
        line("G@T / HTTP/1.1", .invalidRequestLine),
        line("GET / http/1.1", .invalidRequestLine),
        line("GET / HTTP/11", .invalidRequestLine),
        line("GET / HTTP/1.10", .invalidRequestLine),
        line("GET / HTTP/1,1", .invalidRequestLine),
        line("GET / HTTP/1", .invalidRequestLine),
        line("GET / HTTP/x.1", .invalidRequestLine),
        line("GET / HTTP/1.1\rX: y", .invalidRequestLine),
        line("\rGET / HTTP/1.1", .invalidRequestLine),
        line("\r\n\r\nGET / HTTP/1.1", .invalidRequestLine),
        line("\nGET / HTTP/1.1", .invalidRequestLine),
        line("\u{16}\u{3}\u{1}", .invalidRequestLine),
        line("\u{0}GET / HTTP/1.1", .invalidRequestLine),
        line("GET / HTTP/0.9", .unsupportedVersion),
        line("GET / HTTP/1.2", .unsupportedVersion),
        line("GET / HTTP/2.0", .unsupportedVersion),
        line("GET / HTTP/3.1", .unsupportedVersion),
        Row("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
        line("GET * HTTP/1.1", .invalidTarget),
        line("OPTIONS ** HTTP/1.1", .invalidTarget),
        line("GET a HTTP/1.1", .invalidTarget),
        line("GET ?a HTTP/1.1", .invalidTarget),
        line("GET a:80 HTTP/1.1", .invalidTarget),
        line("GET ftp://a/ HTTP/1.1", .invalidTarget),
        line("GET http:///x HTTP/1.1", .invalidTarget),
        line("GET http://u:p@a/ HTTP/1.1", .invalidTarget),
        line("GET http://a:b/ HTTP/1.1", .invalidTarget),
        line("GET http://[::1/ HTTP/1.1", .invalidTarget),
        line("GET /#x HTTP/1.1", .invalidTarget),
        line("GET /\u{0} HTTP/1.1", .invalidTarget),
        line("GET /\u{7F} HTTP/1.1", .invalidTarget),
        line("GET /\r HTTP/1.1", .invalidTarget),
        line("GET /é HTTP/1.1", .invalidTarget),
        line("CONNECT / HTTP/1.1", .invalidTarget),
        line("CONNECT a HTTP/1.1", .invalidTarget),
        line("CONNECT :80 HTTP/1.1", .invalidTarget),
        line("CONNECT a: HTTP/1.1", .invalidTarget),
        line("CONNECT a:80 HTTP/1.1", .unsupportedMethod),
        Row("a request line that ends in LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
    ]

    static let badFields: [Row<HTTPError>] = [
        Row("no host", "GET / HTTP/1.1\r\n\r\n", .missingHost),
        Row("no host, absolute form", "GET http://a/ HTTP/1.1\r\n\r\n", .missingHost),
        field("Host: a", .invalidHost),
        field("hOST: b", .invalidHost),
        Row("two hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .invalidHost),
        Row("a list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .invalidHost),
        Row("hosts with a comma", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", .invalidHost),
        Row("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .invalidHost),
        Row("a host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .invalidHost),
        Row("a port that is no number", "GET / HTTP/1.1\r\nHost: a:8o\r\n\r\n", .invalidHost),
        Row("a port of six digits", "GET / HTTP/1.1\r\nHost: a:800000\r\n\r\n", .invalidHost),
        Row("empty brackets", "GET / HTTP/1.1\r\nHost: []\r\n\r\n", .invalidHost),
        field(" X: y", .lineFolding),
        field("X: y\r\n z", .lineFolding),
        field("X: y\r\n\tz", .lineFolding),
        field("Transfer-Encoding:\r\n chunked", .lineFolding),
        Row("a folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .lineFolding),
        field("X : y", .invalidFieldName),
        field("X\t: y", .invalidFieldName),
        field("Content-Length : 5", .invalidFieldName),
        field("Transfer-Encoding : chunked", .invalidFieldName),
        field(": y", .invalidFieldName),
        field("X", .invalidFieldName),
        field("X Y: z", .invalidFieldName),
        field("X(Y): z", .invalidFieldName),
        field("X\u{0}: y", .invalidFieldName),
        field("Xé: y", .invalidFieldName),
        field("\rX: y", .invalidFieldName),
        field("X: a\u{0}b", .invalidFieldValue),
        field("X: a\u{1}b", .invalidFieldValue),
        field("X: a\u{7F}b", .invalidFieldValue),
        field("X: a\rY: b", .invalidFieldValue),
        field("X: a\r", .invalidFieldValue),
        field("Transfer-Encoding:\u{B}chunked", .invalidFieldValue),
        field("Transfer-Encoding: chunked\u{0}", .invalidFieldValue),
        field("X: y\nTransfer-Encoding: chunked", .bareLineFeed),
        Row("a head that ends in LF LF", "GET / HTTP/1.1\r\nHost: a\n\n", .bareLineFeed),
        Row("an empty line without CR", "GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
        field("Expect: coffee", .unsupportedExpectation),
        field("Expect: 100-continue, coffee", .unsupportedExpectation),
        field("Expect: 100-continue\r\nExpect: 100-continue", .unsupportedExpectation),
    ]

    static let badFraming: [Row<HTTPError>] = [
        field("Content-Length: 5\r\nContent-Length: 6", .invalidContentLength),
        field("Content-Length: 5\r\nContent-Length: 5", .invalidContentLength),
        field("Content-Length: 5\r\nX: y\r\ncontent-length: 0", .invalidContentLength),
        field("Content-Length: 5, 5", .invalidContentLength),
        field("Content-Length: 5,", .invalidContentLength),
        field("Content-Length:", .invalidContentLength),
        field("Content-Length: +5", .invalidContentLength),
        field("Content-Length: -1", .invalidContentLength),
        field("Content-Length: 5 5", .invalidContentLength),
        field("Content-Length: 0x5", .invalidContentLength),
        field("Content-Length: 5.0", .invalidContentLength),
        field("Content-Length: 1e3", .invalidContentLength),
        field("Content-Length: ٥", .invalidContentLength),
        field("Content-Length: 9223372036854775808", .bodyTooLarge),
        field("Content-Length: 18446744073709551621", .bodyTooLarge),
        field("Content-Length: 99999999999999999999999999999999", .bodyTooLarge),
        // CL.TE and TE.CL.
        field("Content-Length: 6\r\nTransfer-Encoding: chunked", .conflictingLengths),
        field("Transfer-Encoding: chunked\r\nContent-Length: 4", .conflictingLengths),
        field("Transfer-Encoding: identity\r\nContent-Length: 4", .conflictingLengths),
        field("Content-Length: x\r\nTransfer-Encoding: chunked", .conflictingLengths),
        // TE.TE: one of two readers overlooks the field.
        field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .invalidTransferEncoding),
        field("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", .invalidTransferEncoding),
        field("Transfer-Encoding: chunked\r\nTransfer-encoding: cow", .invalidTransferEncoding),
        field("Transfer-Encoding: xchunked", .invalidTransferEncoding),
        field("Transfer-Encoding: chunkedx", .invalidTransferEncoding),
        field("Transfer-Encoding: chunk", .invalidTransferEncoding),
        field("Transfer-Encoding: \"chunked\"", .invalidTransferEncoding),
        field("Transfer-Encoding: 'chunked'", .invalidTransferEncoding),
        field("Transfer-Encoding: chunked;q=1", .invalidTransferEncoding),
        field("Transfer-Encoding: chunked, identity", .invalidTransferEncoding),
        field("Transfer-Encoding: chunked, chunked", .invalidTransferEncoding),
        field("Transfer-Encoding: chunked,", .invalidTransferEncoding),
        field("Transfer-Encoding:", .invalidTransferEncoding),
        field("Transfer-Encoding: identity", .invalidTransferEncoding),
        field("Transfer-Encoding: gzip", .invalidTransferEncoding),
        field("Transfer-Encoding: gzip, chunked", .unsupportedTransferEncoding),
        field("Transfer-Encoding: , chunked", .unsupportedTransferEncoding),
        Row(
            "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            .invalidTransferEncoding),
    ]

    static let badChunks: [Row<HTTPError>] = [
        chunks("\r\n", .invalidChunk),
        chunks("x\r\n", .invalidChunk),
        chunks("0x5\r\n", .invalidChunk),
        chunks("-5\r\n", .invalidChunk),
        chunks("+5\r\n", .invalidChunk),
        chunks(" 5\r\n", .invalidChunk),
        chunks("5 \r\n", .invalidChunk),
        chunks("5 ;a\r\n", .invalidChunk),
        chunks("5\t\r\n", .invalidChunk),
        chunks("5_0\r\n", .invalidChunk),
        chunks(";a\r\n", .invalidChunk),
        chunks("5;a\u{0}\r\n", .invalidChunk),
        chunks("5;a\rb\r\n", .invalidChunk),
        chunks("5\r\r\n", .invalidChunk),
        chunks("5\n", .bareLineFeed),
        chunks("5;a\nhello\r\n", .bareLineFeed),
        chunks("1\r\nxy\r\n0\r\n\r\n", .invalidChunk),
        chunks("1\r\nx0\r\n\r\n", .invalidChunk),
        chunks("1\r\nx\rY", .invalidChunk),
        chunks("1\r\nx\n0\r\n\r\n", .bareLineFeed),
        chunks("8000000000000000\r\n", .bodyTooLarge),
        chunks("FFFFFFFFFFFFFFFF\r\n", .bodyTooLarge),
        chunks("10000000000000005\r\n", .bodyTooLarge),
        chunks("0\r\nX : y\r\n\r\n", .invalidFieldName),
        chunks("0\r\nGET / HTTP/1.1\r\n\r\n", .invalidFieldName),
        chunks("0\r\n X: y\r\n\r\n", .lineFolding),
        chunks("0\r\n\n", .bareLineFeed),
        chunks("0\r\nX: y\n\r\n", .bareLineFeed),
    ]

    @Test(arguments: badLines + badFields + badFraming + badChunks)
    func `a bad request is refused however it is cut`(row: Row<HTTPError>) {
        for chunks in cuts(of: Array(row.text.utf8)) {
            #expect(read(chunks).failure == row.expected)
        }
    }

    @Test(arguments: badLines + badFields + badFraming + badChunks)
    func `what is found in front of a fault does not depend on the cuts`(row: Row<HTTPError>) {
        let whole = read(row.text)
        for chunks in cuts(of: Array(row.text.utf8)) { #expect(read(chunks) == whole) }
    }

    @Test func `a TLS client at a plain port is refused at its first byte`() {
        #expect(read([[0x16]]).failure == .invalidRequestLine)
    }

    // MARK: Limits

    static let crossings: [(HTTPLimits, String, String, HTTPError)] = [
        (
            .with(\.maxRequestLine, 16), "GET /aa HTTP/1.1\r\nHost: a\r\n\r\n", "GET /aaa HTTP/1.1\r\nHost: a\r\n\r\n",
            .requestLineTooLong
        ),
        (
            .with(\.maxHeaderBytes, 18), "GET / HTTP/1.1\r\nHost: a\r\nX: 6789\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: 67890\r\n\r\n", .headersTooLarge
        ),
        (
            .with(\.maxHeaderCount, 2), "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nX:\r\n\r\n", .tooManyHeaders
        ),
        (
            .with(\.maxBodySize, 3), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", .bodyTooLarge
        ),
        (
            .with(\.maxBodySize, 3), chunked("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
            chunked("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"), .bodyTooLarge
        ),
        (
            .with(\.maxChunkLine, 4), chunked("1;ab\r\nx\r\n0\r\n\r\n"), chunked("1;abc\r\nx\r\n0\r\n\r\n"),
            .chunkExtensionsTooLarge
        ),
        (
            .with(\.maxChunkExtensions, 5), chunked("1;ab\r\nx\r\n0;a\r\n\r\n"),
            chunked("1;ab\r\nx\r\n0;ab\r\n\r\n"), .chunkExtensionsTooLarge
        ),
        (
            .with(\.maxHeaderCount, 2), chunked("0\r\nX:\r\nX:\r\n\r\n"), chunked("0\r\nX:\r\nX:\r\nX:\r\n\r\n"),
            .tooManyHeaders
        ),
        (
            .with(\.maxHeaderBytes, 37), chunked("0\r\nX: \(String(repeating: "a", count: 32))\r\n\r\n"),
            chunked("0\r\nX: \(String(repeating: "a", count: 33))\r\n\r\n"), .headersTooLarge
        ),
    ]

    private static func chunked(_ chunks: String) -> String {
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:chunked\r\n\r\n" + chunks
    }

    @Test(arguments: crossings.indices)
    func `each limit may be reached and not be crossed by one`(index: Int) {
        let (limits, within, beyond, error) = Self.crossings[index]
        for chunks in cuts(of: Array(within.utf8)) {
            #expect(read(chunks, limits).failure == nil)
            #expect(read(chunks, limits).events.last == .end)
        }
        for chunks in cuts(of: Array(beyond.utf8)) { #expect(read(chunks, limits).failure == error) }
    }

    @Test(arguments: [("GET /", HTTPError.requestLineTooLong), ("GET / HTTP/1.1\r\nX: ", .headersTooLarge)])
    func `a line that never ends is refused without its end`(start: String, error: HTTPError) {
        let endless = Array(start.utf8) + [UInt8](repeating: 0x61, count: 20_000)
        #expect(read([endless]).failure == error)
        #expect(read(endless.map { [$0] }).failure == error)
    }

    @Test func `a limit as large as a number can be does no harm`() {
        var limits = HTTPLimits()
        limits.maxRequestLine = .max
        limits.maxHeaderBytes = .max
        limits.maxBodySize = .max
        limits.maxChunkLine = .max
        let text = Self.chunked("7FFFFFFFFFFFFFFE\r\nx")
        for chunks in cuts(of: Array(text.utf8)) {
            #expect(read(chunks, limits).events.last == .body("x"))
        }
        #expect(read(Self.chunked("1\r\nx\r\n7FFFFFFFFFFFFFFF\r\n"), limits).failure == .bodyTooLarge)
    }

    // A head that arrives byte by byte must cost no more than one that arrives whole. What was read or searched already
    // is changed between the calls here; who looks at it again sees something else.
    @Test func `no byte of a head is looked at twice`() throws {
        var decoder = HTTPRequestDecoder()
        func find(_ text: String) throws(HTTPError) -> HTTPRequestDecoder.Event? {
            var bytes = Array(text.utf8)
            var span = bytes.mutableSpan
            var window = span.mutableBytes
            return try decoder.next(in: &window, from: 0)?.event
        }
        #expect(try find("GET / HTTP/1.1\r\nHost: a\r\nX: y") == nil)
        #expect(try find("??? ? ????????\n\n????? ?\n\nX: yz\r\n") == nil)
        #expect(
            try find("??? ? ????????\n\n????? ?\n\n?? ??\n\n\r\n")
                == .head(HTTPRequest(target: "/", headers: ["Host": "a", "X": "yz"])))

        decoder = HTTPRequestDecoder()
        #expect(try find("GET / HTTP/1.1\r\nX: abc") == nil)
        #expect(throws: HTTPError.invalidFieldValue, "the line feed was searched for in front of it") {
            try find("GET / HTTP/1.1\r\nX: a\nc\r\n")
        }
    }

    // MARK: Where it is

    @Test func `the decoder knows whether it is in a head or in a body`() throws {
        var decoder = HTTPRequestDecoder()
        func find(_ text: String) throws -> Step<HTTPRequestDecoder.Event>? {
            var bytes = Array(text.utf8)
            var span = bytes.mutableSpan
            var window = span.mutableBytes
            return try decoder.next(in: &window, from: 0)
        }
        #expect(!decoder.isReadingHead && !decoder.isReadingBody)
        #expect(try find("\r\n") == nil)
        #expect(!decoder.isReadingHead, "an empty line is no request yet")
        #expect(try find("\r\nP") == nil)
        #expect(decoder.isReadingHead && !decoder.isReadingBody)
        #expect(try find("\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n") != nil)
        #expect(!decoder.isReadingHead && decoder.isReadingBody && decoder.awaitsBody)
        #expect(try find("a") != nil)
        #expect(decoder.isReadingBody && !decoder.awaitsBody)
        #expect(try find("b") != nil)
        #expect(try find("") != nil)
        #expect(!decoder.isReadingHead && !decoder.isReadingBody)
    }
}
