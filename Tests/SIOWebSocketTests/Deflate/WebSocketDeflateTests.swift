import SIOBytes
import TestSupport
import Testing

@testable import SIOWebSocket

/// One side of a connection, from a message to bytes and back.
private struct Side {
    let role: WebSocketRole
    let pool = DeflatePool()
    var deflate: WebSocketDeflate
    var decoder: WebSocketDecoder
    var limit = 1 << 20

    init(_ role: WebSocketRole, _ parameters: DeflateParameters, _ configuration: PerMessageDeflate) {
        self.role = role
        deflate = WebSocketDeflate(parameters, configuration, role: role)
        decoder = WebSocketDecoder(role: role, mayBeCompressed: true)
    }

    mutating func send(_ opcode: WebSocketOpcode, _ message: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        let key = role == .client ? WebSocketMaskingKey(9, 8, 7, UInt8(truncatingIfNeeded: message.count)) : nil
        if deflate.isWorth(message.count) {
            deflate.append(opcode, message.span.bytes, maskingKey: key, pool: pool, to: &buffer)
        } else {
            WebSocketFrame.append(opcode, payload: message.span.bytes, maskingKey: key, to: &buffer)
        }
        return buffer.take()
    }

    /// A message for many, as a frame.
    func shared(_ opcode: WebSocketOpcode, _ message: [UInt8]) -> [UInt8]? {
        deflate.shared(opcode, message.span.bytes, pool: pool)
    }

    /// The message in the bytes, which are one frame.
    mutating func receive(_ bytes: [UInt8]) throws -> Found? {
        var window = bytes
        var span = window.mutableSpan
        var all = span.mutableBytes
        guard let step = try decoder.next(in: &all, from: 0) else { return nil }
        guard case .compressed(let kind, let compressed) = Found(step.event, in: all.bytes) else {
            return Found(step.event, in: all.bytes)
        }
        var output = pool.takeScratch()
        defer { pool.giveBack(&output) }
        try deflate.inflate(compressed.span.bytes, kind, limit: limit, pool: pool, into: &output)
        return kind == .text ? .text(output) : .binary(output)
    }
}

private func pair(
    _ parameters: DeflateParameters = DeflateParameters(), _ change: (inout PerMessageDeflate) -> Void = { _ in }
) -> (server: Side, client: Side) {
    var configuration = PerMessageDeflate()
    configuration.threshold = 0
    change(&configuration)
    return (Side(.server, parameters, configuration), Side(.client, parameters, configuration))
}

private let combinations: [DeflateParameters] = [false, true].flatMap { server in
    [false, true].flatMap { client in
        [8, 9, 12, 15].flatMap { serverBits in
            [8, 10, 15].map { clientBits in
                DeflateParameters(
                    serverNoContextTakeover: server, clientNoContextTakeover: client, serverMaxWindowBits: serverBits,
                    clientMaxWindowBits: clientBits)
            }
        }
    }
}

