import SIOBytes

/// Bytes as `%XX` (RFC 3986 §2.1).
package enum PercentEncoding {
    /// Decodes.
    ///
    /// - Parameters:
    ///   - text: The encoded text.
    ///   - plusIsSpace: Whether `+` stands for a space, as in a query.
    /// - Returns: The bytes that it stands for, and whether two digits follow each `%`: one that they do not follow stands for
    ///   itself.
    package static func decode(
        _ text: borrowing RawSpan, plusIsSpace: Bool = false
    ) -> (bytes: [UInt8], isWellFormed: Bool) {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.byteCount)
        var isWellFormed = true
        var index = 0
        while index < text.byteCount {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? .space : byte)
                continue
            }
            if index + 1 < text.byteCount, let high = text[index].hexadecimalValue,
                let low = text[index + 1].hexadecimalValue
            {
                decoded.append(high << 4 | low)
                index += 2
            } else {
                decoded.append(byte)
                isWellFormed = false
            }
        }
        return (decoded, isWellFormed)
    }

    /// Encodes all bytes but those that are kept.
    package static func encode(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
        var buffer = ByteBuffer()
        append(text, keeping: isKept, to: &buffer)
        return buffer.bytes.string
    }

    /// Appends a text with all bytes encoded but those that are kept.
    static func append(_ text: String, keeping isKept: (UInt8) -> Bool, to buffer: inout ByteBuffer) {
        for byte in text.utf8 {
            if isKept(byte) {
                buffer.append(byte)
            } else {
                buffer.append("%")
                buffer.append(digit(byte >> 4))
                buffer.append(digit(byte & 0xF))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}

extension UInt8 {
    /// Whether the byte means the same anywhere in an address (RFC 3986 §2.3): letters, digits, and `-._~`.
    package var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: isDigit
        }
    }
}
