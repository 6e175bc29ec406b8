import SIOBytes

// The character classes of RFC 9110 §5.5 and §5.6.2, and RFC 9112 §3.2.
extension UInt8 {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20

    /// Whether the byte may stand in a token: a method, a field's name, a connection option.
    @inline(__always)
    var isTokenCharacter: Bool {
        // A bit for each: letters and digits, and !#$%&'*+-.^_`|~
        let words: (UInt64, UInt64) = (0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
        return self < 0x80 && (self < 0x40 ? words.0 : words.1) >> (self & 0x3F) & 1 == 1
    }

    /// Whether the byte may stand in a field's value: visible characters, space, tab, and the opaque bytes from 0x80.
    var isFieldCharacter: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }

    /// Whether the byte may stand in a request target.
    ///
    /// RFC 3986 excludes a few more, such as `|`, that browsers send all the same. A fragment is never sent.
    var isTargetCharacter: Bool { self > 0x20 && self < 0x7F && self != UInt8(ascii: "#") }

    var isWhitespace: Bool { self == 0x20 || self == 0x09 }

    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The byte with an ASCII capital made small.
    var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }

    fileprivate var isLowercaseLetter: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
}

extension RawSpan {
    /// Whether both are the same but for the case of ASCII letters.
    func equalsIgnoringCase(_ other: borrowing RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        // Most names are written as everybody writes them.
        if hasSameBytes(as: other) { return true }
        for index in 0..<byteCount {
            let difference = self[index] ^ other[index]
            if difference != 0, difference != 0x20 || !(self[index] | 0x20).isLowercaseLetter { return false }
        }
        return true
    }

    /// Whether the text is one of our own words, but for the case of its letters.
    func equalsIgnoringCase(own word: StaticString) -> Bool {
        unsafe equalsIgnoringCase(RawSpan(_unsafeStart: word.utf8Start, byteCount: word.utf8CodeUnitCount))
    }

    func equalsIgnoringCase(_ text: String) -> Bool {
        equalsIgnoringCase(text.rawSpan)
    }

    /// Whether the bytes are a token (RFC 9110 §5.6.2).
    var isToken: Bool {
        guard byteCount > 0 else { return false }
        for index in 0..<byteCount where !self[index].isTokenCharacter { return false }
        return true
    }

    /// Whether the bytes may stand in a field's value, spaces at its ends included.
    var isFieldValue: Bool {
        var index = 0
        // Eight at a time: a byte below 0x20 borrows into its top bit, and so does 0x7F once it was made a zero.
        while index + 8 <= byteCount {
            let word = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            let controls = (word &- 0x2020_2020_2020_2020) & ~word
            let deletes = ((word ^ 0x7F7F_7F7F_7F7F_7F7F) &- 0x0101_0101_0101_0101) & ~(word ^ 0x7F7F_7F7F_7F7F_7F7F)
            // What was found may be a tab, or a byte that another one borrowed from: these are looked at one by one.
            if (controls | deletes) & 0x8080_8080_8080_8080 != 0 {
                for byte in index..<index + 8 where !self[byte].isFieldCharacter { return false }
            }
            index += 8
        }
        while index < byteCount {
            if !self[index].isFieldCharacter { return false }
            index += 1
        }
        return true
    }

    /// The part of `range` that is left without spaces and tabs at its ends.
    func trimming(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start].isWhitespace { start += 1 }
        while end > start, self[end - 1].isWhitespace { end -= 1 }
        return start..<end
    }

    /// The number that the ASCII digits stand for.
    ///
    /// - Returns: Nil if there is another character, or none.
    /// - Throws: `bodyTooLarge` if the number is none that `Int` can hold: every such number is a length here.
    func decimal() throws(HTTPError) -> Int? {
        guard byteCount > 0 else { return nil }
        for index in 0..<byteCount where !self[index].isDigit { return nil }
        var value = 0
        for index in 0..<byteCount {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooLargeToo) = product.addingReportingOverflow(Int(self[index] - UInt8(ascii: "0")))
            guard !tooLarge, !tooLargeToo else { throw .bodyTooLarge }
            value = sum
        }
        return value
    }
}
