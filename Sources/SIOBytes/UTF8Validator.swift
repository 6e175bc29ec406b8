/// Checks that a sequence of chunks is well-formed UTF-8 (RFC 3629, Unicode table 3-7), wherever it is cut.
package struct UTF8Validator: Sendable {
    /// Continuation bytes that are still owed.
    private var owed = 0
    /// The range the next continuation byte must be in: narrower than 80…BF behind E0, ED, F0 and F4.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    package init() {}

    /// Whether the text may end here.
    package var isComplete: Bool { owed == 0 }

    /// Checks the next chunk.
    ///
    /// - Returns: False as soon as no continuation could make the text well-formed; the validator is spent then.
    package mutating func consume(_ chunk: RawSpan) -> Bool {
        var index = 0
        let count = chunk.byteCount
        while index < count {
            if owed == 0 {
                index = Self.skipWhole(chunk, from: index)
                if index == count { return true }
                let byte = chunk[index]
                guard byte < 0x80 || lead(byte) else { return false }
            } else {
                let byte = chunk[index]
                guard byte >= low, byte <= high else { return false }
                owed -= 1
                low = 0x80
                high = 0xBF
            }
            index += 1
        }
        return true
    }

    /// Whether the whole chunk is well-formed by itself.
    package static func isValid(_ text: RawSpan) -> Bool {
        var validator = UTF8Validator()
        return validator.consume(text) && validator.isComplete
    }

    /// Takes the first byte of a sequence that is not ASCII.
    private mutating func lead(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF:
            owed = 1
        case 0xE0:
            owed = 2
            low = 0xA0
        case 0xE1...0xEC, 0xEE, 0xEF:
            owed = 2
        case 0xED:
            owed = 2
            high = 0x9F
        case 0xF0:
            owed = 3
            low = 0x90
        case 0xF1...0xF3:
            owed = 3
        case 0xF4:
            owed = 3
            high = 0x8F
        default:
            return false
        }
        return true
    }

    /// The offset behind the well-formed sequences from `start` on, each with the bytes behind it looked at as one word: where
    /// fewer than four bytes are left, or what stands there is not well-formed.
    private static func skipWhole(_ chunk: RawSpan, from start: Int) -> Int {
        var index = start
        while chunk.byteCount &- index >= 4 {
            let word = UInt32(
                littleEndian: unsafe chunk.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt32.self))
            if word & 0x80 == 0 {
                index = skipASCII(chunk, from: index)
            } else if word & 0xC0E0 == 0x80C0 {
                // C0 and C1 would be a longer form of ASCII.
                if word & 0x1E == 0 { break }
                index &+= 2
            } else if word & 0xC0_C0F0 == 0x80_80E0 {
                // Behind E0 a longer form begins, behind ED a surrogate.
                let first = word & 0x200F
                if first == 0 || first == 0x200D { break }
                index &+= 3
            } else if word & 0xC0C0_C0F8 == 0x8080_80F0 {
                // The planes, of which there are sixteen beside the first.
                let plane = (word & 7) << 2 | word >> 12 & 3
                if plane == 0 || plane > 16 { break }
                index &+= 4
            } else {
                break
            }
        }
        return index
    }

    /// The offset of the first byte at or after `start` that is not ASCII: eight at a time, then one by one.
    private static func skipASCII(_ chunk: RawSpan, from start: Int) -> Int {
        var index = start
        let count = chunk.byteCount
        while count &- index >= 8 {
            let word = UInt64(
                littleEndian: unsafe chunk.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
            let high = word & 0x8080_8080_8080_8080
            if high != 0 { return index &+ high.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < count, chunk[index] < 0x80 { index &+= 1 }
        return index
    }
}
