import SIOBytes
import SIOHTTP
import Testing

@Suite struct HTTPRequestTests {
    @Test(arguments: [
        ("/", "/", ""), ("/a/b", "/a/b", ""), ("/a?b=c", "/a", "b=c"), ("/a?", "/a", ""), ("/?a?b", "/", "a?b"),
        ("*", "*", ""), ("/%3F?x", "/%3F", "x"),
    ])
    func `the target is a path and a query`(target: String, path: String, query: String) {
        let request = HTTPRequest(target: target)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test(
        arguments: [
            ("/?a=1&b=2", "b", "2"), ("/?a=1&a=2", "a", "1"), ("/?a", "a", ""), ("/?a=", "a", ""), ("/?=x", "", "x"),
            ("/?a=b=c", "a", "b=c"), ("/?&&a=1&", "a", "1"), ("/?a=1+2%2B3", "a", "1 2+3"), ("/?%61=x", "a", "x"),
            ("/?a+b=x", "a b", "x"), ("/?a=%C3%A9%f0%9F%A6%8A", "a", "é🦊"), ("/?a=%zz%4", "a", "%zz%4"),
            ("/?a=%", "a", "%"), ("/?a=%FF", "a", "\u{FFFD}"), ("/?a=x%00y", "a", "x\u{0}y"), ("/?a=b?c", "a", "b?c"),
            ("/?a=1%262", "a", "1&2"), ("/?a%3D=1", "a=", "1"), ("/?aa=1&a=2", "a", "2"), ("/?a=1&%61%61=2", "aa", "2"),
            ("/?a%=1", "a%", "1"), ("/?\u{e9}=1", "\u{e9}", "1"),
        ] as [(String, String, String?)])
    func `an item is found and decoded`(target: String, name: String, value: String?) {
        #expect(HTTPRequest(target: target).queryItem(name) == value)
    }

    @Test(arguments: [
        ("/", "a"), ("/?", "a"), ("/a=1", "a"), ("/?b=a", "a"), ("/?A=1", "a"), ("/?aa=1", "a"), ("/?&", ""),
    ])
    func `an item that is not there is nil`(target: String, name: String) {
        #expect(HTTPRequest(target: target).queryItem(name) == nil)
    }

    @Test func `all items are there in their order`() {
        let items = HTTPRequest(target: "/?b=1&a=x+y&b&=z&").queryItems
        #expect(items.map(\.0) == ["b", "a", "b", ""])
        #expect(items.map(\.1) == ["1", "x y", "", "z"])
        #expect(HTTPRequest(target: "/").queryItems.isEmpty)
    }

    @Test(arguments: [HTTPLimits.maxQueryItems, HTTPLimits.maxQueryItems + 1])
    func `only so many items are read`(count: Int) {
        let request = HTTPRequest(target: "/?" + String(repeating: "a&", count: count))
        #expect(request.queryItems.count == HTTPLimits.maxQueryItems)
    }

    @Test(arguments: [
        ("Upgrade", "websocket", 1, true), ("keep-alive, Upgrade", "WebSocket", 1, true),
        ("Upgrade", "h2c, websocket", 1, true), ("Upgrade", "websocket", 0, false), ("close", "websocket", 1, false),
        ("Upgrade", "h2c", 1, false),
    ])
    func `an upgrade is asked for by two fields in 1.1`(connection: String, upgrade: String, minor: Int, wants: Bool) {
        let request = HTTPRequest(
            target: "/", minorVersion: minor, headers: ["Connection": connection, "Upgrade": upgrade])
        #expect(request.wantsUpgrade(to: "websocket") == wants)
    }

    @Test func `a walk along the query finds the items in their order, with their names decoded`() {
        let request = HTTPRequest(target: "/?a=1&%62=x%20y&&c&a=+2&=e")
        var items: [String] = []
        request.forEachQueryItem { name, value in
            items.append("\(name.string):\(HTTPRequest.decodeQueryValue(value))")
        }
        #expect(items == ["a:1", "b:x y", "c:", "a: 2", ":e"])
        #expect(items == request.queryItems.map { "\($0):\($1)" })
        HTTPRequest(target: "/").forEachQueryItem { _, _ in Issue.record("there is no query") }
    }
}
