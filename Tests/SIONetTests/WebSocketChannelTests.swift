import Glibc
import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

/// A delegate of closures, which lives as long as its channel.
private final class TestDelegate: WebSocketChannelDelegate {
    let channel: WebSocketChannel
    var onText: (RawSpan) -> Void = { _ in }
    var onBinary: (RawSpan) -> Void = { _ in }
    var onDrained: () -> Void = {}
    var onClosed: (WebSocketClosure, WebSocketError?) -> Void = { _, _ in }
    private var me: TestDelegate?

    init(_ channel: WebSocketChannel) {
        self.channel = channel
        me = self
        channel.delegate = self
    }

    func received(text: RawSpan) { onText(text) }
    func received(binary: RawSpan) { onBinary(binary) }
    func channelDrained() { onDrained() }
    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {
        onClosed(closure, failure)
        onText = { _ in }
        onBinary = { _ in }
        onDrained = {}
        onClosed = { _, _ in }
        me = nil
    }
}

/// How channels came to their ends.
private struct Ends: Sendable {
    var codes: [UInt16] = []
    var clean = 0
    var failures: [WebSocketError] = []
    var drained = 0
}

@Suite struct WebSocketChannelTests {
    private let ends = Shared(Ends())

    /// Runs the body with a server whose channels are set up by the closure, and a client that has shaken hands.
    private func withChannel(
        limits: WebSocketLimits = WebSocketLimits(),
        closeTimeout: Duration = .seconds(10),
        receiveBuffer: Int? = nil,
        _ setUp: @escaping @Sendable (TestDelegate) -> Void,
        _ body: @escaping @Sendable (RawClient, EventLoopGroup) async throws -> Void
    ) async throws {
        let ends = ends
        let handler = TestHandler { exchange in
            guard let channel = try? exchange.upgrade(limits: limits, closeTimeout: closeTimeout) else { return }
            let delegate = TestDelegate(channel)
            setUp(delegate)
            delegate.onClosed = { closure, failure in
                ends.change {
                    $0.codes.append(closure.code.rawValue)
                    if closure.isClean { $0.clean += 1 }
                    if let failure { $0.failures.append(failure) }
                }
            }
        }
        try await withServer(mount: { $0.mount(handler, at: "/") }) { server, port in
            let client = try RawClient(port: port, receiveBuffer: receiveBuffer)
            client.send(
                "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            try await body(client, server.eventLoops)
            client.close()
            #expect(await server.eventLoops.settles())
            #expect(ends.value.codes.count == 1)
        }
    }

    @Sendable private static func echo(_ delegate: TestDelegate) {
        delegate.onText = { [unowned delegate] in delegate.channel.send(text: $0) }
        delegate.onBinary = { [unowned delegate] in delegate.channel.send(binary: $0) }
    }

    // MARK: Messages

    @Test(arguments: [0, 1, 125, 126, 65535, 65536, 1 << 20])
    func `a message comes back as it was`(size: Int) async throws {
        var limits = WebSocketLimits()
        limits.maxFrameSize = 1 << 20
        limits.maxMessageSize = 1 << 20
        try await withChannel(limits: limits, Self.echo) { client, _ in
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 % 127) }
            for _ in 0..<3 {
                client.sendFrame(2, payload)
                #expect(client.receiveFrame()?.payload == payload)
            }
            // In two fragments, with a ping between them.
            client.sendFrame(1, Array(payload.prefix(size / 2)), isFinal: false)
            client.sendFrame(9, [7])
            client.sendFrame(0, Array(payload.dropFirst(size / 2)))
            let pong = client.receiveFrame()
            #expect(pong?.opcode == 10 && pong?.payload == [7])
            let message = client.receiveFrame()
            #expect(message?.opcode == 1 && message?.payload == payload)
        }
    }

    @Test func `a window's frames are counted, whatever they are`() async throws {
        let counts = Shared<[Int]>([])
        try await withChannel { delegate in
            delegate.onText = { [unowned delegate] text in
                counts.change { $0.append(delegate.channel.messageCount) }
                delegate.channel.send(text: text)
            }
        } _: { client, _ in
            let some = RawClient.frame(2, [1]) + RawClient.frame(2, [2]) + RawClient.frame(10, [])
            client.send(some + RawClient.frame(1, [65]))
            #expect(client.receiveFrame()?.payload == [65])
            client.sendFrame(1, [66])
            #expect(client.receiveFrame()?.payload == [66])
        }
        #expect(counts.value == [3, 0])
    }

    @Test func `a message that comes in very many pieces costs no more than its length`() async throws {
        var limits = WebSocketLimits()
        limits.maxFrameSize = 4 << 20
        limits.maxMessageSize = 4 << 20
        try await withChannel(limits: limits, Self.echo) { client, _ in
            let payload = [UInt8](repeating: 1, count: 4 << 20)
            let frame = RawClient.frame(2, payload)
            let start = ContinuousClock.now
            for place in stride(from: 0, to: frame.count, by: 1000) {
                client.send(Array(frame[place..<min(place + 1000, frame.count)]))
            }
            #expect(client.receiveFrame()?.payload.count == payload.count)
            // Copied anew with each piece, it would be nine gigabytes.
            #expect(ContinuousClock.now - start < .seconds(8) * slowness)
        }
    }

    @Test func `frames that come byte by byte and many in a segment are the same`() async throws {
        try await withChannel(Self.echo) { client, _ in
            let frames = (0..<30).flatMap { RawClient.frame(1, Array("message \($0)".utf8)) }
            client.send(frames)
            for number in 0..<30 { #expect(client.receiveFrame()?.payload == Array("message \(number)".utf8)) }
            for byte in frames { client.send([byte]) }
            for number in 0..<30 { #expect(client.receiveFrame()?.payload == Array("message \(number)".utf8)) }
        }
    }

    // MARK: Back-pressure

    @Test func `a channel says when its peer does not read, and when it has read`() async throws {
        let ends = ends
        let delegate = Shared<LoopBound<TestDelegate>?>(nil)
        let frame = SharedBytes(of: [2 | 0x80, 127, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 1, count: 65536))
        try await withChannel(receiveBuffer: 4096) { made in
            made.channel.connection.outboundLimit = 1_000_000
            made.onDrained = { ends.change { $0.drained += 1 } }
            let bound = LoopBound(made, to: made.channel.connection.core.loop)
            delegate.change { $0 = bound }
        } _: { client, _ in
            let bound = try #require(delegate.value)
            var sent = 0
            while await bound.loop.call({
                bound.value.channel.send(frame: frame)
                return !bound.value.channel.connection.isOverflowing
            }) { sent += 1 }
            #expect(await bound.loop.call { bound.value.channel.connection.isWritable } == false)
            let drained = ends.value.drained
            for _ in 0...sent { #expect(client.receiveFrame()?.payload.count == 65536) }
            #expect(await eventually { ends.value.drained > drained })
            #expect(await bound.loop.call { bound.value.channel.connection.isWritable })
            delegate.change { $0 = nil }
        }
    }

    @Test func `a peer that pings and reads nothing is dropped`() async throws {
        try await withChannel(receiveBuffer: 4096) { delegate in
            delegate.channel.connection.outboundLimit = 100_000
        } _: { client, group in
            let pings = [UInt8]((0..<1000).flatMap { _ in RawClient.frame(9, [UInt8](repeating: 0, count: 125)) })
            var rounds = 0
            while client.send(pings), rounds < 1000 { rounds += 1 }
            #expect(rounds < 1000)
            #expect(await group.settles())
        }
    }

    // MARK: Closing

    @Test func `the peer's close is answered, and the connection ends`() async throws {
        try await withChannel(Self.echo) { client, _ in
            client.send(RawClient.frame(1, [65]) + RawClient.frame(8, [3, 232]) + RawClient.frame(1, [66]))
            #expect(client.receiveFrame()?.payload == [65])
            let close = client.receiveFrame()
            #expect(close?.opcode == 8 && close?.payload == [3, 232])
            #expect(client.isEnded())
        }
        #expect(ends.value.codes == [1000] && ends.value.clean == 1)
    }

    @Test func `our own close waits for the peer's, and takes no more messages`() async throws {
        try await withChannel { delegate in
            delegate.onText = { [unowned delegate] _ in
                delegate.channel.close(.goingAway, reason: "bye")
                delegate.channel.close(.normalClosure)
                delegate.channel.send(text: [65].span.bytes)
                delegate.onText = { _ in Issue.record("a message behind the close") }
            }
        } _: { client, _ in
            client.send(RawClient.frame(1, [65]) + RawClient.frame(1, [66]))
            let close = client.receiveFrame()
            #expect(close?.opcode == 8 && close?.payload == [3, 233] + Array("bye".utf8))
            client.sendFrame(1, [67])
            client.sendFrame(8, [3, 233])
            #expect(client.isEnded())
        }
        #expect(ends.value.clean == 1)
    }

    @Test func `a peer that does not answer a close is dropped in time`() async throws {
        try await withChannel(closeTimeout: .milliseconds(50)) { delegate in
            delegate.onText = { [unowned delegate] _ in delegate.channel.close() }
        } _: { client, _ in
            client.sendFrame(1, [65])
            #expect(client.receiveFrame()?.opcode == 8)
            #expect(client.isEnded())
        }
        #expect(ends.value.codes == [1006] && ends.value.clean == 0)
    }

    @Test func `a fault is told the peer, and reported`() async throws {
        try await withChannel(Self.echo) { client, _ in
            client.send(RawClient.frame(1, [65]) + RawClient.frame(3, []) + RawClient.frame(1, [66]))
            #expect(client.receiveFrame()?.payload == [65])
            let close = client.receiveFrame()
            #expect(close?.opcode == 8 && close?.payload.prefix(2) == [3, 234])
            #expect(client.isEnded())
        }
        #expect(ends.value.failures.count == 1)
    }

    @Test func `a message beyond the limit is told by its header alone`() async throws {
        var limits = WebSocketLimits()
        limits.maxFrameSize = 1000
        limits.maxMessageSize = 1000
        try await withChannel(limits: limits, Self.echo) { client, _ in
            client.send(Array(RawClient.frame(1, [UInt8](repeating: 65, count: 1001)).prefix(8)))
            #expect(client.receiveFrame()?.payload.prefix(2) == [3, 241])
            #expect(client.isEnded())
        }
    }

    @Test(arguments: [true, false])
    func `a peer that goes without a word is reported`(isReset: Bool) async throws {
        try await withChannel(Self.echo) { client, _ in
            client.sendFrame(1, [65])
            _ = client.receiveFrame()
            if isReset { client.reset() } else { client.endSending() }
        }
        #expect(ends.value.codes == [1006])
    }

    @Test func `a channel may be aborted in the middle of a message's delivery`() async throws {
        try await withChannel { delegate in
            delegate.onText = { [unowned delegate] _ in
                delegate.channel.abort()
                delegate.channel.send(text: [65].span.bytes)
                delegate.channel.close()
            }
        } _: { client, _ in
            client.send(RawClient.frame(1, [65]) + RawClient.frame(1, [66]))
            #expect(client.isEnded())
        }
    }
}
