import SIOBytes

extension ByteBuffer {
    /// Appends the text as a JSON string, quoted and escaped (RFC 8259 §7).
    mutating func append(jsonString text: String) {
        append(UInt8(ascii: "\""))
        if Self.isPlain(unsafe text.utf8Span.span.bytes) {
            append(text)
            return append(UInt8(ascii: "\""))
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                append(escaped: byte)
            default:
                append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Whether nothing of the text is to be escaped.
    private static func isPlain(_ text: RawSpan) -> Bool {
        for index in 0..<text.byteCount {
            let byte = text[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
        }
        return true
    }

    /// Appends `\\u00` and the byte's two hexadecimal digits.
    mutating func append(escaped byte: UInt8) {
        append("\\u00")
        append(Self.hexDigit(byte >> 4))
        append(Self.hexDigit(byte & 0xF))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
