package import SIOBytes

extension ByteBuffer {
    /// Appends the text as a JSON string, in quotes, with only those escapes that JSON demands.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - opening: What stands in front of it.
    package mutating func appendJSON(string text: String, behind opening: UInt8? = nil) {
        text.withUTF8Bytes { appendJSON(string: $0, behind: opening) }
    }

    /// Appends UTF-8 bytes as a JSON string.
    package mutating func appendJSON(string text: RawSpan, behind opening: UInt8? = nil) {
        var index = Self.firstToEscape(text, from: 0)
        if index == text.byteCount {
            return append(upTo: index + 3) {
                if let opening { $0.append(opening) }
                $0.append(UInt8(ascii: "\""))
                $0.append(text)
                $0.append(UInt8(ascii: "\""))
            }
        }
        if let opening { append(opening) }
        append(UInt8(ascii: "\""))
        var copied = 0
        while index < text.byteCount {
            append(text.extracting(copied..<index))
            appendEscape(of: text[index])
            copied = index + 1
            index = Self.firstToEscape(text, from: copied)
        }
        append(text.extracting(copied..<index))
        append(UInt8(ascii: "\""))
    }

    /// Appends the number in decimal digits.
    package mutating func appendJSON<T: FixedWidthInteger>(integer value: T) {
        if let small = Int(exactly: value) {
            append(decimal: small)
        } else if let large = UInt64(exactly: value) {
            append(decimal: large)
        } else {
            append(String(value))
        }
    }

    /// Appends the shortest number that reads back as the same one, in JavaScript's format (ECMA-262
    /// `Number::toString`): `1`, `0.1`, `1e+21`; `-0` is `0`.
    ///
    /// - Parameter value: A finite number.
    package mutating func appendJSON<T: BinaryFloatingPoint & LosslessStringConvertible>(number value: T) {
        precondition(value.isFinite, "JSON has no such number")
        if let integer = Int64(exactly: value), integer.magnitude < 1 << 53 {
            appendJSON(integer: integer)
        } else {
            let text = value.description
            // Where Swift writes no exponent, and no zero behind the point, JavaScript writes the same.
            let isSame = text.utf8.last != UInt8(ascii: "0") && !text.utf8.contains(UInt8(ascii: "e"))
            if isSame { append(text) } else { append(reformatted: text) }
        }
    }

    /// Appends the bytes as a JSON string in base64.
    mutating func appendJSON(base64 bytes: [UInt8]) {
        append(UInt8(ascii: "\""))
        unsafe Base64.encode(bytes.span.bytes, into: &self)
        append(UInt8(ascii: "\""))
    }

    /// Appends what stands for the attachment with this number.
    package mutating func appendPlaceholder(_ number: Int) {
        append(#"{"_placeholder":true,"num":"#)
        appendJSON(integer: number)
        append(UInt8(ascii: "}"))
    }

    /// The offset of the first byte at or after `start` that a JSON string cannot hold as it is.
    private static func firstToEscape(_ text: RawSpan, from start: Int) -> Int {
        let count = text.byteCount
        var index = start
        while index &+ 32 <= count, !hasEscapes(text, at: index) { index &+= 32 }
        while index &+ 8 <= count {
            let found = escapes(in: word(text, at: index))
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index &+= 8
        }
        if index < count, count >= 8 {
            // The last eight bytes, without those that were looked at before; a zero moves in behind the last one.
            let rest = word(text, at: count &- 8) >> UInt64((index &+ 8 &- count) &* 8)
            return index + escapes(in: rest).trailingZeroBitCount / 8
        }
        while index < count {
            let byte = unsafe text.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
            index &+= 1
        }
        return index
    }

    /// Whether one of thirty-two bytes cannot stay as it is: as ``escapes(in:)``, four times at once.
    @inline(__always)
    private static func hasEscapes(_ text: RawSpan, at offset: Int) -> Bool {
        let found = lowBytes(text, at: offset) | lowBytes(text, at: offset &+ 16)
        return (found[0] | found[1]) & 0x8080_8080_8080_8080 != 0
    }

    /// The high bit of each of sixteen bytes that ``escapes(in:)`` would find; the others say nothing.
    @inline(__always)
    private static func lowBytes(_ text: RawSpan, at offset: Int) -> SIMD2<UInt64> {
        let ones = SIMD2<UInt64>(repeating: 0x0101_0101_0101_0101)
        let words = unsafe text.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD2<UInt64>.self)
        let quotes = words ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let slashes = words ^ (ones &* UInt64(UInt8(ascii: "\\")))
        return ((words &- ones &* 0x20) | (quotes &- ones) | (slashes &- ones)) & ~words
    }