@Suite struct `Compressed messages between both roles` {
    @Test(arguments: combinations) func `random messages come out as they went in`(parameters: DeflateParameters) throws
    {
        var (server, client) = pair(parameters) {
            $0.threshold = 20
            $0.serverMaxWindowBits = parameters.serverMaxWindowBits
            $0.clientMaxWindowBits = parameters.clientMaxWindowBits
        }
        var numbers = Numbers(state: UInt64(parameters.serverMaxWindowBits * 16 + parameters.clientMaxWindowBits))
        for _ in 0..<40 {
            let size = [0, 10, 60, 300, 3000, 40_000].map { Int.random(in: 0...$0, using: &numbers) }.randomElement(
                using: &numbers)
            let message = sample(size ?? 0, &numbers)
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0, 1: #expect(try client.receive(server.send(.text, message)) == .text(message))
            case 2, 3: #expect(try server.receive(client.send(.binary, message)) == .binary(message))
            case 4:
                // What is sent to many suits this one too.
                guard server.deflate.canShare(message.count),
                    let frame = server.shared(.text, message)
                else { continue }
                server.deflate.sentShared()
                #expect(try client.receive(frame) == .text(message))
            default:
                // A context vanishes when it was not used for a while.
                server.pool.sweep()
                client.pool.sweep()
            }
        }
    }

    @Test func `a message that repeats the one before is short, if the context is kept`() {
        var numbers = Numbers()
        let noise = noise(2000, &numbers).map { $0 & 0x7F }
        var kept = pair()
        let first = kept.server.send(.text, noise).count
        #expect(kept.server.send(.text, noise).count < 60)
        var forgotten = pair(DeflateParameters(serverNoContextTakeover: true))
        #expect(forgotten.server.send(.text, noise).count == first)
        #expect(forgotten.server.send(.text, noise).count == first)
        _ = forgotten.client.send(.text, noise)
        #expect(forgotten.client.send(.text, noise).count < 60)
    }

    @Test func `a message that does not get shorter goes as it is, and nothing refers to it`() throws {
        var numbers = Numbers()
        let noise = noise(2000, &numbers)
        var (server, client) = pair()
        for _ in 0..<2 {
            let frame = server.send(.binary, noise)
            #expect(frame[0] == 0x82 && frame.count == 2004)
            #expect(try client.receive(frame) == .binary(noise))
        }
        let text = sample(1000, &numbers)
        #expect(try client.receive(server.send(.text, text)) == .text(text))
    }

    @Test func `a message below the threshold is not compressed`() {
        let (server, _) = pair { $0.threshold = 1024 }
        #expect(!server.deflate.isWorth(1023) && server.deflate.isWorth(1024))
    }

    @Test func `a message that refers to one that was sent to many is understood`() throws {
        var (server, client) = pair()
        let (one, all) = (bytes(String(repeating: "one ", count: 100)), bytes(String(repeating: "all ", count: 100)))
        for _ in 0..<3 {
            #expect(try client.receive(server.send(.text, one)) == .text(one))
            let frame = try #require(server.shared(.text, all))
            #expect(frame[0] == 0xC1)
            server.deflate.sentShared()
            #expect(try client.receive(frame) == .text(all))
        }
    }

    @Test func `what is sent to many fits their windows`() {
        let small = DeflateParameters(serverMaxWindowBits: 9)
        let server = pair(small).server
        #expect(server.deflate.canShare(512) && !server.deflate.canShare(513))
        #expect(pair(small) { $0.serverMaxWindowBits = 9 }.server.deflate.canShare(1 << 20))
        #expect(pair().server.deflate.canShare(1 << 20))
        #expect(!pair().client.deflate.canShare(1))
        var numbers = Numbers()
        let text = sample(500, &numbers)
        #expect(server.shared(.text, text)?.count ?? 0 < 500)
        let more = noise(500, &numbers)
        #expect(server.shared(.binary, more) == nil)
    }

    @Test func `a text is checked behind its decompression`() throws {
        var (server, client) = pair()
        let broken = [UInt8](repeating: 0xC3, count: 100)
        #expect(try client.receive(server.send(.binary, broken)) == .binary(broken))
        #expect(throws: WebSocketError.textNotUTF8) { try client.receive(server.send(.text, broken)) }
    }

    @Test func `a message may become as long as the limit and no longer`() throws {
        var (server, client) = pair()
        client.limit = 10_000
        let zeros = [UInt8](repeating: 0, count: 10_000)
        #expect(try client.receive(server.send(.binary, zeros)) == .binary(zeros))
        #expect(throws: WebSocketError.messageTooBig) { try client.receive(server.send(.binary, zeros + [0])) }
    }

    @Test(arguments: roles) func `a compressed message is the same in any pieces`(role: WebSocketRole) throws {
        var numbers = Numbers()
        let message = sample(200, &numbers)
        let compressed = Deflater(bits: 15).deflate(message)
        for cut in 0...compressed.count {
            var side = Side(role, DeflateParameters(), PerMessageDeflate())
            let first = frame(1, Array(compressed[..<cut]), fin: false, rsv: 4, to: role)
            let last = frame(0, Array(compressed[cut...]), to: role)
            #expect(try side.receive(first) == .fragment)
            #expect(try side.receive(last) == .text(message))
        }
    }

    // MARK: Memory

    @Test func `an idle connection keeps its peer's window and nothing else`() throws {
        var (server, client) = pair()
        var numbers = Numbers()
        #expect(server.pool.isEmpty && server.deflate.windowCount == 0)
        for _ in 0..<50 {
            _ = try client.receive(server.send(.text, sample(2000, &numbers)))
            _ = try server.receive(client.send(.text, sample(2000, &numbers)))
        }
        #expect(server.pool.contextsCount == 1)
        server.pool.sweep()
        server.pool.sweep()
        #expect(server.pool.isEmpty)
        #expect(server.deflate.windowCount == 32_768)
        let message = sample(2000, &numbers)
        #expect(try client.receive(server.send(.text, message)) == .text(message))
    }

    @Test func `without takeover a connection keeps nothing`() throws {
        var (server, client) = pair(DeflateParameters(serverNoContextTakeover: true, clientNoContextTakeover: true))
        var numbers = Numbers()
        for _ in 0..<5 {
            _ = try client.receive(server.send(.text, sample(2000, &numbers)))
            _ = try server.receive(client.send(.text, sample(2000, &numbers)))
        }
        #expect(server.pool.contextsCount == 0 && server.deflate.windowCount == 0)
    }

    @Test func `a small window is all that is kept`() throws {
        var (server, client) = pair(DeflateParameters(clientMaxWindowBits: 10))
        var numbers = Numbers()
        for _ in 0..<5 { _ = try server.receive(client.send(.text, sample(2000, &numbers))) }
        #expect(server.deflate.windowCount == 1024)
    }

    @Test func `a connection that ends gives its context back`() {
        var (server, _) = pair()
        _ = server.send(.text, bytes("Hello"))
        #expect(server.pool.contextsCount == 1)
        server.deflate.release(to: server.pool)
        #expect(server.pool.contextsCount == 0)
    }
}
