import SIOBytes
import TestSupport
import Testing

@testable import SIOWebSocket

private func handshake(_ subprotocols: [String] = []) -> WebSocketClientHandshake {
    var numbers = Numbers()
    return WebSocketClientHandshake(subprotocols: subprotocols, using: &numbers)
}

private func response(to handshake: WebSocketClientHandshake) -> [String: String] {
    let accept = handshake.key.withUTF8Bytes(WebSocketHandshake.acceptValue)
    return ["Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept]
}

@Suite struct `The opening handshake of a client` {
    @Test func `a key is 16 bytes of the generator`() {
        #expect(Base64.decode(Array(handshake().key.utf8).span.bytes)?.count == 16)
        #expect(handshake().key == handshake().key)
        var numbers = Numbers()
        let keys = (0..<10).map { _ in WebSocketClientHandshake(using: &numbers).key }
        #expect(Set(keys).count == 10)
    }

    @Test func `the request has the headers of RFC 6455 §4_1`() {
        let plain = handshake()
        #expect(
            plain.requestHeaders.map(\.0) == ["Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"])
        #expect(plain.requestHeaders.map(\.1) == ["websocket", "Upgrade", plain.key, "13"])
        let last = handshake(["chat", "superchat"]).requestHeaders.last
        #expect(last?.0 == "Sec-WebSocket-Protocol" && last?.1 == "chat, superchat")
    }

    @Test(arguments: [[], ["chat"]]) func `server and client agree`(subprotocols: [String]) throws {
        let client = handshake(subprotocols)
        let request = Dictionary(uniqueKeysWithValues: client.requestHeaders)
        let acceptance = try WebSocketHandshake.accept(
            method: "GET", versionMinor: 1, headers: request, supportedProtocols: ["chat"])
        let headers = [String: String](lines: acceptance.lines)
        #expect(try client.verify(status: 101, headers: headers) == subprotocols.first)
    }

    @Test func `server and client agree on permessage-deflate`() throws {
        var numbers = Numbers()
        var wanted = PerMessageDeflate()
        wanted.serverMaxWindowBits = 12
        let client = WebSocketClientHandshake(deflate: wanted, using: &numbers)
        let request = Dictionary(uniqueKeysWithValues: client.requestHeaders)
        #expect(request["Sec-WebSocket-Extensions"] == DeflateParameters.offer(wanted))
        let acceptance = try WebSocketHandshake.accept(
            method: "GET", versionMinor: 1, headers: request, deflate: PerMessageDeflate())
        var headers = [String: String](lines: acceptance.lines)
        #expect(try client.verify(status: 101, headers: headers) == nil)
        #expect(try client.deflateParameters(headers: headers) == DeflateParameters(serverMaxWindowBits: 12))
        headers["Sec-WebSocket-Extensions"] = nil
        #expect(try client.deflateParameters(headers: headers) == nil)
        for wrong in ["permessage-deflate", "permessage-deflate;", "other"] {
            headers["Sec-WebSocket-Extensions"] = wrong
            #expect(throws: WebSocketResponseError.extensions(wrong)) {
                try client.verify(status: 101, headers: headers)
            }
        }
    }

    @Test(
        arguments: [
            (["Upgrade": nil], .upgrade), (["Upgrade": "h2c"], .upgrade), (["Connection": nil], .connection),
            (["Connection": "close"], .connection), (["Sec-WebSocket-Accept": nil], .accept),
            (["Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="], .accept),
            (["Sec-WebSocket-Extensions": "permessage-deflate"], .extensions("permessage-deflate")),
            (["Sec-WebSocket-Protocol": "other"], .subprotocol("other")),
            (["Sec-WebSocket-Protocol": "chat, chat"], .subprotocol("chat, chat")),
        ] as [([String: String?], WebSocketResponseError)])
    func `a response that is none is refused`(changes: [String: String?], error: WebSocketResponseError) {
        let client = handshake(["chat"])
        var headers = response(to: client)
        for (name, value) in changes { headers[name] = value }
        #expect(throws: error) { try client.verify(status: 101, headers: headers) }
    }

    @Test(arguments: [200, 301, 400, 426]) func `another status is refused`(status: Int) {
        let client = handshake()
        let headers = response(to: client)
        #expect(throws: WebSocketResponseError.status(status)) {
            try client.verify(status: status, headers: headers)
        }
    }

    @Test func `a server may spell as it likes, and take no subprotocol`() throws {
        let client = handshake(["chat"])
        var headers = response(to: client)
        headers["Upgrade"] = " WebSocket"
        headers["Connection"] = "keep-alive, upgrade"
        headers["Sec-WebSocket-Extensions"] = ""
        #expect(try client.verify(status: 101, headers: headers) == nil)
    }

    @Test func `a subprotocol that is no token is the caller's mistake`() async {
        await #expect(processExitsWith: .failure) {
            var numbers = Numbers()
            _ = WebSocketClientHandshake(subprotocols: ["a, b"], using: &numbers)
        }
    }
}
