import SIONet
import TestSupport
import Testing

@testable import EngineIO

/// What clients of Engine.IO's third version say, word for word, and what they get.
@Suite(.timeLimit(.minutes(1))) struct Version3Tests {
    /// Runs the body, which may block, against an echo server.
    private func withEngine(
        _ configure: (inout EngineServer.Configuration) -> Void = { _ in },
        _ body: @escaping @Sendable (EngineServer, Peer) async throws -> Void
    ) async throws {
        var configuration = EngineServer.Configuration()
        configuration.allowEIO3 = true
        configure(&configuration)
        let group = EventLoopGroup(loops: 2)
        let server = EngineServer(configuration)
        server.onConnection { socket in
            socket.onMessage { [weak socket] message in
                if message == .text("close") { socket?.close() } else { socket?.send(message) }
            }
        }
        let addresses = try await server.listen(host: "127.0.0.1", port: 0, eventLoops: group)
        let peer = Peer(port: try #require(addresses.first?.port))
        // The clients block a thread that nobody else needs.
        let own = EventLoopGroup(loops: 1)
        let failure = await withTaskExecutorPreference(own.loops[0]) { () async -> (any Error)? in
            do { try await body(server, peer) } catch { return error }
            return nil
        }
        await own.shutdown()
        await server.close()
        await group.shutdown()
        if let failure { throw failure }
    }

    /// A client with a connection for its GETs, and one for its POSTs.
    private struct Peer {
        let port: Int
        var query = "EIO=3"

        func get(_ transport: String, _ sid: String?, _ headers: String = "") -> String {
            "GET /engine.io/?\(query)&transport=\(transport)\(sid.map { "&sid=\($0)" } ?? "") HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
        }

        func poll(_ client: RawClient, _ sid: String? = nil) -> (head: String, body: [UInt8]) {
            client.send(get("polling", sid))
            return client.receiveResponse()
        }

        func post(
            _ client: RawClient, _ sid: String, _ body: [UInt8], type: String = "text/plain;charset=UTF-8"
        ) -> (head: String, body: [UInt8]) {
            client.send(
                Array(
                    ("POST /engine.io/?\(query)&transport=polling&sid=\(sid) HTTP/1.1\r\nHost: x\r\n"
                        + "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n").utf8) + body)
            return client.receiveResponse()
        }

        func webSocket(_ sid: String? = nil) throws -> RawClient {
            let client = try RawClient(port: port)
            client.send(
                get(
                    "websocket", sid,
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
            #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            return client
        }

        /// Opens a session on polling, checks the handshake, and returns the session's id.
        func open(_ client: RawClient, upgrades: String = #""websocket""#) throws -> String {
            let body = text(poll(client).body)
            let sid = String(try #require(body.split(separator: "\"").dropFirst(3).first))
            let handshake =
                #"0{"sid":"\#(sid)","upgrades":[\#(upgrades)],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
            #expect(body == "\(handshake.utf8.count):\(handshake)")
            return sid
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Which version

    @Test(arguments: ["EIO=3", "EIO=2", "x=y"])
    func `without the option all but the fourth version is refused`(query: String) async throws {
        try await withEngine({ $0.allowEIO3 = false }) { _, peer in
            var peer = peer
            peer.query = query
            let (head, body) = peer.poll(try RawClient(port: peer.port))
            #expect(head.hasPrefix("HTTP/1.1 400 "))
            #expect(Self.text(body) == #"{"code":5,"message":"Unsupported protocol version"}"#)
        }
    }

    @Test(arguments: ["EIO=3", "EIO=99", "x=y"])
    func `with the option all but the fourth version is the third`(query: String) async throws {
        try await withEngine { _, peer in
            var peer = peer
            peer.query = query
            _ = try peer.open(RawClient(port: peer.port))
        }
    }

    @Test func `with the option the fourth version is the fourth`() async throws {
        try await withEngine { _, peer in
            var peer = peer
            peer.query = "EIO=4&j=0"
            let client = try RawClient(port: peer.port)
            let body = Self.text(peer.poll(client).body)
            #expect(body.hasPrefix(#"0{"sid":""#))
        }
    }

    // MARK: Polling

    @Test func `texts by polling`() async throws {
        try await withEngine { _, peer in
            let client = try RawClient(port: peer.port)
            let sid = try peer.open(client)
            let (head, ok) = peer.post(client, sid, Array("6:4hello2:4€3:4😀".utf8))
            #expect(head.hasPrefix("HTTP/1.1 200 ") && head.contains("Content-Type: text/html\r\n"))
            #expect(Self.text(ok) == "ok")
            let (answer, body) = peer.poll(client, sid)
            #expect(answer.contains("Content-Type: text/plain; charset=UTF-8\r\n"))
            #expect(Self.text(body) == "6:4hello2:4€3:4😀")
            _ = peer.post(client, sid, Array("1:2".utf8))
            #expect(Self.text(peer.poll(client, sid).body) == "1:3")
            #expect(Self.text(peer.post(client, sid, Array("1:1".utf8)).body) == "ok")
            #expect(Self.text(peer.poll(client, sid).body) == #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }

    @Test func `bytes by polling`() async throws {
        try await withEngine { _, peer in
            let client = try RawClient(port: peer.port)
            let sid = try peer.open(client)
            let payload: [UInt8] = [0, 4, 255, 0x34, 0xE2, 0x82, 0xAC, 1, 5, 255, 4, 1, 2, 3, 4]
            #expect(Self.text(peer.post(client, sid, payload, type: "application/octet-stream").body) == "ok")
            let (answer, body) = peer.poll(client, sid)
            #expect(answer.contains("Content-Type: application/octet-stream\r\n"))
            #expect(body == payload)
            // Base64 in a text, for a client that takes bytes.
            #expect(Self.text(peer.post(client, sid, Array("6:b4AQID".utf8)).body) == "ok")
            #expect(peer.poll(client, sid).body == [1, 4, 255, 4, 1, 2, 3])
        }
    }

    @Test func `bytes by polling as base64`() async throws {
        try await withEngine { _, peer in
            var peer = peer
            peer.query = "EIO=3&b64=1"
            let client = try RawClient(port: peer.port)
            let sid = try peer.open(client)
            #expect(Self.text(peer.post(client, sid, Array("10:b4AQIDBA==".utf8)).body) == "ok")
            let (answer, body) = peer.poll(client, sid)
            #expect(answer.contains("Content-Type: text/plain; charset=UTF-8\r\n"))
            #expect(Self.text(body) == "10:b4AQIDBA==")
        }
    }

    @Test func `scripts and forms`() async throws {
        try await withEngine { _, peer in
            var peer = peer
            peer.query = "EIO=3&j=4%3Cx%3E2"
            let client = try RawClient(port: peer.port)
            let (head, opened) = peer.poll(client)
            #expect(head.contains("Content-Type: text/plain; charset=UTF-8\r\n"))
            let script = Self.text(opened)
            #expect(script.hasPrefix(#"___eio[42]("118:0{\"sid\":\""#) && script.hasSuffix("}\");"))
            let sid = String(try #require(script.split(separator: "\"").dropFirst(4).first).dropLast())
            let form = "d=5%3A4a%5Cn%3C%E2%80%A86%3A4b+%5C%5Cn%26"
            #expect(
                Self.text(peer.post(client, sid, Array(form.utf8), type: "application/x-www-form-urlencoded").body)
                    == "ok")
            #expect(Self.text(peer.poll(client, sid).body) == #"___eio[42]("5:4a\u000a\u003c\u20286:4b \\n&");"#)
            // Bytes leave as base64.
            let bytes = Array("d=6%3Ab4AQID".utf8)
            _ = peer.post(client, sid, bytes, type: "application/x-www-form-urlencoded")
            #expect(Self.text(peer.poll(client, sid).body) == #"___eio[42]("6:b4AQID");"#)
            // A form without a payload is none.
            client.send(
                "POST /engine.io/?\(peer.query)&transport=polling&sid=\(sid) HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nx=y"
            )
            #expect(client.receive() == "")
        }
    }

    // MARK: WebSocket

    @Test func `texts and bytes over a WebSocket`() async throws {
        try await withEngine { _, peer in
            let client = try peer.webSocket()
            #expect(client.receiveFrame().map { Self.text($0.payload) }?.hasPrefix(#"0{"sid":""#) == true)
            client.sendFrame(1, Array("4hello".utf8))
            #expect(client.receiveFrame().map { Self.text($0.payload) } == "4hello")
            client.sendFrame(2, [4, 1, 2, 3])
            let binary = client.receiveFrame()
            #expect(binary?.opcode == 2 && binary?.payload == [4, 1, 2, 3])
            client.sendFrame(1, Array("b4AQID".utf8))
            #expect(client.receiveFrame()?.payload == [4, 1, 2, 3])
            client.sendFrame(1, Array("2".utf8))
            #expect(client.receiveFrame().map { Self.text($0.payload) } == "3")
            client.sendFrame(1, Array("4close".utf8))
            #expect(client.receiveFrame()?.opcode == 8)
        }
    }

    @Test func `bytes over a WebSocket as base64`() async throws {
        try await withEngine { _, peer in
            var peer = peer
            peer.query = "EIO=3&b64=1"
            let client = try peer.webSocket()
            _ = client.receiveFrame()
            client.sendFrame(2, [4, 1, 2, 3])
            let frame = client.receiveFrame()
            #expect(frame?.opcode == 1 && frame?.payload == Array("b4AQID".utf8))
        }
    }

    @Test func `an upgrade`() async throws {
        try await withEngine { _, peer in
            let polling = try RawClient(port: peer.port)
            let sid = try peer.open(polling)
            polling.send(peer.get("polling", sid))
            let socket = try peer.webSocket(sid)
            socket.sendFrame(1, Array("2probe".utf8))
            #expect(socket.receiveFrame().map { Self.text($0.payload) } == "3probe")
            #expect(Self.text(polling.receiveResponse().body) == "1:6")
            let posting = try RawClient(port: peer.port)
            _ = peer.post(posting, sid, [1, 4, 255, 4, 1, 2, 3], type: "application/octet-stream")
            socket.sendFrame(1, Array("5".utf8))
            #expect(socket.receiveFrame()?.payload == [4, 1, 2, 3])
            socket.sendFrame(1, Array("4hello".utf8))
            #expect(socket.receiveFrame().map { Self.text($0.payload) } == "4hello")
        }
    }

    @Test func `a client that does not ping is lost`() async throws {
        try await withEngine({
            $0.pingInterval = .milliseconds(60)
            $0.pingTimeout = .milliseconds(60)
        }) { _, peer in
            let client = try peer.webSocket()
            _ = client.receiveFrame()
            // No ping comes before the end.
            #expect(client.receiveFrame()?.opcode == 8)
        }
    }

    // MARK: Hostile

    @Test(arguments: [
        String(repeating: "2:4¼", count: 200_000), String(repeating: "2:42", count: 250_000),
        "99999991:4" + String(repeating: "2", count: 999_000), String(repeating: "1", count: 1_000_000),
        String(repeating: "1:2", count: 333_333), String(repeating: "0:", count: 500_000),
        String(repeating: ":", count: 1_000_000), String(repeating: "2:b4", count: 250_000),
    ])
    func `a hostile payload is answered or ends its session, and nobody else's`(body: String) async throws {
        try await withEngine({ $0.maxSendBufferSize = 100_000 }) { server, peer in
            let bystander = try peer.webSocket()
            _ = bystander.receiveFrame()
            let client = try RawClient(port: peer.port)
            let sid = try peer.open(client)
            let answer = Self.text(peer.post(client, sid, Array(body.utf8)).body)
            #expect(answer == "ok" || answer == "")
            let after = try RawClient(port: peer.port)
            #expect(Self.text(peer.poll(after, sid).body) == #"{"code":1,"message":"Session ID unknown"}"#)
            bystander.sendFrame(1, Array("4still here".utf8))
            #expect(bystander.receiveFrame().map { Self.text($0.payload) } == "4still here")
            #expect(server.clientsCount == 1)
        }
    }

    @Test func `a payload beyond the limit is refused, and the session goes on`() async throws {
        try await withEngine { _, peer in
            let client = try RawClient(port: peer.port)
            let sid = try peer.open(client)
            let (head, _) = peer.post(client, sid, Array(String(repeating: "2:42", count: 250_001).utf8))
            #expect(head.hasPrefix("HTTP/1.1 413 "))
            let other = try RawClient(port: peer.port)
            #expect(Self.text(peer.post(other, sid, Array("2:4a".utf8)).body) == "ok")
            #expect(Self.text(peer.poll(other, sid).body) == "2:4a")
        }
    }
}
