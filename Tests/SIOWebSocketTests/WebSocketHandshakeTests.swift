import SIOBytes
import TestSupport
import Testing

@testable import SIOWebSocket

private let request = [
    "Host": "server.example.com", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
]

private func accept(
    _ changes: [String: String?] = [:],
    method: String = "GET",
    minor: Int = 1,
    protocols: WebSocketSubprotocols = []
) throws(WebSocketHandshakeError) -> WebSocketHandshake.Acceptance {
    var headers = request
    for (name, value) in changes { headers[name] = value }
    return try WebSocketHandshake.accept(
        method: method, versionMinor: minor, headers: headers, supportedProtocols: protocols)
}

/// What each of these requests is answered with, at least.
private let answer =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

private func flat(_ headers: [(String, String)]) -> [String] { headers.map { "\($0): \($1)" } }

@Suite struct `The opening handshake of a server` {
    @Test func `the example of RFC 6455 §1.3 is accepted`() throws {
        let acceptance = try accept()
        #expect(acceptance.lines == answer)
        #expect(acceptance.subprotocol == nil)
    }

    @Test(
        arguments: [
            ["Upgrade": "WebSocket"], ["Upgrade": "h2c, websocket"], ["Connection": "keep-alive, upgrade"],
            ["Connection": "\tUPGRADE ,close"], ["Sec-WebSocket-Key": " dGhlIHNhbXBsZSBub25jZQ==\t"],
            ["Sec-WebSocket-Version": " 13 "], ["Sec-WebSocket-Extensions": "constructor, __proto__; a=b"],
        ] as [[String: String]])
    func `what the RFC allows is accepted`(changes: [String: String]) throws {
        #expect(try accept(changes.mapValues { $0 }).lines == answer)
    }

    @Test(
        arguments: [
            (["Upgrade": nil], .upgrade), (["Upgrade": "websocket2"], .upgrade), (["Upgrade": "h2c"], .upgrade),
            (["Connection": nil], .connection), (["Connection": "keep-alive"], .connection),
            (["Sec-WebSocket-Version": nil], .version), (["Sec-WebSocket-Version": "8"], .version),
            (["Sec-WebSocket-Version": "13, 8"], .version), (["Sec-WebSocket-Version": "013"], .version),
            (["Sec-WebSocket-Key": nil], .key), (["Sec-WebSocket-Key": ""], .key),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ"], .key),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j"], .key),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQA="], .key),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZSEh"], .key),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub2 jZQ=="], .key),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="], .key),
            (["Sec-WebSocket-Protocol": ""], .subprotocol), (["Sec-WebSocket-Protocol": "a,,b"], .subprotocol),
            (["Sec-WebSocket-Protocol": "a, a"], .subprotocol), (["Sec-WebSocket-Protocol": "a b"], .subprotocol),
            (["Sec-WebSocket-Protocol": "é"], .subprotocol),
        ] as [([String: String?], WebSocketHandshakeError)])
    func `what the RFC forbids is refused`(changes: [String: String?], error: WebSocketHandshakeError) {
        #expect(throws: error) { try accept(changes) }
    }

    @Test func `another method and an older HTTP are refused`() {
        #expect(throws: WebSocketHandshakeError.method) { try accept(method: "POST") }
        #expect(throws: WebSocketHandshakeError.method) { try accept(method: "get") }
        #expect(throws: WebSocketHandshakeError.httpVersion) { try accept(minor: 0) }
    }

    @Test func `an error carries its status and headers`() {
        let badRequests: [WebSocketHandshakeError] = [
            .httpVersion, .upgrade, .connection, .key, .subprotocol, .extensions,
        ]
        for error in badRequests { #expect(error.status == 400 && error.headers.isEmpty && !error.reason.isEmpty) }
        #expect(WebSocketHandshakeError.version.status == 426)
        #expect(
            flat(WebSocketHandshakeError.version.headers) == ["Sec-WebSocket-Version: 13", "Upgrade: websocket"])
        #expect(WebSocketHandshakeError.method.status == 405)
        #expect(flat(WebSocketHandshakeError.method.headers) == ["Allow: GET"])
    }

    @Test(
        arguments: [
            ("chat, superchat", [], nil), ("chat, superchat", ["superchat", "chat"], "chat"), ("chat", ["other"], nil),
            ("Chat", ["chat"], nil), ("chat, superchat", .firstOffered, "chat"),
            (" chat ,\tsuperchat", ["superchat"], "superchat"),
        ] as [(String, WebSocketSubprotocols, String?)])
    func `the first offered subprotocol that is supported is taken`(
        offered: String, supported: WebSocketSubprotocols, expected: String?
    ) throws {
        let acceptance = try accept(["Sec-WebSocket-Protocol": offered], protocols: supported)
        #expect(acceptance.subprotocol == expected)
        #expect(acceptance.lines == answer + (expected.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? ""))
    }

    @Test func `a subprotocol and an extension have a line each`() throws {
        let offers = ["Sec-WebSocket-Extensions": "permessage-deflate", "Sec-WebSocket-Protocol": "chat"]
        let acceptance = try WebSocketHandshake.accept(
            method: "GET", versionMinor: 1, headers: request.merging(offers) { $1 }, supportedProtocols: .firstOffered,
            deflate: PerMessageDeflate())
        #expect(
            acceptance.lines == answer + "Sec-WebSocket-Protocol: chat\r\n"
                + "Sec-WebSocket-Extensions: permessage-deflate\r\n")
    }

    @Test func `no subprotocol is chosen when none is offered`() throws {
        #expect(try accept(protocols: .firstOffered).subprotocol == nil)
        #expect(try accept(protocols: ["chat"]).subprotocol == nil)
    }

    @Test func `permessage-deflate is agreed on where both want it`() throws {
        func accept(_ offer: String, _ deflate: PerMessageDeflate?) throws -> WebSocketHandshake.Acceptance {
            try WebSocketHandshake.accept(
                method: "GET", versionMinor: 1,
                headers: request.merging(["Sec-WebSocket-Extensions": offer]) { $1 }, deflate: deflate)
        }
        let offer = "permessage-deflate; client_max_window_bits, x-other"
        let both = try accept(offer, PerMessageDeflate())
        #expect(both.deflate == DeflateParameters())
        #expect(both.lines == answer + "Sec-WebSocket-Extensions: permessage-deflate\r\n")
        for (offer, deflate) in [(offer, nil), ("x-other", PerMessageDeflate())] as [(String, PerMessageDeflate?)] {
            let neither = try accept(offer, deflate)
            #expect(neither.deflate == nil && neither.lines == answer)
        }
        // RFC 6455 §9.1: what breaks the grammar fails the handshake, where anybody looks.
        #expect(throws: WebSocketHandshakeError.extensions) { try accept("a;", PerMessageDeflate()) }
        #expect(try accept("a;", nil).deflate == nil)
    }

    @Test(arguments: ["Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol"])
    func `hostile values take linear time`(name: String) {
        // CVE-2021-32640, and lists of very many elements: quadratic work on a million bytes would not end in a minute.
        let spaces = "a" + String(repeating: " ", count: 1_000_000) + "b"
        let commas = String(repeating: ",", count: 300_000)
        let tokens = (0..<50_000).map { "t\($0)" }.joined(separator: ",")
        for value in [spaces, commas, tokens + ",t0"] {
            #expect(throws: WebSocketHandshakeError.self) { try accept([name: value]) }
        }
    }
}
