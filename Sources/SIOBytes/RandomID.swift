/// An id of a session or a socket: 120 random bits, or 20 characters of `[A-Za-z0-9_-]`.
///
/// The reference overlays four of the bytes with a counter; here all bits are random. The generator is a parameter, so
/// that tests may choose; a server passes `SystemRandomNumberGenerator`, which is cryptographic.
///
/// As a value it takes two words and no memory beside them.
package struct RandomID: Hashable, Sendable {
    /// The two halves: ten characters of six bits each, the first in the lowest bits.
    private let halves: (UInt64, UInt64)

    /// A new id.
    package init(using generator: inout some RandomNumberGenerator) {
        let first = generator.next() & Self.half
        halves = (first, generator.next() & Self.half)
    }

    /// The id that is written so; nil if none is.
    package init?(_ text: String) {
        let characters = text.utf8Span.span
        guard characters.count == 20 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<10 {
            guard let first = Self.value(of: characters[index]), let second = Self.value(of: characters[10 + index])
            else { return nil }
            halves.0 |= first << UInt64(6 * index)
            halves.1 |= second << UInt64(6 * index)
        }
        self.halves = halves
    }

    /// The id's 20 characters.
    package var text: String { unsafe characters.span.bytes.string }

    /// The id's 20 characters, as bytes.
    package var characters: InlineArray<20, UInt8> {
        var characters = InlineArray<20, UInt8>(repeating: 0)
        var (first, second) = halves
        for position in 0..<10 {
            unsafe characters[position] = Self.alphabet.utf8Start[Int(first & 0x3F)]
            unsafe characters[10 + position] = Self.alphabet.utf8Start[Int(second & 0x3F)]
            first >>= 6
            second >>= 6
        }
        return characters
    }

    private static let half: UInt64 = 1 << 60 - 1
    private static var alphabet: StaticString { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" }

    /// The six bits that a character stands for.
    private static func value(of character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// Whether both are the same id.
    package static func == (left: RandomID, right: RandomID) -> Bool { left.halves == right.halves }

    /// Hashes half of the bits, which are random, and enough.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(halves.0)
    }
}
