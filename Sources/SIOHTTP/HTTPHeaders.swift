import SIOBytes

/// The header fields of a request or a response: an ordered list of names and values (RFC 9110 §5).
///
/// Names are matched without regard to ASCII case, and kept as they were written. A name may occur several times.
///
/// No value can break out of its line: what is added here loses its control characters. So a value that came from a
/// peer may be sent back without a further thought.
public struct HTTPHeaders: Sendable {
    /// One field behind the other: the counts of its name's and its value's bytes, then these bytes.
    ///
    /// One allocation holds all fields, however many; a search reads the names only. It is as small as it can be, so that
    /// whoever keeps the fields keeps them as they are.
    private(set) var storage: [UInt8] = []

    /// The number of fields.
    public private(set) var count = 0

    /// The ``mark(of:)`` of each name: most of the names that are asked for are not there, and no field is looked at then.
    private var marks: UInt64 = 0
    /// Those that more than one field has: behind the first field with any other nothing need be looked for.
    private var repeatedMarks: UInt64 = 0

    /// No fields.
    public init() {}

    /// Whether there are no fields.
    public var isEmpty: Bool { count == 0 }

    /// The first value of the field called `name`.
    ///
    /// Setting it replaces the field where it first stands and removes all others of that name; setting nil removes
    /// all. What ``add(_:_:)`` says of names and values holds here too. Bytes that are not UTF-8 are read as U+FFFD.
    public subscript(_ name: String) -> String? {
        get {
            guard let field = first(name) else { return nil }
            return storage.rawSpan.extracting(field.value).string
        }
        set {
            replace(name, with: newValue)
        }
    }

    /// Adds a field behind all others.
    ///
    /// - Parameters:
    ///   - name: A token (RFC 9110 §5.6.2); anything else is a programming error. ``isValidName(_:)`` tells.
    ///   - value: Each CR, LF, NUL and other control character in it becomes a space, as RFC 9110 §5.5 asks for; spaces
    ///     and tabs at its ends are dropped.
    public mutating func add(_ name: String, _ value: String) {
        precondition(Self.isValidName(name), "not a field name")
        add(name.rawSpan, value)
    }

    private mutating func add(_ name: borrowing RawSpan, cleaning value: String) {
        var value = Array(value.utf8)
        for index in value.indices where !value[index].isFieldCharacter { value[index] = .space }
        let bytes = value.rawSpan
        append(name: name, value: bytes.extracting(bytes.trimming(0..<bytes.byteCount)))
    }

    /// Adds a field with one of our own names, which is known to be one; of the value holds what ``add(_:_:)`` says.
    package mutating func add(own name: StaticString, _ value: String) {
        add(unsafe RawSpan(_unsafeStart: name.utf8Start, byteCount: name.utf8CodeUnitCount), value)
    }

    private mutating func add(_ name: borrowing RawSpan, _ value: String) {
        let bytes = value.rawSpan
        guard bytes.isFieldValue else { return add(name, cleaning: value) }
        append(name: name, value: bytes.extracting(bytes.trimming(0..<bytes.byteCount)))
    }

    /// Removes every field called `name`.
    public mutating func remove(_ name: String) {
        replace(name, with: nil)
    }

    /// Whether `name` may be the name of a field.
    public static func isValidName(_ name: String) -> Bool {
        name.rawSpan.isToken
    }

    // MARK: Within the module

    /// Where a field lies in the storage.
    struct Field {
        private let start: Int
        fileprivate let nameCount: Int
        private let valueCount: Int

        @inline(__always)
        fileprivate init(_ start: Int, _ nameCount: Int, _ valueCount: Int) {
            self.start = start
            self.nameCount = nameCount
            self.valueCount = valueCount
        }

        var name: Range<Int> { start..<start + nameCount }
        var value: Range<Int> { start + nameCount..<end }
        /// Where the next field begins.
        @inline(__always)
        var end: Int { start &+ nameCount &+ valueCount }
    }

