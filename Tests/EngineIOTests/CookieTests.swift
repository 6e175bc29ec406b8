import SIONet
import TestSupport
import Testing

@testable import EngineIO

/// The cookie of a session on polling.
@Suite struct CookieTests {
    @Test func `it is set by the answer to the handshake on polling, and by no other`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.cookie = Cookie()
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let client = try peer.connect()
            client.send(Peer.get())
            let (head, body) = client.receiveResponse()
            let text = String(decoding: body, as: UTF8.self)
            let sid = String(try #require(text.split(separator: "\"").dropFirst(3).first))
            #expect(head.contains("\r\nSet-Cookie: io=\(sid); Path=/; HttpOnly; SameSite=Lax\r\n"))
            client.send(Peer.post(sid, "4x"))
            #expect(!client.receiveResponse().head.contains("Set-Cookie"))
            client.send(Peer.get(sid))
            #expect(!client.receiveResponse().head.contains("Set-Cookie"))
            let socket = try peer.connect()
            socket.send(Peer.webSocket())
            #expect(!socket.receive(until: "\r\n\r\n").contains("Set-Cookie"))
        }
    }

    @Test func `it is written as the reference writes it`() {
        var cookie = Cookie()
        #expect(cookie.field(value: "a-_9") == "io=a-_9; Path=/; HttpOnly; SameSite=Lax")
        #expect(cookie.field(value: "a;b=c") == "io=a%3Bb%3Dc; Path=/; HttpOnly; SameSite=Lax")
        cookie.path = nil
        cookie.isHTTPOnly = false
        cookie.sameSite = nil
        #expect(cookie.field(value: "x") == "io=x")
        cookie = Cookie(name: "lb")
        cookie.maxAge = .seconds(3600)
        cookie.domain = "example.com"
        cookie.path = "/chat"
        cookie.isSecure = true
        cookie.isPartitioned = true
        cookie.sameSite = Cookie.SameSite.none
        #expect(
            cookie.field(value: "x")
                == "lb=x; Max-Age=3600; Domain=example.com; Path=/chat; HttpOnly; Secure; Partitioned; SameSite=None")
    }

    @Test(arguments: [
        ("io", true), ("a.b_c~!", true), ("", false), ("a b", false), ("a=b", false), ("a;b", false), ("a\r\nb", false),
        ("é", false), ("a,b", false), ("(a)", false),
    ])
    func `a name is a token`(name: String, isValid: Bool) {
        #expect(Cookie.isValid(name: name) == isValid)
    }

    @Test(arguments: [
        ("/", true), ("", true), ("/a b/c=d", true), ("/;Domain=evil", false), ("/\r\nSet-Cookie: a=b", false),
        ("/é", false),
        ("/<script>", false), ("/\u{7F}", false),
    ])
    func `a path ends no attribute`(path: String, isValid: Bool) {
        #expect(Cookie.isValid(path: path) == isValid)
    }

    @Test(arguments: [
        ("example.com", true), (".example.com", true), ("localhost", true), ("a-b.c", true), ("", false), (".", false),
        ("a..b", false), ("-a.b", false), ("a-.b", false), ("a;b", false), ("a b", false), ("a\nb", false),
        (String(repeating: "a", count: 63), true), (String(repeating: "a", count: 64), false),
    ])
    func `a domain is a host's name`(domain: String, isValid: Bool) {
        #expect(Cookie.isValid(domain: domain) == isValid)
    }
}
