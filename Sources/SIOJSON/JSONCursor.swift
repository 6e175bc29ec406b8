import SIOBytes

/// One value of a parsed document, read where the parser left it.
///
/// A cursor is valid until its parser parses the next document; using it later is a programming error and traps. It does
/// not keep the parser alive: whoever parses holds the parser as long as there are cursors.
@usableFromInline
package struct JSONCursor {
    @usableFromInline let tape: JSONTape
    @usableFromInline let position: UInt32
    @usableFromInline let generation: UInt32

    @inlinable
    init(tape: JSONTape, index: Int) {
        self.tape = tape
        position = UInt32(truncatingIfNeeded: index)
        generation = tape.generation
    }

    /// The value's place on the tape.
    @inlinable
    var index: Int {
        precondition(generation == tape.generation, "the parser has gone on to another document")
        return Int(position)
    }

    @inlinable
    package var kind: JSONKind { tape.kind(at: index) }

    @inlinable
    package var isNull: Bool { kind == .null }

    @inlinable
    package var isString: Bool { tape.isString(at: index) }

    @inlinable
    package var isArray: Bool { tape.word(at: index).tag == UInt8(ascii: "[") }

    package var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The number, if it is an integer in range; `1.0` and `1e3` are integers too, as in JavaScript.
    @inlinable
    package var int64: Int64? {
        let index = index
        return switch tape.kind(at: index) {
        case .integer: tape.int64(at: index)
        case .double: Int64(exactly: tape.float64(at: index))
        default: nil
        }
    }

    /// The number, if it is an integer that fits only an `UInt64`.
    package var uint64: UInt64? { kind == .unsigned ? tape.uint64(at: index) : nil }

    /// The number, rounded to a double where it is an integer beyond 2^53.
    @inlinable
    package var double: Double? {
        let index = index
        return switch tape.kind(at: index) {
        case .integer: Double(tape.int64(at: index))
        case .unsigned: Double(tape.uint64(at: index))
        case .double: tape.float64(at: index)
        default: nil
        }
    }

    package var string: String? {
        guard isString else { return nil }
        return tape.string(at: Int(position))
    }

    /// The UTF-8 bytes of a string, unescaped; none if the value is no string.
    @inlinable
    @inline(__always)
    package var stringBytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            let span = tape.stringBytes(at: index)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// A number as JavaScript would make a string of it.
    package var numberText: String? {
        var text = ByteBuffer()
        switch kind {
        case .integer: text.appendJSON(integer: tape.int64(at: index))
        case .unsigned: text.appendJSON(number: Double(tape.uint64(at: index)))
        case .double: text.appendJSON(number: tape.float64(at: index))
        default: return nil
        }
        return text.bytes.string
    }

    /// The number of elements of an array, or members of an object (names that occur twice count twice); else 0.
    package var count: Int {
        switch kind {
        case .array, .object: tape.count(at: index)
        default: 0
        }
    }

    /// The elements of an array; none if the value is no array.
    @inlinable
    @inline(__always)
    package var elements: JSONElements { JSONElements(self) }

    /// The members of an object; none if the value is no object.
    @inlinable
    package var members: JSONMembers { JSONMembers(self) }

    /// The member of an object with this name; of several, the last, as in JavaScript.
    package subscript(name: StaticString) -> JSONCursor? {
        guard kind == .object else { return nil }
        let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(name.utf8Start), byteCount: name.utf8CodeUnitCount)
        guard let member = tape.member(bytes, ofObjectAt: index) else { return nil }
        return JSONCursor(tape: tape, index: member)
    }

    /// The whole document that the value is of, as it came.
    package var documentText: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            let owner = tape
            let isCurrent = generation == owner.generation
            precondition(isCurrent, "the parser has gone on to another document")
            let span = owner.source
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes of the value as they came.
    package var source: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            let span = tape.parser.source(at: index)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}

/// The elements of an array, in order.
@usableFromInline
package struct JSONElements: Sequence, IteratorProtocol {
    @usableFromInline let tape: JSONTape
    @usableFromInline let generation: UInt32
    /// The place of the next element.
    @usableFromInline package private(set) var position: UInt32
    @usableFromInline let end: UInt32

    @inlinable
    @inline(__always)
    init(_ array: JSONCursor) {
        tape = array.tape
        generation = array.generation
        let isArray = array.isArray
        position = isArray ? array.position + 1 : 0
        end = isArray ? UInt32(truncatingIfNeeded: tape.word(at: array.index).end - 1) : 0
    }

    /// No elements, of the parser's last document.
    package init(noneOf parser: JSONParser) {
        tape = parser.tape
        generation = tape.generation
        position = 0
        end = 0
    }

    @inlinable
    @inline(__always)
    package mutating func next() -> JSONCursor? {
        guard position < end else { return nil }
        let element = value(at: position)
        position = UInt32(truncatingIfNeeded: tape.index(after: Int(position)))
        return element
    }

    /// The value of the same document at a place that an iteration came by; 1 is the outermost one.
    @inlinable
    package func value(at position: UInt32) -> JSONCursor {
        precondition(generation == tape.generation, "the parser has gone on to another document")
        return JSONCursor(tape: tape, index: Int(position))
    }
}

/// The members of an object, in order, each with its name.
@usableFromInline
package struct JSONMembers: Sequence, IteratorProtocol {
    @usableFromInline let tape: JSONTape
    @usableFromInline let generation: UInt32
    @usableFromInline var position: Int
    @usableFromInline let end: Int

    @inlinable
    init(_ object: JSONCursor) {
        tape = object.tape
        generation = object.generation
        let isObject = object.kind == .object
        position = isObject ? object.index + 1 : 0
        end = isObject ? tape.word(at: object.index).end - 1 : 0
    }

    @inlinable
    package mutating func next() -> (name: JSONCursor, value: JSONCursor)? {
        guard position < end else { return nil }
        precondition(generation == tape.generation, "the parser has gone on to another document")
        let member = (JSONCursor(tape: tape, index: position), JSONCursor(tape: tape, index: position + 1))
        position = tape.index(after: position + 1)
        return member
    }
}
