import SIOBytes
import SIOMessagePack
import Testing

@Suite struct ByteBufferMessagePackTests {
    private func bytes(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
        var buffer = ByteBuffer()
        write(&buffer)
        return buffer.take()
    }

    @Test(
        arguments: [
            (0, [0x00]), (127, [0x7F]), (128, [0xCC, 0x80]), (255, [0xCC, 0xFF]), (256, [0xCD, 0x01, 0x00]),
            (65535, [0xCD, 0xFF, 0xFF]), (65536, [0xCE, 0, 1, 0, 0]), (4_294_967_295, [0xCE, 0xFF, 0xFF, 0xFF, 0xFF]),
            (4_294_967_296, [0xCF, 0, 0, 0, 1, 0, 0, 0, 0]),
            (.max, [0xCF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            (-1, [0xFF]), (-32, [0xE0]), (-33, [0xD0, 0xDF]), (-128, [0xD0, 0x80]), (-129, [0xD1, 0xFF, 0x7F]),
            (-32768, [0xD1, 0x80, 0x00]), (-32769, [0xD2, 0xFF, 0xFF, 0x7F, 0xFF]),
            (-2_147_483_648, [0xD2, 0x80, 0, 0, 0]),
            (-2_147_483_649, [0xD3, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]),
            (.min, [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ] as [(Int64, [UInt8])])
    func `integers are as short as they can be`(value: Int64, expected: [UInt8]) {
        #expect(bytes { $0.appendMessagePack(integer: value) } == expected)
    }

    @Test func `the largest integer is written`() {
        #expect(bytes { $0.appendMessagePack(unsigned: .max) } == [0xCF] + [UInt8](repeating: 0xFF, count: 8))
    }

    @Test(
        arguments: [
            (1.5, [0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]), (1, [0x01]), (-1, [0xFF]), (-0.0, [0x00]),
            (9_007_199_254_740_992, [0xCF, 0x00, 0x20, 0, 0, 0, 0, 0, 0]),
            (9_007_199_254_740_994, [0xCB, 0x43, 0x40, 0, 0, 0, 0, 0, 1]),
            (1e300, [0xCB, 0x7E, 0x37, 0xE4, 0x3C, 0x88, 0x00, 0x75, 0x9C]),
            (.infinity, [0xCB, 0x7F, 0xF0, 0, 0, 0, 0, 0, 0]),
            (0.1, [0xCB, 0x3F, 0xB9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9A]),
        ] as [(Double, [UInt8])])
    func `numbers are what JavaScript takes them for`(value: Double, expected: [UInt8]) {
        #expect(bytes { $0.appendMessagePack(number: value) } == expected)
    }

    @Test(
        arguments: [
            (0, [0xA0]), (31, [0xBF]), (32, [0xD9, 32]), (255, [0xD9, 255]), (256, [0xDA, 1, 0]),
            (65535, [0xDA, 255, 255]),
            (65536, [0xDB, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])])
    func `strings have the shortest header`(count: Int, header: [UInt8]) {
        let text = [UInt8](repeating: 0x78, count: count)
        #expect(bytes { $0.appendMessagePack(string: text.span.bytes) } == header + text)
    }

    @Test(
        arguments: [
            (0, [0xC4, 0]), (255, [0xC4, 255]), (256, [0xC5, 1, 0]), (65535, [0xC5, 255, 255]),
            (65536, [0xC6, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])])
    func `binary has the shortest header`(count: Int, header: [UInt8]) {
        let binary = [UInt8](repeating: 0xC1, count: count)
        #expect(bytes { $0.appendMessagePack(binary: binary.span.bytes) } == header + binary)
    }

    @Test(
        arguments: [
            (0, [0x90], [0x80]), (15, [0x9F], [0x8F]), (16, [0xDC, 0, 16], [0xDE, 0, 16]),
            (65535, [0xDC, 255, 255], [0xDE, 255, 255]), (65536, [0xDD, 0, 1, 0, 0], [0xDF, 0, 1, 0, 0]),
        ] as [(Int, [UInt8], [UInt8])])
    func `arrays and maps have the shortest header`(count: Int, array: [UInt8], map: [UInt8]) {
        #expect(bytes { $0.appendMessagePack(arrayOf: count) } == array)
        #expect(bytes { $0.appendMessagePack(mapOf: count) } == map)
    }

    @Test func `words and literals are written`() {
        #expect(bytes { $0.appendMessagePackNull() } == [0xC0])
        #expect(bytes { $0.appendMessagePack(bool: false) } == [0xC2])
        #expect(bytes { $0.appendMessagePack(bool: true) } == [0xC3])
        #expect(bytes { $0.appendMessagePack(string: "type") } == [0xA4] + Array("type".utf8))
    }
}
