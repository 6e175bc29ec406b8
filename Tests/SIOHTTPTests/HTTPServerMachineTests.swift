import SIOBytes
import SIOHTTP
import Testing

@Suite struct HTTPServerMachineTests {
    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    private let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

    /// A machine that has read all of `text`, and what it left unread.
    private func machine(
        after text: String, _ limits: HTTPLimits = HTTPLimits()
    ) throws -> (HTTPServerMachine, rest: [UInt8], found: [Found]) {
        var machine = HTTPServerMachine(limits: limits)
        var unread = ByteBuffer(text: text)
        let found = try drain(&machine, &unread)
        return (machine, unread.take(), found)
    }

    // MARK: Pipelining

    @Test func `a second request waits unread until the first is answered`() throws {
        var (machine, rest, found) = try machine(after: "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + get)
        var unread = ByteBuffer(rest)
        var out = ByteBuffer()
        #expect(found == [.request(HTTPRequest(target: "/1", headers: ["Host": "a"])), .end])
        #expect(unread.text == get)
        #expect(try drain(&machine, &unread) == [])
        #expect(machine.respond(.empty(.ok), into: &out) == .keepAlive)
        #expect(try drain(&machine, &unread).count == 2)
        #expect(unread.array == [])
        #expect(machine.respond(.empty(.noContent), into: &out) == .keepAlive)
        #expect(out.text == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    }

    @Test func `a fault in a second request shows when its turn comes`() throws {
        var (machine, rest, _) = try machine(after: get + "nonsense\r\n")
        var unread = ByteBuffer(rest)
        var out = ByteBuffer()
        _ = machine.respond(.empty(.ok), into: &out)
        #expect(throws: HTTPError.invalidRequestLine) { try drain(&machine, &unread) }
        machine.respond(to: .invalidRequestLine, into: &out)
        #expect(out.text.hasSuffix("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    }

    @Test func `nothing is read behind the last response`() throws {
        var (machine, rest, _) = try machine(after: "GET / HTTP/1.0\r\n\r\n" + get)
        var unread = ByteBuffer(rest)
        var out = ByteBuffer()
        #expect(machine.respond(.empty(.ok), into: &out) == .close)
        #expect(try drain(&machine, &unread) == [])
        #expect(machine.isClosed)
        #expect(unread.text == get)
    }

    // MARK: Where it is

    @Test func `the machine knows what it waits for`() throws {
        var machine = HTTPServerMachine()
        var unread = ByteBuffer()
        var out = ByteBuffer()
        func waits(for awaited: HTTPServerMachine.Awaited, owing owes: Bool = false) -> Bool {
            machine.awaited() == awaited && machine.owesResponse == owes
        }
        #expect(waits(for: .request))
        unread.append("\r\n")
        _ = try drain(&machine, &unread)
        #expect(waits(for: .request))
        unread.append("POST / HTTP/1.1\r\nHost: a\r\n")
        _ = try drain(&machine, &unread)
        #expect(waits(for: .head))
        unread.append("Content-Length: 2\r\n\r\na")
        _ = try drain(&machine, &unread)
        #expect(waits(for: .body, owing: true))
        unread.append("b")
        _ = try drain(&machine, &unread)
        #expect(waits(for: .nothing, owing: true))
        _ = machine.respond(.empty(.ok), into: &out)
        #expect(waits(for: .request))
        machine.respond(to: .requestTimeout, into: &out)
        #expect(waits(for: .nothing))
        #expect(machine.isClosed)
    }

    // MARK: Body limits

    @Test func `a limit below Content-Length is refused before the body`() throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
        var (within, _, _) = try machine(after: head)
        try within.setBodyLimit(10)
        var (beyond, _, _) = try machine(after: head)
        #expect(throws: HTTPError.bodyTooLarge) { try beyond.setBodyLimit(9) }
        var out = ByteBuffer()
        beyond.respond(to: .bodyTooLarge, into: &out)
        #expect(out.text == "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }

    @Test func `a limit below a chunked body is refused as it passes`() throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        var (machine, rest, _) = try machine(after: head)
        var unread = ByteBuffer(rest)
        try machine.setBodyLimit(9)
        unread.append("5\r\nhello\r\n4\r\n")
        #expect(try drain(&machine, &unread) == [.body("hello")])
        unread.append("hell\r\n1\r\n")
        #expect(throws: HTTPError.bodyTooLarge) { try drain(&machine, &unread) }
    }

    @Test func `a limit may be larger than the usual one`() throws {
        var limits = HTTPLimits()
        limits.maxBodySize = 3
        var (machine, rest, found) = try machine(
            after: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", limits)
        var unread = ByteBuffer(rest)
        #expect(found.count == 1)
        try machine.setBodyLimit(5)
        unread.append("5\r\nhello\r\n0\r\n\r\n")
        #expect(try drain(&machine, &unread) == [.body("hello"), .end])
    }

    @Test func `a limit without a request is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var machine = HTTPServerMachine()
            try machine.setBodyLimit(1)
        }
    }

    // MARK: 100 Continue

    private func expecting(_ version: String = "1.1", length: Int = 2) -> String {
        "POST / HTTP/\(version)\r\nHost: a\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n"
    }

    @Test func `a client that waits is told to go on, once`() throws {
        var (machine, rest, _) = try machine(after: expecting())
        var unread = ByteBuffer(rest)
        var out = ByteBuffer()
        machine.continueBody(into: &out)
        machine.continueBody(into: &out)
        #expect(out.text == "HTTP/1.1 100 Continue\r\n\r\n")
        unread.append("ab")
        #expect(try drain(&machine, &unread) == [.body("ab"), .end])
        #expect(machine.respond(.empty(.ok), into: &out) == .keepAlive)
    }

    @Test func `a client that does not wait is not told`() throws {
        let requests = [
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n",
            expecting("1.0"), expecting(length: 0), expecting() + "a", expecting() + "ab",
        ]
        for request in requests {
            var (machine, _, _) = try machine(after: request)
            var out = ByteBuffer()
            machine.continueBody(into: &out)
            #expect(out.array == [])
        }
        var machine = HTTPServerMachine()
        var out = ByteBuffer()
        machine.continueBody(into: &out)
        #expect(out.array == [])
    }

    @Test func `each request is told for itself`() throws {
        var (machine, rest, _) = try machine(after: expecting())
        var unread = ByteBuffer(rest)
        var out = ByteBuffer()
        machine.continueBody(into: &out)
        unread.append("ab" + expecting())
        _ = try drain(&machine, &unread)
        _ = machine.respond(.empty(.ok), into: &out)
        _ = try drain(&machine, &unread)
        machine.continueBody(into: &out)
        #expect(out.text.hasSuffix("\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"))
    }

    @Test func `a client that waits may be refused instead`() throws {
        var (machine, rest, _) = try machine(after: expecting())
        var unread = ByteBuffer(rest)
        var out = ByteBuffer()
        #expect(machine.respond(.empty(.forbidden), into: &out) == .close)
        #expect(out.text == "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        unread.append("ab")
        #expect(try drain(&machine, &unread) == [])
    }

    // MARK: Upgrade

    @Test func `what is unread behind an upgrade belongs to the other protocol`() throws {
        var (machine, rest, _) = try machine(after: upgrade + "\u{1}frame")
        var unread = ByteBuffer(rest)
        var out = ByteBuffer()
        #expect(machine.canUpgrade() == true)
        machine.upgrade(
            to: "websocket", headers: ["Connection": "x", "Content-Length": "5", "Y": "z"], date: "today", into: &out)
        #expect(
            out.text
                == "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nDate: today\r\nY: z\r\n\r\n"
        )
        #expect(try drain(&machine, &unread) == [])
        #expect(unread.text == "\u{1}frame")
        #expect(machine.canUpgrade() == false && !machine.isClosed && !machine.owesResponse)
        #expect(machine.awaited() == .nothing)
        machine.respond(to: .requestTimeout, into: &out)
        #expect(!out.text.contains("408"))
    }

    @Test func `an upgrade may be refused, and the connection is kept`() throws {
        var (machine, rest, _) = try machine(after: upgrade + get)
        var unread = ByteBuffer(rest)
        var out = ByteBuffer()
        #expect(machine.respond(.empty(.badRequest), into: &out) == .keepAlive)
        #expect(try drain(&machine, &unread).count == 2)
        #expect(machine.canUpgrade() == false)
    }

    @Test func `the body of a request with an upgrade comes first`() throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\n"
        var (machine, rest, _) = try machine(after: head)
        var unread = ByteBuffer(rest)
        #expect(machine.canUpgrade() == false)
        unread.append("abc")
        #expect(try drain(&machine, &unread) == [.body("ab"), .end])
        #expect(machine.canUpgrade() == true)
        #expect(unread.text == "c")
    }

    @Test(arguments: [
        "GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n",
    ])
    func `whoever does not ask rightly is not upgraded`(request: String) throws {
        var machine = try machine(after: request).0
        #expect(machine.canUpgrade() == false)
    }

    @Test func `an upgrade that nobody asked for is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var machine = HTTPServerMachine()
            var out = ByteBuffer()
            machine.upgrade(to: "x", headers: HTTPHeaders(), into: &out)
        }
    }
}