    /// The field that begins at `offset` of the storage.
    @inline(__always)
    static func field(at offset: Int, in storage: borrowing RawSpan) -> Field? {
        guard offset < storage.byteCount else { return nil }
        // A field has two bytes at least, and most often these are its counts.
        let counts = unsafe storage.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian
        if counts & 0x8080 == 0 { return Field(offset &+ 2, Int(counts & 0x7F), Int(counts >> 8)) }
        var start = offset
        let nameCount = storage.textCount(at: &start)
        let valueCount = storage.textCount(at: &start)
        return Field(start, nameCount, valueCount)
    }

    /// The fields of another one's storage.
    init(storage fields: borrowing RawSpan) {
        storage = fields.array
        var offset = 0
        while let field = Self.field(at: offset, in: fields) {
            mark(fields.extracting(field.name))
            offset = field.end
        }
    }

    /// Adds a field whose name and value are known to be valid.
    mutating func append(name: borrowing RawSpan, value: borrowing RawSpan) {
        let size = name.countedSize + value.countedSize
        if storage.capacity == 0 { reserve(Swift.max(Self.firstCapacity, size)) }
        storage.append(addingCapacity: size) { storage in
            storage.append(textCount: name.byteCount)
            storage.append(textCount: value.byteCount)
            storage.append(name)
            storage.append(value)
        }
        mark(name)
    }

    /// Adds the fields of others behind all.
    package mutating func add(_ others: HTTPHeaders) {
        storage.append(contentsOf: others.storage)
        count += others.count
        repeatedMarks |= marks & others.marks | others.repeatedMarks
        marks |= others.marks
    }

    /// Counts a field, and marks its name.
    private mutating func mark(_ name: borrowing RawSpan) {
        count += 1
        let mark = Self.mark(of: name)
        repeatedMarks |= marks & mark
        marks |= mark
    }

    /// One bit of 64, the same for a name in whatever case.
    private static func mark(of name: borrowing RawSpan) -> UInt64 {
        name.byteCount > 0 ? 1 << UInt64(truncatingIfNeeded: (name.byteCount &* 7 &+ Int(name[0] | 0x20)) & 63) : 0
    }

    /// The bytes that a response's fields take, most often.
    private static let firstCapacity = 160

    /// Makes room for fields of so many bytes in all, unless there is some already.
    mutating func reserve(_ bytes: Int) {
        if bytes > storage.capacity { storage.reserveCapacity(bytes) }
    }

    /// The first field called `name` that lies at or behind `offset` of the storage.
    func first(_ name: String, from offset: Int = 0) -> Field? { name.withUTF8Bytes { first($0, from: offset) } }

    /// The first field with one of our own names.
    func first(own name: StaticString, from offset: Int = 0) -> Field? {
        unsafe first(RawSpan(_unsafeStart: name.utf8Start, byteCount: name.utf8CodeUnitCount), from: offset)
    }

    private func first(_ wanted: borrowing RawSpan, from offset: Int) -> Field? {
        guard (offset == 0 ? marks : repeatedMarks) & Self.mark(of: wanted) != 0 else { return nil }
        let storage = storage.rawSpan
        var offset = offset
        while let field = Self.field(at: offset, in: storage) {
            if field.nameCount == wanted.byteCount, storage.extracting(field.name).equalsIgnoringCase(wanted) {
                return field
            }
            offset = field.end
        }
        return nil
    }

    private mutating func replace(_ name: String, with value: String?) {
        guard first(name) != nil else {
            if let value { add(name, value) }
            return
        }
        let old = self
        let bytes = old.storage.rawSpan
        self = HTTPHeaders()
        reserve(bytes.byteCount)
        var value = value
        var offset = 0
        while let field = Self.field(at: offset, in: bytes) {
            offset = field.end
            if !bytes.extracting(field.name).equalsIgnoringCase(name) {
                append(name: bytes.extracting(field.name), value: bytes.extracting(field.value))
            } else if let new = value {
                add(name, new)
                value = nil
            }
        }
    }
}
