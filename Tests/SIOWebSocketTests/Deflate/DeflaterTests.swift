import SIOBytes
import Testing

@testable import SIOWebSocket

@Suite struct `Compressing messages` {
    @Test func `the examples of RFC 7692 §7_2_3`() {
        let deflater = Deflater(bits: 15)
        #expect(deflater.isFresh)
        #expect(deflater.deflate(bytes("Hello")) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        #expect(!deflater.isFresh)
        #expect(deflater.deflate(bytes("Hello")) == [0xF2, 0x00, 0x11, 0x00, 0x00])
        deflater.reset()
        #expect(deflater.deflate(bytes("Hello")) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
    }

    @Test func `an empty message is one byte, wherever it comes`() throws {
        let deflater = Deflater(bits: 15)
        var window: DeflateWindow? = DeflateWindow(bits: 15)
        for message in ["", "", "Hello", "", "", "Hello", ""] {
            let compressed = deflater.deflate(bytes(message))
            #expect(message.isEmpty == (compressed == [0]))
            #expect(try inflate(compressed, &window) == bytes(message))
        }
    }

    @Test(arguments: 8...15) func `no match is further away than the window`(bits: Int) throws {
        // Noise, and the same again: shorter only if it can be found there.
        var numbers = Numbers()
        let size = 1 << bits
        func twice(_ distance: Int) -> Int {
            let noise = noise(distance, &numbers)
            return Deflater(bits: bits).deflate(noise + noise).count
        }
        #expect(twice(size + 1) > 2 * size)
        #expect(twice(size - 256 > 0 ? size - 300 : 200) < 2 * size * 3 / 4)
    }

    @Test(arguments: [(1, 1), (1, 9), (6, 8), (9, 9)]) func `all of it comes out again`(level: Int, memLevel: Int)
        throws
    {
        var numbers = Numbers()
        for bits in [8, 9, 12, 15] {
            let deflater = Deflater(bits: bits, level: level, memLevel: memLevel)
            var window: DeflateWindow? = DeflateWindow(bits: bits)
            // About the size of the pieces that zlib is given room for.
            for size in [1, 700, 16_383, 16_384, 16_385, 100_000, 3, 0, 40_000] {
                let message = sample(size, &numbers)
                #expect(try inflate(deflater.deflate(message), &window) == message)
            }
        }
    }

    @Test func `output that ends where a piece ends is whole`() throws {
        // Noise is stored: the length of the output follows that of the input, byte by byte.
        var numbers = Numbers()
        let noise = noise(16_500, &numbers)
        for size in 16_340...16_420 {
            let message = Array(noise[..<size])
            #expect(try inflate(Deflater(bits: 15).deflate(message)) == message)
        }
    }

    @Test func `what is in the output stays`() {
        var output = bytes("before")
        Deflater(bits: 15).deflate(message: bytes("Hello").span.bytes, into: &output)
        #expect(output == bytes("before") + [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
    }

    @Test(arguments: [(Deflater.Format.gzip, [0x1F, 0x8B]), (.zlib, [0x78])] as [(Deflater.Format, [UInt8])])
    func `a body is whole by itself`(format: Deflater.Format, start: [UInt8]) throws {
        let deflater = Deflater(Deflater.Settings(format: format))
        var numbers = Numbers()
        for size in [0, 1, 50_000] {
            let body = sample(size, &numbers)
            var output: [UInt8] = []
            deflater.deflate(body: body.span.bytes, into: &output)
            #expect(output.starts(with: start))
            // Between the header and the checksum, of either format, is one stream with a last block.
            let (head, tail) = format == .gzip ? (10, 8) : (2, 4)
            #expect(try inflate(Array(output[head..<output.count - tail])) == body)
        }
    }
}
