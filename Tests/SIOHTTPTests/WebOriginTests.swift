import SIOBytes
import Testing

@testable import SIOHTTP

/// Where pages come from.
@Suite struct WebOriginTests {
    @Test(arguments: [
        ("https://example.com", "example.com", 443),
        ("http://example.com", "example.com", 80),
        ("HTTPS://Example.COM:8443", "example.com", 8443),
        ("http://127.0.0.1:3000", "127.0.0.1", 3000),
        ("http://[::1]:3000", "[::1]", 3000),
        ("https://[::1]", "[::1]", 443),
        ("http://a:", "a", 80),
    ])
    func `an origin is a scheme, a host and a port`(text: String, host: String, port: Int) throws {
        let origin = try #require(WebOrigin(text))
        #expect(origin.host == host && origin.port == port)
        #expect(origin.isSecure == text.lowercased().hasPrefix("https"))
    }

    @Test(arguments: [
        "", "null", "example.com", "file://", "file:///a", "chrome-extension://abcdef", "http://", "http://:80",
        "http://[]",
        "http://[::1", "http://a/b", "http://a?b", "http://u@a", "http://a:1x", "http://a:65536", "http://a:999999",
        "http://a b", "http://a,http://b", "https:/a", "http://[::1]x",
    ])
    func `what is no origin of a page is none`(text: String) {
        #expect(WebOrigin(text) == nil)
    }

    @Test(arguments: [
        ("http://a", "a", false, true),
        ("http://a:80", "a", false, true),
        ("http://a", "a:80", false, true),
        ("http://A:3000", "a:3000", false, true),
        ("http://[::1]:3000", "[::1]:3000", false, true),
        ("http://a:3000", "a", false, false),
        ("http://a", "a:3000", false, false),
        ("http://a:3000", "a:3001", false, false),
        ("http://a", "b", false, false),
        ("http://a.evil", "a", false, false),
        ("http://evil-a", "a", false, false),
        ("https://a", "a", true, true),
        ("https://a:443", "a", true, true),
        // A proxy took the TLS off.
        ("https://a", "a", false, true),
        ("https://a", "a:443", false, true),
        ("https://a", "a:80", false, false),
        // A page that somebody may have changed on its way does not stand for one that nobody could.
        ("http://a", "a", true, false),
        ("null", "a", false, false),
        ("null", "null", false, false),
        ("http://a", "", false, false),
    ])
    func `a page is the server's own if host and port are the same`(
        origin: String, host: String, secure: Bool, same: Bool
    ) {
        var request = HTTPRequest(target: "/", headers: ["Host": host])
        request.isSecure = secure
        #expect(request.isForHost(of: origin) == same)
    }

    @Test func `a request without a host is for nobody's page`() {
        #expect(!HTTPRequest(target: "/", minorVersion: 0).isForHost(of: "http://a"))
    }

    @Test func `any text is read, as one or as none`() {
        let pieces = ["http", "s", "://", "[", "]", ":", "80", "99999", "a", "é", "\u{0}", "/", " ", "@", ""]
        var state: UInt64 = 1
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<6 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            guard let origin = WebOrigin(text) else { continue }
            #expect(!origin.host.isEmpty && (0...65_535).contains(origin.port))
        }
    }
}
