import Glibc
import SIOHTTP
import Testing

@testable import SIONet

/// A blocking client of a few lines: what goes over the wire is what the test says.
struct RawClient: ~Copyable {
    private let descriptor: CInt

    init(port: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        var timeout = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    borrowing func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
    }

    /// Reads until the text was seen, the peer closed, or five seconds passed in silence.
    borrowing func receive(until end: String? = nil) -> String {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            received += chunk[..<count]
            if let end, String(decoding: received, as: UTF8.self).contains(end) { break }
        }
        return String(decoding: received, as: UTF8.self)
    }
}

@Suite struct HTTPServerTests {
    private func withServer(
        loops: Int = 1,
        _ configuration: HTTPServer.Configuration = .init(),
        _ body: (HTTPServer, Int) async throws -> Void
    ) async throws {
        let group = EventLoopGroup(loops: loops)
        let server = HTTPServer(eventLoops: group, configuration: configuration)
        server.on("/hello") { request in .text("hello \(request.queryItem("name") ?? "you")\n") }
        server.on("/late") { _ in
            try await Task.sleep(for: .milliseconds(20))
            return .text("late\n")
        }
        server.on("/echo") { request in HTTPResponse(body: request.body) }
        server.on("/fail") { _ in throw NetworkError(.cannotListen, "no") }
        try await server.listen(host: "127.0.0.1", port: 0)
        let port = try #require(server.addresses.first?.port)
        try await body(server, port)
        await server.close()
        await group.shutdown()
    }

    @Test func `a request is answered`() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send("GET /hello?name=J%C3%BCrgen HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let response = client.receive()
            #expect(response.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(response.hasSuffix("\r\n\r\nhello Jürgen\n"))
            #expect(response.contains("\r\nDate: "))
        }
    }

    @Test func `pipelined requests are answered in order, slow ones too`() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send(
                "GET /late HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let response = client.receive()
            let statuses = response.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["200", "200", "404"])
            #expect(response.contains("late\n") && response.contains("abc"))
        }
    }

    @Test func `what cannot be read is answered and closed`() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost : x\r\n\r\n")
            #expect(client.receive().hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func `a handler that throws is answered with 500`() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send("GET /fail HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(client.receive().hasPrefix("HTTP/1.1 500 "))
        }
    }

    @Test func `a client that never ends its head is answered with 408`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.headTimeout = .milliseconds(50)
        try await withServer(configuration) { _, port in
            let client = try RawClient(port: port)
            client.send("GET / HT")
            #expect(client.receive().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `several loops share a port and all of them answer`() async throws {
        try await withServer(loops: 3) { _, port in
            for _ in 0..<30 {
                let client = try RawClient(port: port)
                client.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(client.receive().hasSuffix("hello you\n"))
            }
        }
    }

    @Test func `a port that is taken is refused`() async throws {
        try await withServer { _, port in
            let other = HTTPServer(eventLoops: EventLoopGroup(loops: 1))
            await #expect(throws: NetworkError.self) { try await other.listen(host: "127.0.0.1", port: port) }
        }
    }

    @Test(arguments: [
        ("/", "index.html"), ("/a.css", "a.css"), ("/b/", "b/index.html"), ("/a%20b.txt", "a b.txt"),
        ("/../etc/passwd", nil), ("/%2e%2e/etc/passwd", nil), ("/.git/config", nil), ("//x", nil), ("/%00", nil),
        ("/a%2f..%2fb", nil), ("/%zz", nil),
    ] as [(String, String?)])
    func `a path names a file below the directory or nothing`(path: String, name: String?) {
        #expect(StaticFiles.relativeName(of: path, below: "/") == name)
    }
}
