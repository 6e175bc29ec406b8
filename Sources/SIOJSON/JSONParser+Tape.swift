import SIOBytes

/// What one word of the tape says: the kind of a value in its high byte, an offset or a count in the rest.
@usableFromInline
struct TapeWord {
    @usableFromInline let bits: UInt64

    @usableFromInline static let valueMask: UInt64 = 0x00FF_FFFF_FFFF_FFFF

    @inlinable
    init(bits: UInt64) { self.bits = bits }

    /// The kind, as an ASCII character.
    @inlinable
    var tag: UInt8 { UInt8(truncatingIfNeeded: bits >> 56) }

    /// A string's offset in the buffer of strings.
    @inlinable
    var value: Int { Int(truncatingIfNeeded: bits & Self.valueMask) }

    /// Of a word that opens an array or object: the index behind its closing word.
    @inlinable
    var end: Int { Int(truncatingIfNeeded: bits & 0xFFFF_FFFF) }

    /// Of a word that opens an array or object: its elements or members, 16,777,215 for that many and more.
    @inlinable
    var count: Int { Int(truncatingIfNeeded: bits >> 32 & 0xFF_FFFF) }
}

/// What a JSON value is.
///
/// Numbers are told apart by how they were written and whether they fit.
@usableFromInline
package enum JSONKind: UInt8, Sendable {
    case null = 0x6E  // n
    case `true` = 0x74  // t
    case `false` = 0x66  // f
    /// An integer that fits an `Int64`.
    case integer = 0x6C  // l
    /// An integer that fits only an `UInt64`.
    case unsigned = 0x75  // u
    case double = 0x64  // d
    case string = 0x22  // "
    case array = 0x5B  // [
    case object = 0x7B  // {
}

/// The document that a parser made last, as it lies in memory.
///
/// A copy costs nothing, and counts no reference: it does not keep the parser alive. Whoever parses holds the parser as
/// long as its documents are read.
@safe
@usableFromInline
struct JSONTape {
    /// What a parse leaves behind; each parse writes it anew, in the same place.
    @unsafe
    @usableFromInline
    struct Document {
        @usableFromInline var words: UnsafePointer<UInt64>
        @usableFromInline var strings: UnsafePointer<UInt8>
        var text: UnsafePointer<UInt8>
        var textCount = 0
        /// The number of words on the tape, the two root words counted; 0 when there is no document.
        @usableFromInline var count = 0
        /// Whether all strings are known to be ASCII.
        var isASCII = false
        /// Counts the documents, so that a cursor can tell that its document is gone.
        @usableFromInline var generation: UInt32 = 0
        unowned(unsafe) let parser: JSONParser
    }

    @usableFromInline let document: UnsafeMutablePointer<Document>

    @inlinable var tapeCount: Int { unsafe document.pointee.count }

    @inlinable var generation: UInt32 { unsafe document.pointee.generation }

    var parser: JSONParser { unsafe document.pointee.parser }

    /// The last document as it came.
    var source: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: document.pointee.text, byteCount: document.pointee.textCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    @inlinable
    func word(at index: Int) -> TapeWord {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: tapeCount), "beyond the tape")
        return unsafe TapeWord(bits: document.pointee.words[index])
    }

    /// The kind of the value at `index`; null at index 0, which stands for a value that is not there.
    @inlinable
    func kind(at index: Int) -> JSONKind { JSONKind(rawValue: word(at: index).tag) ?? .null }

    @inlinable
    func isString(at index: Int) -> Bool { word(at: index).tag == JSONKind.string.rawValue }

    /// The index behind the value at `index`.
    @inlinable
    @inline(__always)
    func index(after index: Int) -> Int { self.index(after: word(at: index), at: index) }

    @inlinable
    @inline(__always)
    func index(after word: TapeWord, at index: Int) -> Int {
        switch word.tag {
        case UInt8(ascii: "["), UInt8(ascii: "{"): word.end
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }

    @inlinable
    func int64(at index: Int) -> Int64 { Int64(bitPattern: word(at: index + 1).bits) }

    @inlinable
    func uint64(at index: Int) -> UInt64 { word(at: index + 1).bits }

    @inlinable
    func float64(at index: Int) -> Double { Double(bitPattern: word(at: index + 1).bits) }

    /// The UTF-8 bytes of the string at `index`, unescaped; none if it is no string.
    @inlinable
    @inline(__always)
    @_lifetime(borrow self)
    func stringBytes(at index: Int) -> RawSpan {
        let word = word(at: index)
        guard word.tag == JSONKind.string.rawValue else { return RawSpan() }
        let start = unsafe UnsafeRawPointer(document.pointee.strings + word.value)
        let count = unsafe start.loadUnaligned(as: UInt32.self)
        let span = unsafe RawSpan(_unsafeStart: start + 4, byteCount: Int(count))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// The string at `index`.
    func string(at index: Int) -> String {
        let bytes = stringBytes(at: index)
        guard unsafe document.pointee.isASCII else { return bytes.string }
        // What was seen on the way to the tape is not looked for again.
        return unsafe bytes.withUnsafeBytes { bytes in
            let text = unsafe Span<UInt8>(_unsafeBytes: bytes)
            return unsafe String(copying: UTF8Span(unchecked: text, isKnownASCII: true))
        }
    }

    /// The number of elements or members of the array or object at `index`.
    func count(at index: Int) -> Int {
        let word = word(at: index)
        guard word.count == 0xFF_FFFF else { return word.count }
        var count = 0
        var next = index + 1
        while next < word.end - 1 {
            next = self.index(after: next)
            count += 1
        }
        return word.tag == JSONKind.object.rawValue ? count / 2 : count
    }

    /// The index of the member called `name`, in UTF-8, of the object at `object`; of several, the last.
    ///
    /// Each key that a type decodes comes by all the names, so this looks at their lengths first, and checks the bounds once.
    func member(_ name: RawSpan, ofObjectAt object: Int) -> Int? {
        let last = word(at: object).end - 1
        precondition(last < tapeCount, "beyond the tape")
        let words = unsafe document.pointee.words
        let strings = unsafe UnsafeRawPointer(document.pointee.strings)
        var found: Int?
        var key = object + 1
        while key < last {
            let entry = unsafe strings + TapeWord(bits: words[key]).value
            let length = unsafe Int(entry.loadUnaligned(as: UInt32.self))
            if length == name.byteCount, stringBytes(at: key).hasSameBytes(as: name) { found = key + 1 }
            let value = unsafe TapeWord(bits: words[key + 1])
            key = index(after: value, at: key + 1)
        }
        return found
    }
}
