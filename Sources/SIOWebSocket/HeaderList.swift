import SIOBytes

/// Reads header values that are comma-separated lists (RFC 9110 §5.6.1), each in one walk over its bytes.
enum HeaderList {
    /// The list's elements, without the spaces and tabs around them; empty ones included.
    static func elements(of value: String) -> [String] {
        value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
            trimmed(String(Substring($0)))
        }
    }

    /// Whether an element is `token`, which is given in lower case, in whatever case.
    static func contains(_ token: StaticString, in bytes: RawSpan) -> Bool {
        // Most often it is the only one.
        if equals(bytes, token) { return true }
        var start = 0
        while start <= bytes.byteCount {
            let end = bytes.firstIndex(of: UInt8(ascii: ","), from: start) ?? bytes.byteCount
            if equals(bytes.extracting(start..<end), token) { return true }
            start = end + 1
        }
        return false
    }

    /// Whether the value, without the spaces and tabs around it, is `token`, which is given in lower case, in whatever
    /// case of ASCII letters.
    static func equals(_ value: RawSpan, _ token: StaticString) -> Bool {
        let bytes = trimmed(value)
        guard bytes.byteCount == token.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.byteCount {
            let byte = bytes[index]
            let lowercase = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            if unsafe lowercase != token.utf8Start[index] { return false }
        }
        return true
    }

    /// The bytes without the spaces and tabs around them.
    @_lifetime(copy bytes)
    static func trimmed(_ bytes: RawSpan) -> RawSpan {
        var start = 0
        var end = bytes.byteCount
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return bytes.extracting(start..<end)
    }

    /// The text without the spaces and tabs around it.
    static func trimmed(_ text: String) -> String {
        let bytes = unsafe text.utf8Span.span.bytes
        let kept = trimmed(bytes)
        return kept.byteCount == bytes.byteCount ? text : kept.string
    }

    /// Whether the text is a token (RFC 9110 §5.6.2).
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"),
            UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
