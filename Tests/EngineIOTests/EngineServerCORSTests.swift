import TestSupport
import Testing

@testable import EngineIO

/// What pages of other origins are told.
@Suite struct EngineServerCORSTests {
    private static func request(_ method: String, _ path: String = "/engine.io/", origin: String) -> String {
        "\(method) \(path)?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nOrigin: \(origin)\r\n\r\n"
    }

    @Test func `a server without CORS tells no page anything, and answers no preflight`() async throws {
        try await withEngine(loops: 1) { _, peer, recorder in
            let client = try peer.connect()
            client.send(Self.request("GET", origin: "https://evil.example"))
            let opening = client.receiveResponse()
            #expect(opening.head.hasPrefix("HTTP/1.1 200 "))
            #expect(!opening.head.lowercased().contains("access-control"))
            client.send(Self.request("OPTIONS", origin: "https://evil.example"))
            let preflight = client.receiveResponse()
            #expect(preflight.head.hasPrefix("HTTP/1.1 400 "))
            #expect(!preflight.head.lowercased().contains("access-control"))
            #expect(String(decoding: preflight.body, as: UTF8.self) == #"{"code":2,"message":"Bad handshake method"}"#)
            #expect(recorder.now.opened == 1)
        }
    }

    private static let rules: [CORS] = [
        CORS(origins: .these(["https://a.example", "https://b.example"])),
        CORS(origins: .matching { $0.hasSuffix("b.example") }),
    ]

    @Test(arguments: rules.indices, ["GET", "OPTIONS"])
    func `an origin that is let in is named, another is not`(rule: Int, method: String) async throws {
        var configuration = EngineServer.Configuration()
        configuration.cors = Self.rules[rule]
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let client = try peer.connect()
            for (origin, isNamed) in [("https://b.example", true), ("https://b.example.evil", false)] {
                client.send(Self.request(method, origin: origin))
                let head = client.receiveResponse().head
                #expect(head.hasPrefix("HTTP/1.1 \(method == "GET" ? 200 : 204) "))
                #expect(head.contains("Access-Control-Allow-Origin: \(origin)\r\n") == isNamed)
                #expect(head.contains("Access-Control-Allow-Origin") == isNamed)
                #expect(head.contains("Vary: Origin"))
            }
        }
    }

    @Test(arguments: [true, false])
    func `without a slash at its end the path is a prefix`(adds: Bool) async throws {
        var configuration = EngineServer.Configuration()
        configuration.addTrailingSlash = adds
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let client = try peer.connect()
            for (path, isServed) in [("/engine.io/", true), ("/engine.io/x", true), ("/engine.io", !adds)] {
                client.send(Self.request("GET", path, origin: "null"))
                #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 \(isServed ? 200 : 404) "), "\(path)")
            }
        }
    }
}
