import SIOMessagePack
import Testing

@Suite struct MessagePackReaderTests {
    /// The first value of the bytes, and how many bytes are left behind it.
    private func first(_ bytes: [UInt8]) throws -> (MessagePackToken, left: Int) {
        var reader = MessagePackReader(bytes.span.bytes)
        let token = try reader.next()
        return (token, bytes.count - reader.offset)
    }

    @Test(arguments: UInt8.min...UInt8.max)
    func `every format byte begins what the specification says`(format: UInt8) throws {
        // Zeros follow: as a length they mean nothing, as an extension's type a type that notepack.io has.
        let bytes = [format] + [UInt8](repeating: 0, count: 64)
        let expected: (MessagePackToken, read: Int)
        switch format {
        case 0x00...0x7F: expected = (.integer(Int64(format)), 1)
        case 0x80...0x8F: expected = (.map(Int(format - 0x80)), 1)
        case 0x90...0x9F: expected = (.array(Int(format - 0x90)), 1)
        case 0xA0...0xBF: expected = (.string(1..<1 + Int(format - 0xA0)), 1 + Int(format - 0xA0))
        case 0xC0: expected = (.null, 1)
        case 0xC1:
            #expect(throws: MessagePackError.neverUsed) { try first(bytes) }
            return
        case 0xC2: expected = (.bool(false), 1)
        case 0xC3: expected = (.bool(true), 1)
        case 0xC4: expected = (.binary(2..<2), 2)
        case 0xC5: expected = (.binary(3..<3), 3)
        case 0xC6: expected = (.binary(5..<5), 5)
        case 0xC7: expected = (.binary(3..<3), 3)
        case 0xC8: expected = (.binary(4..<4), 4)
        case 0xC9: expected = (.binary(6..<6), 6)
        case 0xCA: expected = (.double(0), 5)
        case 0xCB: expected = (.double(0), 9)
        case 0xCC, 0xD0: expected = (.integer(0), 2)
        case 0xCD, 0xD1: expected = (.integer(0), 3)
        case 0xCE, 0xD2: expected = (.integer(0), 5)
        case 0xCF, 0xD3: expected = (.integer(0), 9)
        case 0xD4: expected = (.undefined, 3)
        case 0xD5: expected = (.binary(2..<4), 4)
        case 0xD6: expected = (.binary(2..<6), 6)
        case 0xD7: expected = (.time(0), 10)
        case 0xD8: expected = (.binary(2..<18), 18)
        case 0xD9: expected = (.string(2..<2), 2)
        case 0xDA: expected = (.string(3..<3), 3)
        case 0xDB: expected = (.string(5..<5), 5)
        case 0xDC: expected = (.array(0), 3)
        case 0xDD: expected = (.array(0), 5)
        case 0xDE: expected = (.map(0), 3)
        case 0xDF: expected = (.map(0), 5)
        default: expected = (.integer(Int64(Int8(bitPattern: format))), 1)
        }
        let (token, left) = try first(bytes)
        #expect(token == expected.0)
        #expect(bytes.count - left == expected.read)
    }

    @Test(arguments: UInt8.min...UInt8.max)
    func `a value that is cut anywhere is refused`(format: UInt8) throws {
        guard format != 0xC1 else { return }
        // A one in each length's last place, behind it what the length announces.
        var bytes = [format] + [UInt8](repeating: 0, count: 40)
        for place in [0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4]
        where place.key == Int(format) {
            bytes[place.value] = 1
        }
        let (_, left) = try first(bytes)
        for count in 0..<bytes.count - left {
            #expect(throws: MessagePackError.truncated) { try first(Array(bytes[..<count])) }
        }
    }

