import Testing

@testable import SIOHTTP

@Suite struct CookieJarTests {
    private let url: HTTPURL
    private let secure: HTTPURL

    init() throws {
        url = try HTTPURL("http://chat.example.org/engine.io/?x")
        secure = try HTTPURL("https://chat.example.org/engine.io/")
    }

    /// A jar into which each of these was set at the second 1000.
    private func jar(_ cookies: String..., over url: HTTPURL? = nil) -> CookieJar {
        var jar = CookieJar()
        for cookie in cookies { jar.store(["Set-Cookie": cookie], from: url ?? self.url, now: 1000) }
        return jar
    }

    @Test(arguments: [
        ("a=b", "a=b"), (" a = b ", "a=b"), ("a=b; Path=/", "a=b"), ("a=", "a="), ("a=b=c", "a=b=c"),
        ("a=\"b\"; HttpOnly; SameSite=None; Unknown", "a=\"b\""), ("a=b;path=/engine.io", "a=b"),
        ("a=b; path=relative", "a=b"), ("a=b; Domain=example.org", "a=b"), ("a=b; Domain=.example.org", "a=b"),
        ("a=b; Domain=", "a=b"), ("a=b; Max-Age=1", "a=b"), ("a=b; Max-Age=99999999999999999999", "a=b"),
        ("a=b; Max-Age=x", "a=b"), ("a=b; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "a=b"),
        ("a=b; Expires=rubbish", "a=b"), ("a=b; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=b"),
        ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=10", "a=b"),
    ])
    func `a cookie is sent back`(text: String, header: String) {
        var jar = jar(text)
        #expect(jar.header(for: url, now: 1000) == header)
    }

    @Test(arguments: [
        "", "a", "=b", "; a=b", "a=b; Path=/other", "a=b; Path=/engine", "a=b; Path=/engine.io/deeper",
        "a=b; Domain=evil.org", "a=b; Domain=ample.org", "a=b; Domain=www.chat.example.org", "a=b; Secure",
        "a=b; Max-Age=0", "a=b; Max-Age=-5", "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "a=" + String(repeating: "b", count: CookieJar.maxCookieSize - 1),
    ])
    func `what is no cookie for this server is not sent`(text: String) {
        var jar = jar(text)
        #expect(jar.header(for: url, now: 1000) == nil)
    }

    @Test func `a secure cookie is sent with TLS only`() {
        var jar = jar("a=b; Secure", over: secure)
        #expect(jar.header(for: url, now: 1000) == nil)
        #expect(jar.header(for: secure, now: 1000) == "a=b")
    }

    @Test func `a cookie ends with its time`() {
        var jar = jar("a=b; Max-Age=10", "c=d; Expires=Thu, 01 Jan 1970 00:16:50 GMT", "e=f")
        #expect(jar.header(for: url, now: 1009) == "a=b; c=d; e=f")
        #expect(jar.header(for: url, now: 1010) == "e=f")
        #expect(jar.count == 1)
    }

    @Test func `a cookie replaces one of its name and path, and deletes it when it has expired`() {
        var jar = jar("a=1; Path=/", "a=2", "a=3; Path=/")
        #expect(jar.header(for: url, now: 1000) == "a=2; a=3")
        jar.store(["Set-Cookie": "a=; Path=/; Max-Age=0", "set-cookie": "b=4"], from: url, now: 1001)
        #expect(jar.header(for: url, now: 1001) == "a=2; b=4")
    }

    @Test func `there are never more than so many`() {
        var jar = CookieJar()
        for number in 0...CookieJar.maxCookies {
            jar.store(["Set-Cookie": "c\(number)=x"], from: url, now: 0)
        }
        #expect(jar.count == CookieJar.maxCookies)
        #expect(jar.header(for: url, now: 0)?.hasPrefix("c1=x; ") == true)
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("01 Mar 2000 00:00:00", 951_868_800), ("1 jan 69 0:0:0", 3_124_224_000), ("", nil), ("GMT", nil),
            ("32 Nov 1994 08:49:37", nil), ("6 Nov 1994 24:00:00", nil), ("6 Nov 1994", nil),
            ("6 Nov 1600 00:00:00", nil),
            ("6 Nov 1994 08:49:37:12", nil), ("999999999999 Nov 1994 08:49:37", nil),
        ] as [(String, Int?)])
    func `dates are read as they are written`(text: String, seconds: Int?) {
        #expect(CookieDate.seconds(text) == seconds)
    }
}
