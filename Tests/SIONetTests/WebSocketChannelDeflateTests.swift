import SIOBytes
import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

/// Sends back what comes, and does what a few words ask for.
private final class Echo: WebSocketChannelDelegate {
    static let shared = [UInt8]("to all, to all, to all, to all, to all, to all".utf8)
    private let channel: WebSocketChannel
    private let frame: SharedBytes
    private var me: Echo?

    init(_ channel: WebSocketChannel, _ frame: SharedBytes) {
        self.channel = channel
        self.frame = frame
        me = self
        channel.delegate = self
    }

    func received(text: RawSpan) {
        switch text.string {
        case "shared": channel.send(frame: frame)
        case "shared, plain": channel.send(frame: frame, compress: false)
        case "close": channel.close()
        default: channel.send(text: text)
        }
    }

    func received(binary: RawSpan) { channel.send(binary: binary, compress: false) }
    func channelDrained() {}
    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) { me = nil }
}

@Suite struct `A channel with compression` {
    private static let text = [UInt8](String(repeating: "a text that repeats itself; ", count: 40).utf8)

    /// Runs the body with a server that compresses, and its port.
    private func withServer(
        _ change: (inout PerMessageDeflate) -> Void = { _ in },
        _ body: @escaping @Sendable (Int, EventLoop) async throws -> Void
    ) async throws {
        var configuration = PerMessageDeflate()
        configuration.threshold = 40
        change(&configuration)
        let frame = SharedBytes(WebSocketFrame.bytes(.text, payload: Echo.shared.span.bytes).span.bytes)
        let handler = TestHandler { [configuration] exchange in
            let limits = WebSocketLimits(maxMessageSize: 10_000, maxFrameSize: 10_000)
            guard let channel = try? exchange.upgrade(limits: limits, deflate: configuration) else { return }
            _ = Echo(channel, frame)
        }
        try await SIONetTests.withServer(mount: { $0.mount(handler, at: "/") }) { server, port in
            try await body(port, server.eventLoops.loops[0])
            #expect(await server.eventLoops.settles())
            // Nobody is left who could refer to anything.
            #expect(
                await server.eventLoops.loops[0].call { server.eventLoops.loops[0].core.compression.pool.contextsCount }
                    == 0)
        }
    }

    /// A client that has shaken hands, and what the server answered to its offer.
    private static func connect(_ port: Int, _ offer: String? = "permessage-deflate") throws -> (RawClient, String?) {
        let client = try RawClient(port: port)
        client.send(
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + (offer.map { "Sec-WebSocket-Extensions: \($0)\r\n" } ?? "") + "\r\n")
        let head = client.receive(until: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        let line = head.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Extensions: ") }
        return (client, line.map { String($0.dropFirst(26)) })
    }

    /// A client's half of a connection.
    private struct Peer {
        let client: RawClient
        let deflater = Deflater(Deflater.Settings(format: .raw(windowBits: 15)))
        let inflater = Inflater()
        var window: DeflateWindow? = DeflateWindow(bits: 15)

        func compress(_ message: [UInt8]) -> [UInt8] {
            var output: [UInt8] = []
            deflater.deflate(message: message.span.bytes, into: &output)
            return output
        }

        mutating func receive() throws -> (isCompressed: Bool, message: [UInt8]) {
            let frame = try #require(client.receiveFrameWithBits())
            guard frame.first & 0x40 != 0 else { return (false, frame.payload) }
            var output: [UInt8] = []
            try inflater.inflate(frame.payload.span.bytes, window: window, limit: 100_000, into: &output)
            window?.append(output.span.bytes)
            return (true, output)
        }
    }

    @Test func `messages are compressed both ways`() async throws {
        try await withServer { port, _ in
            let (client, answer) = try Self.connect(port, "permessage-deflate; client_max_window_bits")
            #expect(answer == "permessage-deflate")
            var peer = Peer(client: client)
            for round in 0..<5 {
                let message = Self.text + [UInt8("\(round)".utf8.count)]
                client.sendFrame(0x41, peer.compress(message))
                let (isCompressed, received) = try peer.receive()
                #expect(isCompressed && received == message)
            }
            // In two frames, with a ping between them; and one that came as it is.
            let compressed = peer.compress(Self.text)
            client.sendFrame(0x41, Array(compressed[..<5]), isFinal: false)
            client.sendFrame(9, [7])
            client.sendFrame(0, Array(compressed[5...]))
            client.sendFrame(1, Self.text)
            #expect(try peer.receive() == (false, [7]))
            for _ in 0..<2 { #expect(try peer.receive() == (true, Self.text)) }
            client.close()
        }
    }

    @Test func `a short message and one that shall not be compressed go as they are`() async throws {
        try await withServer { port, _ in
            let (client, _) = try Self.connect(port)
            var peer = Peer(client: client)
            for (size, isCompressed) in [(39, false), (40, true)] {
                let message = [UInt8](repeating: 65, count: size)
                client.sendFrame(1, message)
                #expect(try peer.receive() == (isCompressed, message))
            }
            client.sendFrame(0x42, peer.compress(Self.text))
            #expect(try peer.receive() == (false, Self.text))
            client.close()
        }
    }

    @Test(arguments: [nil, "x-other", "permessage-deflate; unknown"] as [String?])
    func `nothing is compressed for a client that does not ask for it`(offer: String?) async throws {
        try await withServer { port, _ in
            let (client, answer) = try Self.connect(port, offer)
            #expect(answer == nil)
            var peer = Peer(client: client)
            client.sendFrame(1, Self.text)
            #expect(try peer.receive() == (false, Self.text))
            client.sendFrame(0x41, peer.compress(Self.text))
            let close = client.receiveFrame()
            #expect(close?.opcode == 8 && close?.payload.prefix(2) == [3, 234])
            client.close()
        }
    }

    @Test(
        arguments: [
            (0x41, [0xFF, 0xFF], 1007), (0x41, [0xF2, 0x00, 0x11, 0x00, 0x00], 1007),
            // A text of one byte that is no UTF-8.
            (0x41, [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00], 1007), (0x49, [], 1002), (0x40, [], 1002),
        ] as [(UInt8, [UInt8], Int)])
    func `what breaks the rules is answered with its code`(first: UInt8, payload: [UInt8], code: Int) async throws {
        try await withServer { port, _ in
            let (client, _) = try Self.connect(port)
            client.sendFrame(first, payload)
            // What follows in the same window is not looked at.
            client.sendFrame(1, Self.text)
            let close = client.receiveFrame()
            #expect(close?.opcode == 8 && close?.payload.prefix(2) == [UInt8(code >> 8), UInt8(code & 255)])
            #expect(client.isEnded())
            client.close()
        }
    }

    @Test func `a message that becomes too big is answered with 1009`() async throws {
        try await withServer { port, _ in
            let (client, _) = try Self.connect(port)
            var peer = Peer(client: client)
            client.sendFrame(0x41, peer.compress([UInt8](repeating: 65, count: 10_000)))
            #expect(try peer.receive().message.count == 10_000)
            client.sendFrame(0x41, peer.compress([UInt8](repeating: 65, count: 10_001)))
            let close = client.receiveFrame()
            #expect(close?.opcode == 8 && close?.payload.prefix(2) == [3, 241])
            client.close()
        }
    }

    @Test(arguments: ["", "; server_no_context_takeover", "; server_max_window_bits=9"])
    func `a frame for many is compressed for all, between messages of one's own`(parameter: String) async throws {
        try await withServer { port, _ in
            for _ in 0..<2 {
                let (client, _) = try Self.connect(port, "permessage-deflate\(parameter)")
                var peer = Peer(client: client)
                for _ in 0..<3 {
                    client.sendFrame(1, Self.text)
                    #expect(try peer.receive() == (true, Self.text))
                    client.sendFrame(1, [UInt8]("shared".utf8))
                    #expect(try peer.receive() == (true, Echo.shared))
                    client.sendFrame(1, [UInt8]("shared, plain".utf8))
                    #expect(try peer.receive() == (false, Echo.shared))
                }
                client.close()
            }
        }
    }

    @Test func `a frame that is too long for a client's window is compressed for it alone`() async throws {
        let long = [UInt8](String(repeating: "0123456789", count: 60).utf8)
        let frame = SharedBytes(WebSocketFrame.bytes(.text, payload: long.span.bytes).span.bytes)
        let handler = TestHandler { exchange in
            var configuration = PerMessageDeflate()
            configuration.threshold = 0
            let channel = try? exchange.upgrade(limits: WebSocketLimits(), deflate: configuration)
            channel?.send(frame: frame)
            channel?.send(frame: frame)
        }
        try await SIONetTests.withServer(mount: { $0.mount(handler, at: "/") }) { _, port in
            let (small, _) = try Self.connect(port, "permessage-deflate; server_max_window_bits=9")
            var peer = Peer(client: small)
            let first = try #require(small.receiveFrameWithBits())
            #expect(first.first == 0xC1)
            var output: [UInt8] = []
            try peer.inflater.inflate(first.payload.span.bytes, window: nil, limit: 1000, into: &output)
            #expect(output == long)
            peer.window?.append(output.span.bytes)
            // Its own context was used: the second refers to the first.
            let second = try #require(small.receiveFrameWithBits())
            #expect(second.payload.count < first.payload.count)
            small.close()
            #expect(frame.compressed { nil } == nil)
        }
    }

    @Test func `the loop gives back what nobody uses`() async throws {
        try await withServer { port, loop in
            await loop.call { loop.core.compression.interval = .milliseconds(10) }
            #expect(await loop.call { loop.core.compression.isEmpty })
            let (client, _) = try Self.connect(port)
            var peer = Peer(client: client)
            for _ in 0..<2 {
                client.sendFrame(0x41, peer.compress(Self.text))
                #expect(try peer.receive() == (true, Self.text))
                #expect(await eventually { await loop.call { loop.core.compression.isEmpty } })
            }
            client.close()
        }
    }

    @Test func `closing and broken connections end as they do without compression`() async throws {
        try await withServer { port, _ in
            let (client, _) = try Self.connect(port)
            client.sendFrame(1, [UInt8]("close".utf8))
            #expect(client.receiveFrame()?.opcode == 8)
            // Behind our own close nothing is handed on, however broken it is.
            client.sendFrame(0x41, [0xFF])
            client.sendFrame(8, [3, 232])
            #expect(client.isEnded())
            client.close()
        }
    }
}
