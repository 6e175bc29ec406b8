import SIOBytes
import Testing

@testable import SIOWebSocket

@Suite struct `Decompressing messages` {
    @Test(
        arguments: [
            ("§7.2.3.1 one block", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], "Hello"),
            (
                "§7.2.3.3 a block without compression",
                [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00], "Hello"
            ),
            ("§7.2.3.4 a block that says it is the last", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], "Hello"),
            (
                "§7.2.3.5 two blocks", [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00],
                "Hello"
            ),
            ("§7.2.3.6 an empty message", [0x00], ""),
            ("a last block without the byte behind it", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], "Hello"),
            ("nothing at all", [], ""),
            (
                "two streams", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
                "HelloHello"
            ),
        ] as [(String, [UInt8], String)])
    func `the examples of RFC 7692`(what: String, message: [UInt8], expected: String) throws {
        #expect(try inflate(message) == bytes(expected), "\(what)")
    }

    @Test func `§7_2_3_2 a message refers to the one before it, if it may`() throws {
        let second: [UInt8] = [0xF2, 0x00, 0x11, 0x00, 0x00]
        var window: DeflateWindow? = DeflateWindow(bits: 15)
        #expect(try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], &window) == bytes("Hello"))
        #expect(try inflate(second, &window) == bytes("Hello"))
        #expect(throws: WebSocketError.compressedData) { try inflate(second) }
    }

    @Test func `a message behind a last block refers to what is in front of it`() throws {
        var window: DeflateWindow? = DeflateWindow(bits: 15)
        _ = try inflate([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], &window)
        #expect(try inflate([0xF2, 0x00, 0x11, 0x00, 0x00], &window) == bytes("Hello"))
        // And within one message: the end of a stream is not the end of the window.
        let both: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xF2, 0x00, 0x11, 0x00, 0x00]
        #expect(try inflate(both) == bytes("HelloHello"))
    }

    @Test func `the same decompressor serves many connections`() throws {
        let inflater = Inflater()
        var windows: [DeflateWindow?] = (0..<3).map { _ in DeflateWindow(bits: 15) }
        let deflaters = (0..<3).map { _ in Deflater(bits: 15) }
        var numbers = Numbers()
        for round in 0..<60 {
            let message = sample(round * 97, &numbers)
            let turn = round % 3
            #expect(try inflate(deflaters[turn].deflate(message), &windows[turn], with: inflater) == message)
        }
    }

    @Test(
        arguments: [
            [0xFF], [0x07], [0x06, 0x00], [0xF2, 0x48], [0xF2, 0x48, 0xCD, 0xC9, 0xC9], [0x00, 0x05, 0x00, 0xFA],
            [0x00, 0x05, 0x00, 0xFA, 0xFE, 0x48], [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65],
            [0xF2, 0x00, 0x11, 0x00, 0x00],
            [0x00, 0x00, 0x00, 0xFF, 0xFF], [0x01], [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xFF],
        ] as [[UInt8]])
    func `what is no whole sequence of blocks is refused`(message: [UInt8]) throws {
        #expect(throws: WebSocketError.compressedData) { try inflate(message) }
        // And leaves nothing behind.
        let inflater = Inflater()
        _ = try? inflate(message, with: inflater)
        #expect(try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], with: inflater) == bytes("Hello"))
    }

    @Test func `a message that is cut short leaves nothing behind`() throws {
        var numbers = Numbers()
        let message = sample(1000, &numbers)
        let whole = Deflater(bits: 15).deflate(message)
        let inflater = Inflater()
        var refused = 0
        for end in 1..<whole.count {
            do throws(WebSocketError) {
                // What the receiver adds may end by chance what the sender did not.
                _ = try inflate(Array(whole[..<end]), with: inflater)
            } catch {
                #expect(error == .compressedData)
                refused += 1
            }
        }
        #expect(refused > whole.count * 3 / 4)
        #expect(try inflate(whole, with: inflater) == message)
    }

    @Test(arguments: [1, 16, 1000, 16_384, 16_385, 65_536, 1 << 20])
    func `a message may be as long as the limit and no longer`(limit: Int) throws {
        let zeros = [UInt8](repeating: 0, count: limit)
        #expect(try inflate(Deflater(bits: 15).deflate(zeros), limit: limit) == zeros)
        let bomb = Deflater(bits: 15).deflate(zeros + [0])
        var output: [UInt8] = []
        #expect(throws: WebSocketError.messageTooBig) {
            try Inflater().inflate(bomb.span.bytes, window: nil, limit: limit, into: &output)
        }
        #expect(output.count == limit + 1)
    }

    @Test func `a message may be of any length where there is no limit`() throws {
        let zeros = [UInt8](repeating: 0, count: 1_000_000)
        #expect(try inflate(Deflater(bits: 15).deflate(zeros), limit: .max) == zeros)
    }

    @Test func `a megabyte that stands for a gigabyte stops behind the limit`() {
        let block = Deflater(bits: 15).deflate([UInt8](repeating: 0, count: 1 << 20)) + [0x00, 0x00, 0xFF, 0xFF]
        let bomb = (0..<1000).flatMap { _ in block }
        #expect(bomb.count > 1_000_000 && bomb.count < 1_100_000)
        var output: [UInt8] = []
        #expect(throws: WebSocketError.messageTooBig) {
            try Inflater().inflate(bomb.span.bytes, window: nil, limit: 1_000_000, into: &output)
        }
        #expect(output.count == 1_000_001)
        // What the allocator rounds up to.
        #expect(output.capacity < 1_000_001 + 8192)
    }

    @Test func `an empty message may be no longer than nothing`() throws {
        #expect(try inflate([0x00], limit: 0) == [])
        #expect(throws: WebSocketError.messageTooBig) {
            try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], limit: 0)
        }
        #expect(try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], limit: .max) == bytes("Hello"))
    }

    @Test func `a message has no more last blocks than it may`() throws {
        let empty: [UInt8] = [0x03, 0x00]
        func message(_ count: Int) -> [UInt8] { (0..<count).flatMap { _ in empty } + [0x00] }
        #expect(try inflate(message(Inflater.maxFinalBlocks)) == [])
        #expect(throws: WebSocketError.compressedData) { try inflate(message(Inflater.maxFinalBlocks + 1)) }
    }

    @Test func `what is in the output stays`() throws {
        var output = bytes("before ")
        let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        try Inflater().inflate(hello.span.bytes, window: nil, limit: 5, into: &output)
        #expect(output == bytes("before Hello"))
    }
}