    /// Eight bytes, the first one lowest.
    @inline(__always)
    private static func word(_ text: RawSpan, at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe text.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// The high bit of each of the eight bytes that is below 0x20, or equal to `"` or `\`; bytes beyond ASCII are none.
    ///
    /// Borrows reach only what lies above the first hit.
    @inline(__always)
    private static func escapes(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let slashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let low = (word &- ones &* 0x20) | (quotes &- ones) | (slashes &- ones)
        return low & ~word & (ones &* 0x80)
    }

    private mutating func appendEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append(#"\""#)
        case UInt8(ascii: "\\"): append(#"\\"#)
        case 0x08: append(#"\b"#)
        case 0x09: append(#"\t"#)
        case 0x0A: append(#"\n"#)
        case 0x0C: append(#"\f"#)
        case 0x0D: append(#"\r"#)
        default:
            append(byte < 0x10 ? #"\u000"# : #"\u001"#)
            let digit = byte & 0x0F
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// Appends a number that Swift wrote, with the same digits, as JavaScript would.
    private mutating func append(reformatted text: String) {
        // A double needs 17 digits at most; the rest is for zeros behind them.
        var digits = InlineArray<32, UInt8>(repeating: 0)
        var count = 0
        /// The number is 0.<digits> times ten to this power.
        var exponent = 0
        var isBehindPoint = false
        var index = text.utf8.startIndex
        while index < text.utf8.endIndex {
            let byte = text.utf8[index]
            index = text.utf8.index(after: index)
            switch byte {
            case UInt8(ascii: "-"):
                append(byte)
            case UInt8(ascii: "."):
                isBehindPoint = true
            case UInt8(ascii: "e"):
                exponent += Int(text[index...]) ?? 0
                index = text.utf8.endIndex
            default:
                if byte == UInt8(ascii: "0"), count == 0 {
                    if isBehindPoint { exponent -= 1 }
                } else {
                    digits[count] = byte
                    count += 1
                    if !isBehindPoint { exponent += 1 }
                }
            }
        }
        while count > 1, digits[count - 1] == UInt8(ascii: "0") { count -= 1 }
        unsafe append(digits: digits.span.bytes.extracting(first: count), exponent: exponent)
    }

    /// ECMA-262 `Number::toString`: n is the exponent, k the number of digits.
    private mutating func append(digits all: RawSpan, exponent: Int) {
        let count = all.byteCount
        switch exponent {
        case 1...21 where count <= exponent:
            append(all)
            for _ in 0..<exponent - count { append(UInt8(ascii: "0")) }
        case 1...21:
            append(all.extracting(first: exponent))
            append(UInt8(ascii: "."))
            append(all.extracting(droppingFirst: exponent))
        case -5...0:
            append("0.")
            for _ in exponent..<0 { append(UInt8(ascii: "0")) }
            append(all)
        default:
            append(all.extracting(first: 1))
            if count > 1 {
                append(UInt8(ascii: "."))
                append(all.extracting(droppingFirst: 1))
            }
            append(exponent > 0 ? "e+" : "e-")
            append(decimal: abs(exponent - 1))
        }
    }
}
