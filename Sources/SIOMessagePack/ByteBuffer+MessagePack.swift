package import SIOBytes

// Values as notepack.io writes them: integers as short as they can be, all else that is a number in eight bytes.
extension ByteBuffer {
    package mutating func appendMessagePackNull() { append(0xC0) }

    package mutating func appendMessagePack(bool value: Bool) { append(value ? 0xC3 : 0xC2) }

    package mutating func appendMessagePack(integer value: Int64) {
        switch value {
        case 0...: appendMessagePack(unsigned: UInt64(value))
        case -32..<0: append(UInt8(bitPattern: Int8(value)))
        case Int64(Int8.min)..<0: append(0xD0, bigEndian: UInt8(bitPattern: Int8(value)))
        case Int64(Int16.min)..<0: append(0xD1, bigEndian: UInt16(bitPattern: Int16(value)))
        case Int64(Int32.min)..<0: append(0xD2, bigEndian: UInt32(bitPattern: Int32(value)))
        default: append(0xD3, bigEndian: UInt64(bitPattern: value))
        }
    }

    package mutating func appendMessagePack(unsigned value: UInt64) {
        switch value {
        case 0..<0x80: append(UInt8(value))
        case 0..<0x100: append(0xCC, bigEndian: UInt8(value))
        case 0..<0x1_0000: append(0xCD, bigEndian: UInt16(value))
        case 0..<0x1_0000_0000: append(0xCE, bigEndian: UInt32(value))
        default: append(0xCF, bigEndian: value)
        }
    }

    /// Appends a number: without a fraction and up to 2^53 as an integer, for that is what it is in JavaScript.
    package mutating func appendMessagePack(number value: Double) {
        if let integer = Int64(exactly: value), integer.magnitude <= 1 << 53 {
            appendMessagePack(integer: integer)
        } else {
            append(0xCB, bigEndian: value.bitPattern)
        }
    }

    /// Appends a string, given as UTF-8.
    package mutating func appendMessagePack(string text: RawSpan) {
        switch text.byteCount {
        case 0..<0x20: append(0xA0 | UInt8(text.byteCount))
        case 0..<0x100: append(0xD9, bigEndian: UInt8(text.byteCount))
        case 0..<0x1_0000: append(0xDA, bigEndian: UInt16(text.byteCount))
        default: append(0xDB, bigEndian: Self.length(text.byteCount))
        }
        append(text)
    }

    package mutating func appendMessagePack(string text: StaticString) {
        unsafe appendMessagePack(
            string: RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: text.utf8CodeUnitCount))
    }

    package mutating func appendMessagePack(binary bytes: RawSpan) {
        switch bytes.byteCount {
        case 0..<0x100: append(0xC4, bigEndian: UInt8(bytes.byteCount))
        case 0..<0x1_0000: append(0xC5, bigEndian: UInt16(bytes.byteCount))
        default: append(0xC6, bigEndian: Self.length(bytes.byteCount))
        }
        append(bytes)
    }

    /// Begins an array: as many values have to follow.
    package mutating func appendMessagePack(arrayOf count: Int) {
        switch count {
        case 0..<0x10: append(0x90 | UInt8(count))
        case 0..<0x1_0000: append(0xDC, bigEndian: UInt16(count))
        default: append(0xDD, bigEndian: Self.length(count))
        }
    }

    /// Begins a map: as many pairs of key and value have to follow.
    package mutating func appendMessagePack(mapOf count: Int) {
        switch count {
        case 0..<0x10: append(0x80 | UInt8(count))
        case 0..<0x1_0000: append(0xDE, bigEndian: UInt16(count))
        default: append(0xDF, bigEndian: Self.length(count))
        }
    }

    /// A length as MessagePack's longest formats have it.
    private static func length(_ count: Int) -> UInt32 {
        guard let length = UInt32(exactly: count) else { preconditionFailure("longer than MessagePack can express") }
        return length
    }

    private mutating func append<T: FixedWidthInteger>(_ format: UInt8, bigEndian value: T) {
        append(format)
        var shift = T.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: value >> T(shift)))
        }
    }
}
