import EngineIO
import SIOHTTP
import SIONet
import TestSupport
import Testing

@testable import SocketIO

/// The browser client's file.
@Suite struct BrowserClientTests {
    func withServer(
        _ configuration: Server.Configuration = .init(), _ body: @escaping @Sendable (RawClient) throws -> Void
    ) async throws {
        let group = EventLoopGroup(loops: 1)
        let io = Server(configuration, eventLoops: group)
        let addresses = try await io.listen(host: "127.0.0.1", port: 0)
        let port = try #require(addresses.first?.port)
        let own = EventLoopGroup(loops: 1)
        let failure = await withTaskExecutorPreference(own.loops[0]) { () async -> (any Error)? in
            do { try body(try RawClient(port: port)) } catch { return error }
            return nil
        }
        await own.shutdown()
        await io.close()
        await group.shutdown()
        if let failure { throw failure }
    }

    static func request(_ name: String, _ more: String = "", method: String = "GET") -> String {
        "\(method) /socket.io/\(name) HTTP/1.1\r\nHost: x\r\n\(more)\r\n"
    }

    static func field(_ name: String, in head: String) -> String? {
        head.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    @Test(arguments: ["socket.io.js", "socket.io.min.js", "socket.io.js?v=1"])
    func `it is served under both names`(name: String) async throws {
        try await withServer { client in
            client.send(Self.request(name))
            let (head, body) = client.receiveResponse()
            #expect(head.hasPrefix("HTTP/1.1 200 "))
            #expect(Self.field("Content-Type", in: head) == "application/javascript; charset=utf-8")
            #expect(Self.field("Cache-Control", in: head) == "public, max-age=0")
            #expect(Self.field("Content-Encoding", in: head) == nil)
            #expect(body == PackageResources.socket_io_js)
        }
    }

    @Test(arguments: [
        (nil, ""), ("gzip", "Accept-Encoding: gzip, deflate, br\r\n"), ("deflate", "Accept-Encoding: deflate\r\n"),
    ])
    func `each coding has its own tag, by which it is not sent again`(coding: String?, accept: String) async throws {
        try await withServer { client in
            client.send(Self.request("socket.io.js", accept))
            let (head, body) = client.receiveResponse()
            #expect(Self.field("Content-Encoding", in: head) == coding)
            #expect(Self.field("Vary", in: head) == "Accept-Encoding")
            if coding != nil { #expect(body.count < PackageResources.socket_io_js.count / 2) }
            if coding == "gzip" { #expect(body.starts(with: [0x1F, 0x8B])) }
            client.send(Self.request("socket.io.js", accept))
            #expect(client.receiveResponse().body == body)
            let tag = try #require(Self.field("ETag", in: head))
            #expect(tag.hasPrefix("\"") && tag.hasSuffix(coding.map { "-\($0)\"" } ?? "\""))
            for known in [tag, "W/" + tag, "\"other\", " + tag, "*"] {
                client.send(Self.request("socket.io.js", accept + "If-None-Match: \(known)\r\n"))
                let answer = client.receive(until: "\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 304 ") && Self.field("ETag", in: answer) == tag)
            }
            client.send(Self.request("socket.io.js", accept + "If-None-Match: \"other\"\r\n"))
            #expect(client.receiveResponse().body == body)
        }
    }

    @Test func `HEAD has the length and no body, other methods are not for it`() async throws {
        try await withServer { client in
            client.send(Self.request("socket.io.js", method: "HEAD"))
            let head = client.receive(until: "\r\n\r\n")
            #expect(Self.field("Content-Length", in: head) == "\(PackageResources.socket_io_js.count)")
            client.send(Self.request("socket.io.js", method: "DELETE"))
            let answer = client.receiveResponse().head
            #expect(answer.hasPrefix("HTTP/1.1 405 ") && Self.field("Allow", in: answer) == "GET, HEAD")
        }
    }

    @Test(arguments: [
        "socket.io.js.map", "socket.io.min.js.map", "socket.io.esm.min.js", "socket.io.msgpack.min.js",
        "socket.io.esm.min.js.map",
    ])
    func `what there is none of is not found`(name: String) async throws {
        try await withServer { client in
            client.send(Self.request(name))
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test func `pages of other origins load it where CORS lets them`() async throws {
        for origins: CORS.Origins in [.only("http://page"), .asking { $0 == "http://page" }] {
            try await withServer(.init(cors: CORS(origins: origins))) { client in
                for (origin, isAllowed) in [("http://page", true), ("http://other", false)] {
                    client.send(Self.request("socket.io.js", "Origin: \(origin)\r\n"))
                    let head = client.receiveResponse().head
                    #expect(head.hasPrefix("HTTP/1.1 200 "))
                    #expect((Self.field("Access-Control-Allow-Origin", in: head) == origin) == isAllowed)
                }
            }
        }
    }
}
