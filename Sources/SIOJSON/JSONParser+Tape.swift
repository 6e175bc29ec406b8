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

extension JSONParser {
    @inlinable
    func word(at index: Int) -> TapeWord {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: tapeCount), "beyond the tape")
        return unsafe TapeWord(bits: tape[index])
    }

    /// The kind of the value at `index`; null at index 0, which stands for a value that is not there.
    @inlinable
    func kind(at index: Int) -> JSONKind { JSONKind(rawValue: word(at: index).tag) ?? .null }

    /// The index behind the value at `index`.
    @inlinable
    func index(after index: Int) -> Int {
        let word = word(at: index)
        return switch JSONKind(rawValue: word.tag) {
        case .array, .object: word.end
        case .integer, .unsigned, .double: index + 2
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
    @_lifetime(borrow self)
    func stringBytes(at index: Int) -> RawSpan {
        let word = word(at: index)
        guard word.tag == JSONKind.string.rawValue else { return RawSpan() }
        let start = unsafe UnsafeRawPointer(strings + word.value)
        let count = unsafe start.loadUnaligned(as: UInt32.self)
        let span = unsafe RawSpan(_unsafeStart: start + 4, byteCount: Int(count))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// The string at `index`.
    func string(at index: Int) -> String { stringBytes(at: index).string }

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
    func member(_ name: RawSpan, ofObjectAt object: Int) -> Int? {
        var found: Int?
        var key = object + 1
        let end = word(at: object).end - 1
        while key < end {
            if stringBytes(at: key).hasSameBytes(as: name) { found = key + 1 }
            key = index(after: key + 1)
        }
        return found
    }
}

extension RawSpan {
    func hasSameBytes(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while offset + 8 <= byteCount {
            let word = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
            if unsafe word != other.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self) {
                return false
            }
            offset += 8
        }
        while offset < byteCount {
            if self[offset] != other[offset] { return false }
            offset += 1
        }
        return true
    }
}
