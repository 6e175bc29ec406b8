import Testing

@testable import SIOWebSocket

@Suite struct `Elements of Sec-WebSocket-Extensions` {
    typealias Parameter = WebSocketExtension.Parameter

    @Test(
        arguments: [
            ("", []), (" , ,\t", []), ("a", [.init(name: "a")]), ("a,b", [.init(name: "a"), .init(name: "b")]),
            (" a ,, b ", [.init(name: "a"), .init(name: "b")]),
            ("a;b", [.init(name: "a", parameters: [.init(name: "b")])]),
            ("a ; b = c", [.init(name: "a", parameters: [.init(name: "b", value: "c")])]),
            ("a;b=\"c\"", [.init(name: "a", parameters: [.init(name: "b", value: "c")])]),
            ("a;b=\"\\c\\d\"", [.init(name: "a", parameters: [.init(name: "b", value: "cd")])]),
            (
                "a;b=1;b;c, d;e=2",
                [
                    .init(
                        name: "a",
                        parameters: [.init(name: "b", value: "1"), .init(name: "b"), .init(name: "c")]),
                    .init(name: "d", parameters: [.init(name: "e", value: "2")]),
                ]
            ),
        ] as [(String, [WebSocketExtension])])
    func `a list is read`(value: String, expected: [WebSocketExtension]) {
        #expect(WebSocketExtension.list(value) == expected)
    }

    @Test(
        arguments: [
            ";", "a;", "a;;b", "a;b=", "a;=c", "a=b", "a b", "a;b c", "a;b=c d", "a;b=\"c", "a;b=\"\"", "a;b=\"c d\"",
            "a;b=\"c\"d", "a;b=\"\\", "a;b=\"\\\"\"", "a;b=\"c,d\"", "é", "a;b=é", "a\0", "\"a\"", "a;b=c=d", "a\r\nb",
        ])
    func `what breaks the grammar is no list`(value: String) {
        #expect(WebSocketExtension.list(value) == nil)
    }

    @Test func `hostile values take linear time`() {
        let commas = String(repeating: ",", count: 1_000_000)
        #expect(WebSocketExtension.list(commas) == [])
        let spaces = "a;b=" + String(repeating: " ", count: 1_000_000) + ";"
        #expect(WebSocketExtension.list(spaces) == nil)
        let many = String(repeating: "a;b=\"c\",", count: 50_000)
        #expect(WebSocketExtension.list(many)?.count == 50_000)
    }
}
