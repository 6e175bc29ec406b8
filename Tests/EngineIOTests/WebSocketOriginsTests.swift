import SIOHTTP
import SIONet
import Synchronization
import TestSupport
import Testing

@testable import EngineIO

/// Which pages may use a WebSocket.
@Suite struct WebSocketOriginsTests {
    /// A WebSocket handshake from a page.
    static func webSocket(_ sid: String? = nil, origin: String, host: String = "server:3000") -> String {
        Peer.webSocket(sid).replacing("Host: x\r\n", with: "Host: \(host)\r\nOrigin: \(origin)\r\n")
    }

    @Test(arguments: [
        ("http://server:3000", true), ("http://server", false), ("https://server:3000", true), ("http://evil", false),
        ("null", false), ("http://server:3000.evil", false),
    ])
    func `without CORS only the server's own pages may use a WebSocket`(origin: String, isAllowed: Bool) async throws {
        try await withEngine(loops: 1) { server, peer, recorder in
            let client = try peer.connect()
            client.send(Self.webSocket(origin: origin))
            if isAllowed {
                #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                #expect(client.receiveText()?.hasPrefix("0{") == true)
            } else {
                let (head, body) = client.receiveResponse()
                #expect(head.hasPrefix("HTTP/1.1 403 "))
                #expect(String(decoding: body, as: UTF8.self) == "Origin not allowed")
                #expect(client.isEnded())
            }
            #expect(server.refusedOriginsCount == (isAllowed ? 0 : 1))
            #expect(recorder.now.opened == (isAllowed ? 1 : 0))
        }
    }

    @Test(arguments: [1, 3])
    func `a session's upgrade is refused to a page that may not use a WebSocket, and the session goes on`(
        loops: Int
    ) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            for _ in 0..<6 {
                let client = try peer.connect()
                // What comes behind the handshake is nobody's.
                client.send(
                    Array(Self.webSocket(sid, origin: "http://evil").utf8)
                        + RawClient.frame(1, Array("2probe".utf8)))
                #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 403 "))
                #expect(client.isEnded())
            }
            polling.send(Peer.post(sid, "4still here"))
            #expect(polling.receiveBody() == "ok")
            #expect(recorder.now.closes.isEmpty && server.refusedOriginsCount == 6)
        }
    }

    @Test(arguments: [
        ("http://page", true), ("http://other", false), ("http://server:3000", true), ("http://page:81", false),
    ])
    func `with CORS its origins may, and the server's own pages`(origin: String, isAllowed: Bool) async throws {
        for origins: CORS.Origins in [
            .only("http://page"), .these(["http://x", "http://page"]), .matching { $0 == "http://page" },
            .asking { origin in
                await Task.yield()
                return origin == "http://page"
            },
        ] {
            var configuration = EngineServer.Configuration()
            configuration.cors = CORS(origins: origins)
            try await withEngine(loops: 1, configuration) { _, peer, _ in
                let client = try peer.connect()
                client.send(Self.webSocket(origin: origin))
                let head = client.receive(until: "\r\n\r\n")
                #expect(head.hasPrefix(isAllowed ? "HTTP/1.1 101 " : "HTTP/1.1 403 "))
            }
        }
    }

    @Test func `every page may, if the server says so`() async throws {
        var open = EngineServer.Configuration()
        open.webSocketOrigins = .any
        var openCORS = EngineServer.Configuration()
        openCORS.cors = .any
        for configuration in [open, openCORS] {
            try await withEngine(loops: 1, configuration) { server, peer, _ in
                for origin in ["http://evil", "null"] {
                    let client = try peer.connect()
                    client.send(Self.webSocket(origin: origin))
                    #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                }
                #expect(server.refusedOriginsCount == 0)
            }
        }
    }

    @Test func `CORS that lets nobody in leaves the server's own pages`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.cors = CORS(origins: .none)
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let own = try peer.connect()
            own.send(Self.webSocket(origin: "http://server:3000"))
            #expect(own.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            let other = try peer.connect()
            other.send(Self.webSocket(origin: "http://other"))
            #expect(other.receiveResponse().head.hasPrefix("HTTP/1.1 403 "))
        }
    }

    @Test func `a page that may not is reported with its origin`() async throws {
        let errors = Mutex<[ConnectionError]>([])
        try await withEngine(loops: 1) { server, peer, _ in
            server.onConnectionError { error in errors.withLock { $0.append(error) } }
            let client = try peer.connect()
            client.send(Self.webSocket(origin: "http://evil"))
            _ = client.receiveResponse()
        }
        let error = try #require(errors.withLock { $0.first })
        #expect(error.code == 4 && error.message == "Origin not allowed")
        #expect(error.context == ["name": "ORIGIN_NOT_ALLOWED", "origin": "http://evil"])
        #expect(error.request.isWebSocket && error.request.sessionID == nil)
    }
}
