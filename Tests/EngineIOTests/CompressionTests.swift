import SIONet
import SIOWebSocket
import TestSupport
import Testing

@testable import EngineIO

private let long = String(repeating: "a text that repeats itself; ", count: 100)

extension RawClient {
    /// Asks for a path below the engine's, and returns the answer's head and body.
    fileprivate func get(_ sid: String?, accepts: String = "gzip") -> (head: String, body: [UInt8]) {
        send(
            "GET /engine.io/?EIO=4&transport=polling\(sid.map { "&sid=\($0)" } ?? "") HTTP/1.1\r\nHost: x\r\n"
                + "Accept-Encoding: \(accepts)\r\n\r\n")
        return receiveResponse()
    }

    fileprivate func upgrade(_ sid: String? = nil, _ extensions: String = "permessage-deflate") -> String {
        send(
            "GET /engine.io/?EIO=4&transport=websocket\(sid.map { "&sid=\($0)" } ?? "") HTTP/1.1\r\nHost: x\r\n"
                + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: \(extensions)\r\n\r\n")
        return receive(until: "\r\n\r\n")
    }

    /// Whether the next message is compressed, and the message.
    fileprivate func receiveMessage() throws -> (Bool, String) {
        let frame = try #require(receiveFrameWithBits())
        guard frame.first & 0x40 != 0 else { return (false, String(decoding: frame.payload, as: UTF8.self)) }
        var output: [UInt8] = []
        try Inflater().inflate(frame.payload.span.bytes, window: nil, limit: 1 << 20, into: &output)
        return (true, String(decoding: output, as: UTF8.self))
    }
}

@Suite struct `Compression on an engine's two transports` {
    /// Runs the body against a server that answers each word with a long message, compressed unless the word is `plain`.
    private func withEngine(
        _ change: (inout EngineServer.Configuration) -> Void, _ body: @escaping @Sendable (Int) throws -> Void
    ) async throws {
        var configuration = EngineServer.Configuration()
        change(&configuration)
        let server = EngineServer(configuration)
        server.onConnection { socket in
            socket.onMessage { [unowned socket] message in
                switch message {
                case .text(let word): socket.send(.text(long), compress: word != "plain")
                case .binary: socket.send(.binary(Array(long.utf8)))
                }
            }
        }
        let (group, own) = (EventLoopGroup(loops: 1), EventLoopGroup(loops: 1))
        let port = try #require(try await server.listen(host: "127.0.0.1", port: 0, eventLoops: group).first?.port)
        let result = await own.loops[0].call { Result { try body(port) } }
        await own.shutdown()
        await server.close()
        await group.shutdown()
        try result.get()
    }

    /// Opens a session on polling.
    private static func open(_ client: RawClient) -> String {
        let body = String(decoding: client.get(nil).body, as: UTF8.self)
        return String(body.dropFirst(#"0{"sid":""#.count).prefix(20))
    }

    private static func post(_ client: RawClient, _ sid: String, _ word: String) {
        client.send(
            "POST /engine.io/?EIO=4&transport=polling&sid=\(sid) HTTP/1.1\r\nHost: x\r\nContent-Length: \(word.utf8.count + 1)"
                + "\r\n\r\n4\(word)")
        #expect(client.receiveResponse().body == Array("ok".utf8))
    }

    @Test(arguments: [("word", "gzip", true), ("plain", "gzip", false), ("word", "identity", false)])
    func `a polling answer is compressed if both want it`(word: String, accepts: String, isCompressed: Bool)
        async throws
    {
        try await withEngine {
            _ in
        } _: { port in
            let client = try RawClient(port: port)
            let sid = Self.open(client)
            for _ in 0..<2 {
                Self.post(client, sid, word)
                let (head, body) = client.get(sid, accepts: accepts)
                #expect(head.contains("Content-Encoding: gzip\r\n") == isCompressed)
                #expect(body.starts(with: isCompressed ? [0x1F, 0x8B] : Array("4a text".utf8)))
            }
            // One message among several is enough.
            Self.post(client, sid, "plain")
            Self.post(client, sid, word)
            #expect(client.get(sid, accepts: accepts).head.contains("gzip") == isCompressed)
        }
    }

    @Test func `a polling answer is not compressed where that is off`() async throws {
        try await withEngine {
            $0.httpCompression = nil
        } _: { port in
            let client = try RawClient(port: port)
            let sid = Self.open(client)
            Self.post(client, sid, "word")
            let (head, body) = client.get(sid)
            #expect(!head.contains("Content-Encoding") && !head.contains("Vary") && body == Array("4\(long)".utf8))
        }
    }

    @Test func `WebSocket messages are compressed if both want it`() async throws {
        try await withEngine {
            $0.perMessageDeflate = PerMessageDeflate()
            $0.perMessageDeflate?.serverNoContextTakeover = true
        } _: { port in
            let client = try RawClient(port: port)
            #expect(
                client.upgrade().contains(
                    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"))
            #expect(try client.receiveMessage().0 == false)
            for word in ["word", "plain"] {
                client.sendFrame(1, Array("4\(word)".utf8))
                #expect(try client.receiveMessage() == (word == "word", "4\(long)"))
            }
            client.sendFrame(2, [1])
            #expect(try client.receiveMessage() == (true, long))
        }
    }

    @Test func `by default nothing is agreed on`() async throws {
        try await withEngine {
            _ in
        } _: { port in
            let client = try RawClient(port: port)
            #expect(!client.upgrade().contains("Sec-WebSocket-Extensions"))
        }
    }

    @Test func `an offer that breaks the grammar is refused`() async throws {
        try await withEngine {
            $0.perMessageDeflate = PerMessageDeflate()
        } _: { port in
            let client = try RawClient(port: port)
            #expect(client.upgrade(nil, "permessage-deflate;").hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test(arguments: [["word"], ["plain"], ["word", "plain"], ["plain", "word"]])
    func `what must not be compressed is not, whatever waits for an upgrade beside it`(words: [String]) async throws {
        try await withEngine {
            $0.perMessageDeflate = PerMessageDeflate()
            $0.perMessageDeflate?.serverNoContextTakeover = true
        } _: { port in
            let polling = try RawClient(port: port)
            let sid = Self.open(polling)
            let client = try RawClient(port: port)
            #expect(client.upgrade(sid).hasPrefix("HTTP/1.1 101 "))
            client.sendFrame(1, Array("2probe".utf8))
            #expect(try client.receiveMessage() == (false, "3probe"))
            for word in words { Self.post(polling, sid, word) }
            client.sendFrame(1, Array("5".utf8))
            for _ in words { #expect(try client.receiveMessage() == (words == ["word"], "4\(long)")) }
            // Nothing of that is remembered behind it.
            for word in ["word", "plain"] {
                client.sendFrame(1, Array("4\(word)".utf8))
                #expect(try client.receiveMessage() == (word == "word", "4\(long)"))
            }
        }
    }
}
