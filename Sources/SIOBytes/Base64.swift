/// Base64 with the standard alphabet (RFC 4648 §4), as Engine.IO uses it for binary packets in polling payloads.
package enum Base64 {
    /// The number of characters that `count` bytes take, padding included.
    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Appends the text of `bytes`, padded with `=`.
    package static func encode(_ bytes: RawSpan, into buffer: inout ByteBuffer) {
        buffer.append(upTo: encodedCount(bytes.byteCount)) { encode(bytes, into: &$0) }
    }

    /// The text of `bytes`, padded with `=`.
    package static func text(of bytes: RawSpan) -> String {
        unsafe String(unsafeUninitializedCapacity: encodedCount(bytes.byteCount)) { characters in
            var text = unsafe OutputSpan(buffer: characters, initializedCount: 0)
            encode(bytes, into: &text)
            return unsafe text.finalize(for: characters)
        }
    }

    /// Writes the text of `bytes`, padded with `=`; there has to be room for ``encodedCount(_:)``.
    package static func encode(_ bytes: RawSpan, into text: inout OutputSpan<UInt8>) {
        var index = 0
        while index + 3 <= bytes.byteCount {
            let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            append(group, characters: 4, to: &text)
            index += 3
        }
        switch bytes.byteCount - index {
        case 1:
            append(UInt32(bytes[index]) << 16, characters: 2, to: &text)
            text.append(repeating: UInt8(ascii: "="), count: 2)
        case 2:
            append(UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8, characters: 3, to: &text)
            text.append(UInt8(ascii: "="))
        default:
            break
        }
    }

    /// The bytes that `text` stands for.
    ///
    /// - Returns: Nil if a character is outside the alphabet, or if padding or length are wrong. Missing padding is
    ///   accepted, as every JavaScript peer accepts it.
    package static func decode(_ text: RawSpan) -> [UInt8]? {
        var count = text.byteCount
        if count % 4 == 0, count > 0, text[count - 1] == UInt8(ascii: "=") {
            count -= text[count - 2] == UInt8(ascii: "=") ? 2 : 1
        }
        guard count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count / 4 * 3 + 2)
        var group: UInt32 = 0
        var characters = 0
        for index in 0..<count {
            guard let value = value(of: text[index]) else { return nil }
            group = group << 6 | UInt32(value)
            characters += 1
            if characters == 4 {
                bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                bytes.append(UInt8(truncatingIfNeeded: group >> 8))
                bytes.append(UInt8(truncatingIfNeeded: group))
                group = 0
                characters = 0
            }
        }
        if characters >= 2 { bytes.append(UInt8(truncatingIfNeeded: group >> (characters == 2 ? 4 : 10))) }
        if characters == 3 { bytes.append(UInt8(truncatingIfNeeded: group >> 2)) }
        return bytes
    }

    /// Appends the first of the four characters that 24 bits stand for.
    @inline(__always)
    private static func append(_ group: UInt32, characters: Int, to text: inout OutputSpan<UInt8>) {
        for place in 0..<characters { text.append(character(of: group >> UInt32(18 - 6 * place))) }
    }

    /// The character of the lowest six bits.
    @inline(__always)
    private static func character(of bits: UInt32) -> UInt8 {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        return unsafe alphabet.utf8Start[Int(bits & 0x3F)]
    }

    /// Whether all of the bytes are characters of the alphabet.
    package static func areCharacters(_ bytes: RawSpan) -> Bool {
        for index in 0..<bytes.byteCount where value(of: bytes[index]) == nil { return false }
        return true
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
