private import CSimdJSON
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
        let count = text.byteCount
        var plain = 0
        append(upTo: count + 3) {
            if let opening { $0.append(opening) }
            $0.append(UInt8(ascii: "\""))
            plain = $0.append(plain: text)
            if plain == count { $0.append(UInt8(ascii: "\"")) }
        }
        if plain < count { append(rest: text, from: plain) }
    }

    /// Appends a string from its first escape on, and the quotation mark behind it.
    @inline(never)
    private mutating func append(rest text: RawSpan, from start: Int) {
        var index = start
        while index < text.byteCount {
            appendEscape(of: text[index])
            let rest = text.extracting(droppingFirst: index + 1)
            var plain = 0
            append(upTo: rest.byteCount) { plain = $0.append(plain: rest) }
            index += 1 + plain
        }
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

extension OutputSpan<UInt8> {
    /// Appends what stands in front of the first byte that a JSON string cannot hold as it is.
    ///
    /// There has to be room for all of the text.
    ///
    /// - Returns: The number of bytes that were appended.
    @inline(__always)
    @_lifetime(self: copy self)
    fileprivate mutating func append(plain text: RawSpan) -> Int {
        precondition(text.byteCount <= freeCapacity, "no room for the bytes")
        return unsafe withUnsafeMutableBufferPointer { buffer, count in
            guard let base = buffer.baseAddress else { return 0 }
            let plain = unsafe text.withUnsafeBytes { text in
                guard let start = text.baseAddress else { return 0 }
                return unsafe sio_copy_plain(base + count, start.assumingMemoryBound(to: UInt8.self), text.count)
            }
            count += plain
            return plain
        }
    }
}
