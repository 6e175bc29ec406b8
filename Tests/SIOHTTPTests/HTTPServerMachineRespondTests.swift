import SIOBytes
import SIOHTTP
import Testing

@Suite struct HTTPServerMachineRespondTests {
    /// What a machine that has read `request` answers.
    private func answer(
        _ request: String, _ response: HTTPResponse, date: String? = nil
    ) throws -> (text: String, after: HTTPServerMachine.AfterResponse) {
        var machine = HTTPServerMachine()
        var unread = ByteBuffer(text: request)
        var out = ByteBuffer()
        _ = try drain(&machine, &unread)
        let after = machine.respond(response, date: date, into: &out)
        return (out.text, after)
    }

    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    private let head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `a response has its length and its fields`() throws {
        var response = HTTPResponse.text("hello")
        response.headers.add("Vary", "Origin")
        response.headers.add("vary", "Accept")
        #expect(
            try answer(get, response).text
                == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nVary: Origin\r\nvary: Accept\r\nContent-Length: 5\r\n\r\nhello"
        )
    }

    @Test func `the date is the caller's, and there is one`() throws {
        #expect(
            try answer(get, HTTPResponse(headers: ["Date": "x"]), date: "now").text
                == "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\n\r\n")
        #expect(
            try answer(get, HTTPResponse(headers: ["Date": "x"])).text
                == "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n")
    }

    @Test func `fields that frame the message are not taken from the response`() throws {
        let response = HTTPResponse(
            headers: ["content-length": "99", "Transfer-Encoding": "chunked", "Connection": "x"], body: [0x61])
        #expect(try answer(get, response).text == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
    }

    @Test func `the answer to HEAD has the length of the body but not the body`() throws {
        let (text, after) = try answer(head, .text("hello"))
        #expect(text.hasSuffix("Content-Length: 5\r\n\r\n"))
        #expect(after == .keepAlive)
    }

    @Test(arguments: [(204, ""), (304, ""), (205, "Content-Length: 0\r\n")])
    func `some statuses have no body`(code: Int, length: String) throws {
        let status = HTTPStatus(code)
        let (text, after) = try answer(get, HTTPResponse(status: status, body: [0x61]))
        #expect(text == "HTTP/1.1 \(code) \(status.reasonPhrase)\r\n\(length)\r\n")
        #expect(after == .keepAlive)
    }

    @Test func `a status without phrase keeps its space`() throws {
        #expect(try answer(get, .empty(HTTPStatus(299))).text.hasPrefix("HTTP/1.1 299 \r\n"))
    }

    /// Version, what the client wishes, what the handler wishes, and what the response then says.
    static let wishes: [(String, String?, String?, String?, HTTPServerMachine.AfterResponse)] = [
        ("1.1", nil, nil, nil, .keepAlive),
        ("1.1", "keep-alive", nil, nil, .keepAlive),
        ("1.1", "close", nil, "close", .close),
        ("1.1", "Keep-Alive, Close", nil, "close", .close),
        ("1.1", "Close, keep-alive", nil, "close", .close),
        ("1.1", "x", nil, nil, .keepAlive),
        ("1.0", "x", nil, "close", .close),
        ("1.1", nil, "close", "close", .close),
        ("1.1", nil, "keep-alive", nil, .keepAlive),
        ("1.1", "close", "keep-alive", "close", .close),
        ("1.0", nil, nil, "close", .close),
        ("1.0", "keep-alive", nil, "keep-alive", .keepAlive),
        ("1.0", "Keep-Alive", "close", "close", .close),
        ("1.0", nil, "keep-alive", "close", .close),
        ("1.0", "close", nil, "close", .close),
        ("1.0", "close, keep-alive", nil, "close", .close),
    ]

    @Test(arguments: wishes.indices)
    func `the connection is kept if version and both sides want it`(index: Int) throws {
        let (version, client, handler, said, expected) = Self.wishes[index]
        let wish = client.map { "Connection: \($0)\r\n" } ?? ""
        var response = HTTPResponse.empty(.ok)
        response.headers["Connection"] = handler
        let (text, after) = try answer("GET / HTTP/\(version)\r\nHost: a\r\n\(wish)\r\n", response)
        #expect(after == expected)
        #expect(
            text == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + (said.map { "Connection: \($0)\r\n" } ?? "") + "\r\n")
    }

    @Test(arguments: [
        "Content-Length: 3\r\n\r\n", "Content-Length: 3\r\n\r\nab",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
    ])
    func `a response in front of the body's end closes`(rest: String) throws {
        let (text, after) = try answer("POST / HTTP/1.1\r\nHost: a\r\n" + rest, .empty(.ok))
        #expect(after == .close)
        #expect(text.contains("Connection: close\r\n"))
    }

    @Test func `a fault is answered and closes, once`() throws {
        var machine = HTTPServerMachine()
        var out = ByteBuffer()
        machine.respond(to: .headersTooLarge, date: "now", into: &out)
        machine.respond(to: .headersTooLarge, into: &out)
        #expect(machine.isClosed)
        #expect(
            out.text
                == "HTTP/1.1 431 Request Header Fields Too Large\r\nDate: now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    }

    @Test func `answering what was not asked is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var machine = HTTPServerMachine()
            var out = ByteBuffer()
            _ = machine.respond(.empty(.ok), into: &out)
        }
        await #expect(processExitsWith: .failure) {
            var machine = HTTPServerMachine()
            var unread = ByteBuffer(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            var out = ByteBuffer()
            _ = try drain(&machine, &unread)
            _ = machine.respond(.empty(.switchingProtocols), into: &out)
        }
        await #expect(processExitsWith: .failure) {
            var machine = HTTPServerMachine()
            var unread = ByteBuffer(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            var out = ByteBuffer()
            _ = try drain(&machine, &unread)
            _ = machine.respond(.empty(.ok), into: &out)
            _ = machine.respond(.empty(.ok), into: &out)
        }
    }
}
