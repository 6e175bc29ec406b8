import SIOBytes
import SIOJSON

/// Reads one value after the other (MessagePack specification, "Formats").
///
/// A length or a count is only believed when as many bytes follow. Nothing is allocated, and nothing recurses.
package struct MessagePackReader: ~Escapable {
    /// The document.
    package let bytes: RawSpan
    /// Where the next value begins.
    package private(set) var offset = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) {
        self.bytes = bytes
    }

    package var isAtEnd: Bool { offset == bytes.byteCount }

    /// The bytes that are not read yet.
    private var left: Int { bytes.byteCount - offset }

    /// The next value.
    ///
    /// - Throws: ``MessagePackError``; nothing more can be read then.
    @_lifetime(self: copy self)
    package mutating func next() throws(MessagePackError) -> MessagePackToken {
        guard left > 0 else { throw .truncated }
        let format = bytes[offset]
        offset += 1
        switch format {
        case 0x00...0x7F: return .integer(Int64(format))
        case 0x80...0x8F: return try map(UInt64(format & 0x0F))
        case 0x90...0x9F: return try array(UInt64(format & 0x0F))
        case 0xA0...0xBF: return .string(try take(UInt64(format & 0x1F)))
        case 0xC0: return .null
        case 0xC1: throw .neverUsed
        case 0xC2: return .bool(false)
        case 0xC3: return .bool(true)
        case 0xC4, 0xC5, 0xC6: return .binary(try take(number(1 << Int(format - 0xC4))))
        case 0xC7, 0xC8, 0xC9: return try anyLength(number(1 << Int(format - 0xC7)))
        case 0xCA: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try number(4)))))
        case 0xCB: return .double(Double(bitPattern: try number(8)))
        case 0xCC, 0xCD, 0xCE, 0xCF: return unsigned(try number(1 << Int(format - 0xCC)))
        case 0xD0: return .integer(Int64(Int8(truncatingIfNeeded: try number(1))))
        case 0xD1: return .integer(Int64(Int16(truncatingIfNeeded: try number(2))))
        case 0xD2: return .integer(Int64(Int32(truncatingIfNeeded: try number(4))))
        case 0xD3: return .integer(Int64(bitPattern: try number(8)))
        case 0xD4...0xD8: return try fixedLength(1 << Int(format - 0xD4))
        case 0xD9, 0xDA, 0xDB: return .string(try take(number(1 << Int(format - 0xD9))))
        case 0xDC, 0xDD: return try array(number(2 << Int(format - 0xDC)))
        case 0xDE, 0xDF: return try map(number(2 << Int(format - 0xDE)))
        default: return .integer(Int64(Int8(bitPattern: format)))
        }
    }

    /// Reads past a value and all that is in it, without looking at its strings.
    @_lifetime(self: copy self)
    package mutating func skip() throws(MessagePackError) {
        // Each value takes a byte at least, and a count is no more than the bytes that follow: this cannot overflow.
        var owed = 1
        while owed > 0 {
            owed -= 1
            switch try next() {
            case .array(let count): owed += count
            case .map(let count): owed += 2 * count
            default: break
            }
        }
    }

    // MARK: Parts

    /// A big-endian number of so many bytes, 1, 2, 4 or 8.
    @_lifetime(self: copy self)
    private mutating func number(_ count: Int) throws(MessagePackError) -> UInt64 {
        guard count <= left else { throw .truncated }
        var value: UInt64 = 0
        for index in offset..<offset + count { value = value << 8 | UInt64(bytes[index]) }
        offset += count
        return value
    }

    /// Takes so many bytes.
    @_lifetime(self: copy self)
    private mutating func take(_ count: UInt64) throws(MessagePackError) -> Range<Int> {
        guard count <= UInt64(left) else { throw .truncated }
        let start = offset
        offset += Int(count)
        return start..<offset
    }

    private func array(_ count: UInt64) throws(MessagePackError) -> MessagePackToken {
        guard count <= UInt64(left) else { throw .truncated }
        return .array(Int(count))
    }

    private func map(_ count: UInt64) throws(MessagePackError) -> MessagePackToken {
        guard count <= UInt64(left / 2) else { throw .truncated }
        return .map(Int(count))
    }

    private func unsigned(_ value: UInt64) -> MessagePackToken {
        Int64(exactly: value).map(MessagePackToken.integer) ?? .unsigned(value)
    }

    // MARK: Extensions

    /// An extension of 1, 2, 4, 8 or 16 bytes: notepack.io writes `undefined` and dates so, others dates alone.
    @_lifetime(self: copy self)
    private mutating func fixedLength(_ count: Int) throws(MessagePackError) -> MessagePackToken {
        switch (Int8(truncatingIfNeeded: try number(1)), count) {
        case (0, 1):
            _ = try number(1)
            return .undefined
        case (0, 8):
            return try time(milliseconds: Int64(bitPattern: number(8)))
        case (0, _):
            return .binary(try take(UInt64(count)))
        case (-1, 4):
            return try time(seconds: Int64(number(4)), nanoseconds: 0)
        case (-1, 8):
            let value = try number(8)
            return try time(seconds: Int64(value & (1 << 34 - 1)), nanoseconds: value >> 34)
        case (-1, _):
            throw .invalidTimestamp
        case (let type, _):
            throw .unknownExtension(type)
        }
    }

    /// An extension whose length is written: notepack.io writes typed arrays so.
    @_lifetime(self: copy self)
    private mutating func anyLength(_ count: UInt64) throws(MessagePackError) -> MessagePackToken {
        switch Int8(truncatingIfNeeded: try number(1)) {
        case 0:
            return .binary(try take(count))
        case -1:
            guard count == 12 else { throw .invalidTimestamp }
            let nanoseconds = try number(4)
            return try time(seconds: Int64(bitPattern: number(8)), nanoseconds: nanoseconds)
        case let type:
            throw .unknownExtension(type)
        }
    }

    private func time(seconds: Int64, nanoseconds: UInt64) throws(MessagePackError) -> MessagePackToken {
        guard nanoseconds < 1_000_000_000 else { throw .invalidTimestamp }
        let product = seconds.multipliedReportingOverflow(by: 1000)
        let sum = product.partialValue.addingReportingOverflow(Int64(nanoseconds / 1_000_000))
        guard !product.overflow, !sum.overflow else { throw .invalidTimestamp }
        return try time(milliseconds: sum.partialValue)
    }

    private func time(milliseconds: Int64) throws(MessagePackError) -> MessagePackToken {
        guard milliseconds.magnitude <= ISO8601.maximum.magnitude else { throw .invalidTimestamp }
        return .time(milliseconds)
    }
}
