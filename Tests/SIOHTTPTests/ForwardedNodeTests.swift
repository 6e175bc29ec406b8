import Testing

@testable import SIOHTTP

/// What proxies tell of a request's road.
@Suite struct ForwardedNodeTests {
    static func nodes(_ pairs: [(String?, String?)]) -> [ForwardedNode] {
        pairs.map { ForwardedNode(address: $0.0, scheme: $0.1) }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("192.0.2.1:4711", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"), ("[2001:db8::1]:80", "2001:db8::1"), ("::1", "::1"),
        ("unknown", nil), ("_hidden", nil), ("", nil), ("[::1", nil), ("[]", nil), ("[::1]x", nil), ("evil.com", nil),
        ("192.0.2.1 ", nil), ("fe80::1%eth0", nil), (":80", nil), ("abc", nil),
    ])
    func `a node is an address, perhaps with a port`(node: String, address: String?) {
        #expect(HTTPHeaders.address(node) == address)
    }

    @Test func `X-Forwarded-For is a list over all its fields, and schemes are counted from its end`() {
        var headers = HTTPHeaders()
        #expect(headers.xForwarded.isEmpty)
        headers.add("X-Forwarded-For", "192.0.2.1, 198.51.100.2")
        headers.add("X-Forwarded-For", "unknown")
        #expect(headers.xForwarded == Self.nodes([("192.0.2.1", nil), ("198.51.100.2", nil), (nil, nil)]))
        headers["X-Forwarded-Proto"] = "HTTPS"
        #expect(headers.xForwarded.map(\.scheme) == ["https", "https", "https"])
        headers["X-Forwarded-Proto"] = "https, http"
        #expect(headers.xForwarded.map(\.scheme) == ["https", "https", "http"])
        headers["X-Forwarded-For"] = "\", 192.0.2.1"
        #expect(headers.xForwarded.map(\.address) == [nil, "192.0.2.1"])
        headers["X-Forwarded-For"] = nil
        #expect(headers.xForwarded == Self.nodes([(nil, "http")]))
        headers["X-Forwarded-For"] = "192.0.2.1, 198.51.100.2, unknown"
        headers["X-Forwarded-Proto"] = "spoofed, https, http, http"
        #expect(headers.xForwarded.map(\.scheme) == ["https", "http", "http"])
    }

    @Test(arguments: [
        ("for=192.0.2.43", [("192.0.2.43", nil)]),
        ("For=\"[2001:db8:cafe::17]:4711\"", [("2001:db8:cafe::17", nil)]),
        ("for=192.0.2.60;proto=http;by=203.0.113.43", [("192.0.2.60", "http")]),
        ("for=192.0.2.43, for=198.51.100.17;proto=HTTPS", [("192.0.2.43", nil), ("198.51.100.17", "https")]),
        ("for=unknown, for=_x", [(nil, nil), (nil, nil)]),
        ("proto=\"ht\\tps\";for=\"192.0.2.1:80\"", [("192.0.2.1", "https")]),
        // A comma in quotes ends nothing; what is no pair is passed over.
        ("by=\"a,b;for=1.1.1.1\";for=192.0.2.2 ; x", [("192.0.2.2", nil)]),
        // Nor does a quote that a client left open.
        ("for=\"1.1.1.1, for=192.0.2.2", [(nil, nil), ("192.0.2.2", nil)]),
        ("for=\", for=\"[::1]:80\"", [(nil, nil), ("::1", nil)]),
        ("for=\"\\\", for=192.0.2.2", [(nil, nil), ("192.0.2.2", nil)]),
        ("", [(nil, nil)]),
        (" , ", [(nil, nil), (nil, nil)]),
    ])
    func `Forwarded is read as RFC 7239 has it`(value: String, expected: [(String?, String?)]) {
        let headers: HTTPHeaders = ["Forwarded": value]
        #expect(headers.forwarded == Self.nodes(expected))
    }

    /// Each is one character with what stands in front of it or behind it.
    @Test(arguments: ["\u{605}", "\u{600}", "\u{110BD}"])
    func `a mark that a client ends its word with swallows nothing of what a proxy writes`(mark: String) {
        let headers: HTTPHeaders = [
            "X-Forwarded-For": "198.51.100.1\(mark), 192.0.2.1", "X-Forwarded-Proto": "http\(mark), https",
            "Forwarded": "for=198.51.100.1\(mark), for=192.0.2.1;proto=https",
        ]
        #expect(headers.xForwarded == Self.nodes([(nil, "http\(mark)"), ("192.0.2.1", "https")]))
        #expect(headers.forwarded == Self.nodes([(nil, nil), ("192.0.2.1", "https")]))
    }

    @Test func `only the last proxies are looked at`() {
        let limit = HTTPHeaders.maxForwardedNodes
        for count in [limit, limit + 1] {
            let list = (0..<count).map { "10.0.0.\($0 % 256)" }.joined(separator: ",")
            let headers: HTTPHeaders = ["X-Forwarded-For": list, "Forwarded": list]
            #expect(headers.xForwarded.count == limit && headers.forwarded.count == limit)
            #expect(headers.xForwarded.last?.address == "10.0.0.\((count - 1) % 256)")
        }
    }

    @Test func `any text is read, as something or as nothing`() {
        let pieces = [
            "for=", "proto=", "\"", "\\", ",", ";", "=", "[", "]", ":", "::1", "192.0.2.1", "https", " ", "\t", "é",
            "x",
        ]
        var state: UInt64 = 7
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<9 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            let headers: HTTPHeaders = ["Forwarded": text, "X-Forwarded-For": text, "X-Forwarded-Proto": text]
            for node in headers.forwarded + headers.xForwarded {
                #expect(
                    node.address?.utf8.allSatisfy { $0.hexadecimalValue != nil || $0 == 0x3A || $0 == 0x2E } ?? true)
            }
        }
    }
}
