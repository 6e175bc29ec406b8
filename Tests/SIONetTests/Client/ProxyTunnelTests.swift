import SIOHTTP
import TestSupport
import Testing

@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct ProxyTunnelTests {
    private func options(_ port: Int, _ credentials: HTTPProxy.Credentials? = nil) -> HTTPClient.Options {
        var options = HTTPClient.Options()
        options.connect.proxy = HTTPProxy(host: "127.0.0.1", port: port, credentials: credentials)
        return options
    }

    @Test func `a proxy carries requests, with TLS and without, and knows the host by its name`() async throws {
        let fixture = try TLSFixture()
        let proxy = try RawProxy()
        try await withTLSServer(TLSContext(fixture.configuration)) { server in
            server.on("/") { .text($0.isSecure ? "secure" : "plain") }
        } _: { _, secure, plain in
            try await withClientLoop { loop in
                var options = options(proxy.port)
                options.connect.tls = try TLSClientContext(fixture.client)
                #expect(await loop.text("https://localhost:\(secure)/", options) == "secure")
                #expect(await loop.text("http://no-such-host.invalid:\(plain)/", options) == "plain")
            }
            #expect(
                proxy.heads == [
                    "CONNECT localhost:\(secure) HTTP/1.1\r\nHost: localhost:\(secure)\r\n\r\n",
                    "CONNECT no-such-host.invalid:\(plain) HTTP/1.1\r\nHost: no-such-host.invalid:\(plain)\r\n\r\n",
                ])
        }
    }

    @Test func `a proxy that wants to know who asks is told`() async throws {
        let proxy = try RawProxy(authorization: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        try await withClientLoop { loop in
            let url = "http://127.0.0.1:\(server.port)/"
            let known = HTTPProxy.Credentials(user: "Aladdin", password: "open sesame")
            #expect(await loop.text(url, options(proxy.port, known)) == "ok")
            let refused = await loop.get(url, options(proxy.port))
            guard case .network(let error)? = refused.failure else { return #expect(Bool(false), "\(refused)") }
            #expect(error.code == .proxyRefused)
            #expect(error.proxyStatus == HTTPStatus(407))
        }
    }

    @Test(arguments: [
        "HTTP/1.1 502 Bad Gateway\r\n\r\n", "rubbish\r\n", "", "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\n\r\nsomebody speaks before he is asked",
        "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 20_000),
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 301 Moved\r\nLocation: http://evil/\r\n\r\n",
    ])
    func `a proxy that does not open a tunnel is told as such`(answer: String) async throws {
        let proxy = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send(answer)
        }
        try await withClientLoop { loop in
            #expect(await loop.get("https://localhost:1/", options(proxy.port)).networkCode == .proxyRefused)
        }
    }

    @Test func `a proxy that does not answer is left in time`() async throws {
        let proxy = try RawServer { peer, _ in _ = peer.receive() }
        try await withClientLoop { loop in
            var options = options(proxy.port)
            options.connect.connectTimeout = .milliseconds(50)
            #expect(await loop.get("http://localhost:1/", options).networkCode == .timedOut)
        }
    }
}
