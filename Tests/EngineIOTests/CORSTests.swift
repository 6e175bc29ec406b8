import SIOHTTP
import SIONet
import TestSupport
import Testing

@testable import EngineIO

/// Which pages of other origins may read answers.
@Suite struct CORSTests {
    static let origins: [CORS.Origins] = [
        .only("http://page"),
        .these(["http://other", "http://page"]),
        .matching { $0.wholeMatch(of: /http:\/\/p[a-z]+/) != nil },
        .asking { $0 == "http://page" },
        .asking { origin in
            await Task.yield()
            return origin == "http://page"
        },
    ]

    static func options(_ origin: String) -> String {
        "OPTIONS /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nOrigin: \(origin)\r\n"
            + "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-mine\r\n\r\n"
    }

    /// Expects the head of the answer to a page's preflight to contain the texts.
    static func expectPreflight(_ cors: CORS, _ status: Int, _ fields: String...) async throws {
        var configuration = EngineServer.Configuration()
        configuration.cors = cors
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let client = try peer.connect()
            client.send(Self.options("http://page"))
            let head = client.receiveResponse().head
            #expect(head.hasPrefix("HTTP/1.1 \(status) "))
            for field in fields { #expect(head.contains("\r\n\(field)\r\n")) }
        }
    }

    @Test(arguments: Self.origins.indices)
    func `a page that is let in finds its name in every answer, another one does not`(form: Int) async throws {
        var configuration = EngineServer.Configuration()
        var cors = CORS(origins: Self.origins[form])
        cors.credentials = true
        configuration.cors = cors
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let client = try peer.connect()
            for (origin, isAllowed) in [("http://page", true), ("http://1", false)] {
                for request in [
                    Peer.get(nil, "Origin: \(origin)\r\n"), Peer.get("AAAAAAAAAAAAAAAAAAAA", "Origin: \(origin)\r\n"),
                    Self.options(origin),
                ] {
                    client.send(request)
                    let head = client.receiveResponse().head
                    #expect(head.contains("\r\nAccess-Control-Allow-Origin: \(origin)\r\n") == isAllowed)
                    #expect(head.contains("\r\nAccess-Control-Allow-Credentials: true\r\n"))
                    #expect(head.contains("\r\nVary: Origin\r\n"))
                }
            }
            client.send(Peer.get())
            #expect(!client.receiveResponse().head.contains("Allow-Origin"))
        }
    }

    @Test func `every page is let in by a star`() async throws {
        try await Self.expectPreflight(
            .any, 204, "Access-Control-Allow-Origin: *", "Access-Control-Allow-Headers: x-mine",
            "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE")
    }

    @Test(arguments: [nil, CORS(origins: .none)])
    func `without CORS, and with one that lets nobody in, nothing is said`(cors: CORS?) async throws {
        var configuration = EngineServer.Configuration()
        configuration.cors = cors
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let client = try peer.connect()
            client.send(Peer.get(nil, "Origin: http://page\r\n"))
            let head = client.receiveResponse().head
            #expect(!head.contains("Access-Control") && !head.contains("Vary"))
            client.send(Self.options("http://page"))
            #expect(client.receiveBody() == #"{"code":2,"message":"Bad handshake method"}"#)
        }
    }

    @Test func `a preflight's answer has the status and the age that it shall have`() async throws {
        var cors = CORS(origins: .only("http://page"))
        cors.optionsSuccessStatus = .ok
        cors.maxAge = .seconds(600)
        cors.allowedHeaders = ["X-A", "X-B"]
        cors.exposedHeaders = ["X-C"]
        try await Self.expectPreflight(
            cors, 200, "Access-Control-Max-Age: 600", "Access-Control-Allow-Headers: X-A,X-B",
            "Access-Control-Expose-Headers: X-C")
    }

    @Test(arguments: Self.origins.indices)
    func `whoever asks is told the same`(form: Int) async {
        let cors = CORS(origins: Self.origins[form])
        #expect(await cors.allows(origin: "http://page"))
        #expect(await !cors.allows(origin: "http://1"))
    }
}
