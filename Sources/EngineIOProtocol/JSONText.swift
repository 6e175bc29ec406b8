import SIOBytes

extension ByteBuffer {
    /// Appends the text as a JSON string, quoted and escaped (RFC 8259 §7).
    mutating func append(jsonString text: String) {
        append(UInt8(ascii: "\""))
        append(escaping: unsafe text.utf8Span.span.bytes)
        append(UInt8(ascii: "\""))
    }

    /// Appends what stands between the quotes of a JSON string.
    mutating func append(escaping text: RawSpan) {
        if JSONText.isPlain(text) { return append(text) }
        for index in 0..<text.byteCount {
            switch text[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(text[index])
            case 0..<0x20:
                append(escaped: text[index])
            default:
                append(text[index])
            }
        }
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

enum JSONText {
    /// Whether nothing of the text is to be escaped.
    static func isPlain(_ text: RawSpan) -> Bool {
        for index in 0..<text.byteCount {
            let byte = text[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
        }
        return true
    }
}
