import Testing

@testable import SIOHTTP

@Suite struct HTTPURLTests {
    @Test(arguments: [
        ("http://example.org", "example.org", 80, "/", "", "example.org"),
        ("WSS://Example.ORG:8443/a%20b?x=%26", "example.org", 8443, "/a%20b", "x=%26", "example.org:8443"),
        ("ws://[::1]:3000/p", "::1", 3000, "/p", "", "[::1]:3000"),
        ("https://[2001:DB8::1]?q", "2001:db8::1", 443, "/", "q", "[2001:db8::1]"),
        ("http://127.0.0.1:80?a?b", "127.0.0.1", 80, "/", "a?b", "127.0.0.1"),
        ("http://host:/x", "host", 80, "/x", "", "host"),
        ("http://host/ü?ö", "host", 80, "/ü", "ö", "host"),
    ])
    func `an address is taken apart`(
        text: String, host: String, port: Int, path: String, query: String, field: String
    ) throws {
        let url = try HTTPURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.path == path)
        #expect(url.query == query)
        #expect(url.hostField == field)
        #expect(url.isSecure == ["https", "wss"].contains(url.scheme.rawValue))
        #expect(url.target == (query.isEmpty ? path : path + "?" + query))
    }

    @Test(arguments: [
        ("", HTTPURLError.unsupportedScheme), ("ftp://host", .unsupportedScheme), ("http:/host", .unsupportedScheme),
        ("host:80", .unsupportedScheme), ("http://", .invalidHost), ("http:///path", .invalidHost),
        ("http://:80", .invalidHost), ("http://[::1", .invalidHost), ("http://[]", .invalidHost),
        ("http://[fe80::1%25eth0]", .invalidHost), ("http://a%20b", .invalidHost), ("http://hö.example", .invalidHost),
        ("http://" + String(repeating: "a", count: 254), .invalidHost), ("http://[::1]x", .invalidPort),
        ("http://host:port", .invalidPort), ("http://host:0", .invalidPort), ("http://host:65536", .invalidPort),
        ("http://host:123456", .invalidPort), ("http://host:+80", .invalidPort), ("http://a b", .invalidCharacter),
        ("http://host/\r\nX: y", .invalidCharacter), ("http://host\\@evil/", .invalidCharacter),
        ("http://host/\0", .invalidCharacter), ("http://host/#x", .fragment),
        ("http://host/" + String(repeating: "a", count: HTTPURL.maxLength), .tooLong),
    ])
    func `what is no address is refused`(text: String, error: HTTPURLError) {
        #expect(throws: error) { try HTTPURL(text) }
    }

    @Test func `an address of the longest length is taken`() throws {
        let start = "http://host/"
        let url = try HTTPURL(start + String(repeating: "a", count: HTTPURL.maxLength - start.utf8.count))
        #expect(url.path.utf8.count == HTTPURL.maxLength - start.utf8.count + 1)
    }

    @Test func `the last at sign ends the credentials, so that no host can be hidden behind them`() throws {
        let url = try HTTPURL("http://user:p%40ss@good.example@evil.example/")
        #expect(url.host == "evil.example")
        #expect(url.userInfo == "user:p%40ss@good.example")
    }

    @Test func `credentials are decoded, and not shown`() throws {
        let url = try HTTPURL("http://Aladdin:open%20sesame@host/")
        #expect(url.basicAuthorization == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        #expect(url.description == "http://host/")
        #expect(try HTTPURL("http://host").basicAuthorization == nil)
    }
}