    @Test(
        arguments: [
            ([0xCC, 0xFF], .integer(255)),
            ([0xCD, 0x12, 0x34], .integer(0x1234)),
            ([0xCE, 0xFF, 0xFF, 0xFF, 0xFF], .integer(0xFFFF_FFFF)),
            ([0xCF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .integer(.max)),
            ([0xCF, 0x80, 0, 0, 0, 0, 0, 0, 0], .unsigned(1 << 63)),
            ([0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .unsigned(.max)),
            ([0xD0, 0x80], .integer(-128)),
            ([0xD1, 0x80, 0x00], .integer(-32768)),
            ([0xD2, 0x80, 0, 0, 0], .integer(-2_147_483_648)),
            ([0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0], .integer(.min)),
            ([0xCA, 0x3F, 0xC0, 0, 0], .double(1.5)),
            ([0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], .double(1.5)),
            ([0xCB, 0x7F, 0xF0, 0, 0, 0, 0, 0, 0], .double(.infinity)),
            // notepack.io's date, milliseconds.
            ([0xD7, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .time(-1)),
            // The specification's timestamps 32, 64 and 96.
            ([0xD6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .time(4_294_967_295_000)),
            ([0xD7, 0xFF, 0x00, 0x3D, 0x09, 0x00, 0x00, 0x00, 0x00, 0x01], .time(1001)),
            ([0xC7, 12, 0xFF, 0, 0x0F, 0x42, 0x40, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .time(-999)),
            ([0xC7, 1, 0, 7], .binary(3..<4)),
        ] as [([UInt8], MessagePackToken)])
    func `numbers and times are read at their boundaries`(bytes: [UInt8], expected: MessagePackToken) throws {
        let (token, left) = try first(bytes)
        #expect(token == expected && left == 0)
    }

    @Test(
        arguments: [
            ([0xDD, 0xFF, 0xFF, 0xFF, 0xFF], .truncated), ([0xDF, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
            ([0xDB, 0xFF, 0xFF, 0xFF, 0xFF], .truncated), ([0xC6, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
            ([0xC9, 0xFF, 0xFF, 0xFF, 0xFF, 0], .truncated), ([0xDC, 0xFF, 0xFF, 0xC0], .truncated),
            ([0x92, 0xC0], .truncated), ([0x82, 0xC0, 0xC0, 0xC0], .truncated), ([], .truncated),
            ([0xD4, 1, 0], .unknownExtension(1)), ([0xC7, 1, 0x80, 0], .unknownExtension(-128)),
            ([0xD8, 5] + Array(repeating: 0, count: 16), .unknownExtension(5)),
            ([0xD4, 0xFF, 0], .invalidTimestamp), ([0xD5, 0xFF, 0, 0], .invalidTimestamp),
            ([0xC7, 8, 0xFF] + Array(repeating: 0, count: 8), .invalidTimestamp),
            // A milliard of nanoseconds.
            ([0xC7, 12, 0xFF, 0x3B, 0x9A, 0xCA, 0x00] + Array(repeating: 0, count: 8), .invalidTimestamp),
            ([0xD7, 0xFF, 0xEE, 0x6B, 0x28, 0x00, 0, 0, 0, 0], .invalidTimestamp),
            // Beyond JavaScript's calendar, and beyond 64 bits.
            ([0xD7, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .invalidTimestamp),
            ([0xD7, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], .invalidTimestamp),
            ([0xD7, 0, 0x00, 0x1E, 0xB2, 0x08, 0xC2, 0xDC, 0x00, 0x01], .invalidTimestamp),
            ([0xC7, 12, 0xFF, 0, 0, 0, 0, 0x7F] + Array(repeating: 0xFF, count: 7), .invalidTimestamp),
        ] as [([UInt8], MessagePackError)])
    func `what is none is refused`(bytes: [UInt8], expected: MessagePackError) {
        #expect(throws: expected) { try first(bytes) }
        #expect(!expected.description.isEmpty)
    }

    @Test func `the last millisecond of JavaScript's calendar is read`() throws {
        let bytes: [UInt8] = [0xD7, 0, 0x00, 0x1E, 0xB2, 0x08, 0xC2, 0xDC, 0x00, 0x00]
        #expect(try first(bytes).0 == .time(8_640_000_000_000_000))
    }

    @Test(
        arguments: [
            [0x01], [0xC0], [0x90], [0x80], [0x92, 0x91, 0x01, 0x81, 0xA1, 0x61, 0x92, 0x01, 0x02],
            [0xC4, 0x02, 0xC1, 0xC1], [0xA1, 0xFF],
        ] as [[UInt8]])
    func `a value and all that is in it is skipped`(bytes: [UInt8]) throws {
        let whole = bytes + [0x2A]
        var reader = MessagePackReader(whole.span.bytes)
        try reader.skip()
        #expect(reader.offset == bytes.count)
        for count in 0..<bytes.count {
            #expect(throws: MessagePackError.truncated) {
                let cut = Array(bytes[..<count])
                var reader = MessagePackReader(cut.span.bytes)
                try reader.skip()
            }
        }
    }

    @Test func `a bomb of arrays is skipped without recursion`() throws {
        let bomb = [UInt8](repeating: 0x91, count: 1_000_000) + [0xC0]
        var reader = MessagePackReader(bomb.span.bytes)
        try reader.skip()
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
    }
}
