/// One value being decoded into a `Decodable` type: what all its decoders and containers share.
///
/// Decoders and containers are a reference to this and a place on the tape, which fits into an existential without an
/// allocation. Coding paths are found on the tape when an error asks for one.
final class JSONDecoding {
    let tape: JSONTape
    /// Which of the parser's documents the value is of.
    private(set) var generation: UInt32 = 0
    /// The place of the value that was asked for; coding paths start there.
    private var root = 0
    /// The packet's binary attachments, which placeholders stand for.
    private(set) var attachments: [[UInt8]] = []
    private(set) var userInfo: [CodingUserInfoKey: any Sendable] = [:]
    /// Who keeps a decoder keeps the document that it reads.
    private var holder: JSONParser?
    @exclusivity(unchecked) private var containers = KeptContainers<JSONObjectDecoding>()
    /// Whether values are still being decoded, and not only somebody has kept a decoder.
    private var isOpen = false

    private init(tape: JSONTape) { self.tape = tape }

    /// What decodes the value: the parser's last one, if nobody has kept a decoder of it.
    static func begin(
        _ value: JSONCursor, attachments: [[UInt8]], userInfo: [CodingUserInfoKey: any Sendable]
    ) -> JSONDecoding {
        let parser = value.tape.parser
        let decoding = unsafe parser.decoding ?? JSONDecoding(tape: value.tape)
        unsafe parser.decoding = nil
        decoding.generation = value.generation
        decoding.root = value.index
        decoding.attachments = attachments
        decoding.userInfo = userInfo
        decoding.holder = parser
        decoding.isOpen = true
        return decoding
    }

    /// Lets go of the value, for the parser's next one.
    static func end(_ decoding: inout JSONDecoding) {
        unsafe decoding.containers.forgetOthers { $0.close() }
        decoding.isOpen = false
        guard isKnownUniquelyReferenced(&decoding) else {
            unsafe decoding.containers = KeptContainers()
            return
        }
        let parser = decoding.holder
        decoding.attachments = []
        decoding.userInfo = [:]
        decoding.holder = nil
        unsafe parser?.decoding = decoding
    }

    var parser: JSONParser { tape.parser }

    /// The members of the object at `index`.
    func container<Key: CodingKey>(keyedBy type: Key.Type, at index: Int) throws -> KeyedDecodingContainer<Key> {
        guard try kind(at: index) == .object else { throw mismatch([String: JSONValue].self, at: index) }
        let keys = ObjectIdentifier(type)
        if let (box, object) = unsafe containers.free(keys: keys, where: { _ in true }) {
            object.open(self, at: index)
            return SIOJSON.container(of: box)
        }
        let object = JSONObjectDecoding(tape: tape)
        object.open(self, at: index)
        let container = KeyedDecodingContainer(JSONKeyedDecoding<Key>(object))
        if isOpen, unsafe containers.isWorthKeeping(keys: keys) {
            unsafe containers.keep(box(of: container), keys: keys, at: object)
        }
        return container
    }

    /// Decodes the value at `index`, without a container where the type is one that JSON knows.
    ///
    /// This recurses through the type's own code, so it does nothing that would need room on the stack.
    func decode<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        guard let known = KnownType(type) else { return try T(from: JSONTapeDecoder(decoding: self, index: index)) }
        return try decode(known, as: type, at: index)
    }

    /// A type of those that JSON knows, and that decode without their own code.
    ///
    /// Told apart from decoding them: an optional of a type that only the caller knows costs a look-up each time.
    private enum KnownType {
        case string, int, double, bool, value, raw, bytes, strings, ints, doubles, bools, foundation

        init?<T>(_ type: T.Type) {
            if T.self == String.self {
                self = .string
            } else if T.self == Int.self {
                self = .int
            } else if T.self == Double.self {
                self = .double
            } else if T.self == Bool.self {
                self = .bool
            } else if T.self == JSONValue.self {
                self = .value
            } else if T.self == RawJSON.self {
                self = .raw
            } else if T.self == [UInt8].self {
                self = .bytes
            } else if T.self == [String].self {
                self = .strings
            } else if T.self == [Int].self {
                self = .ints
            } else if T.self == [Double].self {
                self = .doubles
            } else if T.self == [Bool].self {
                self = .bools
            } else if FoundationBridge.knows(type) {
                self = .foundation
            } else {
                return nil
            }
        }
    }

    @inline(never)
    private func decode<T>(_ known: KnownType, as type: T.Type, at index: Int) throws -> T {
        switch known {
        case .string: same(try string(at: index), as: type)
        case .int: same(try int(at: index), as: type)
        case .double: same(try double(at: index), as: type)
        case .bool: same(try bool(at: index), as: type)
        case .value: same(try value(at: index), as: type)
        case .raw: same(try raw(at: index), as: type)
        case .bytes: same(try bytes(at: index), as: type)
        case .strings: same(try array(at: index, of: string), as: type)
        case .ints: same(try array(at: index, of: int), as: type)
        case .doubles: same(try array(at: index, of: double), as: type)
        case .bools: same(try array(at: index, of: bool), as: type)
        case .foundation: try FoundationBridge.decode(type, at: index, of: self)
        }
    }

    /// The kind of the value at `index`; each access to the tape comes through here first.
    ///
    /// - Throws: `DecodingError.dataCorrupted` if the document is gone. A type that keeps its decoder, and asks it later,
    ///   is the application's: it is told, and ends nobody's process.
    func kind(at index: Int) throws -> JSONKind {
        guard isCurrent else { throw Self.outlived }
        return tape.kind(at: index)
    }

    /// Whether the document is still the parser's: the parser writes the next one in the same place.
    var isCurrent: Bool { generation == tape.generation }

    static var outlived: DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "The decoder was kept beyond its document."))
    }

    // MARK: Scalars

    func bool(at index: Int) throws -> Bool {
        switch try kind(at: index) {
        case .true: return true
        case .false: return false
        default: throw mismatch(Bool.self, at: index)
        }
    }

    func string(at index: Int) throws -> String {
        guard isCurrent, tape.isString(at: index) else { throw mismatch(String.self, at: index) }
        return tape.string(at: index)
    }

    func double(at index: Int) throws -> Double {
        switch try kind(at: index) {
        case .integer: return Double(tape.int64(at: index))
        case .unsigned: return Double(tape.uint64(at: index))
        case .double: return tape.float64(at: index)
        default: throw mismatch(Double.self, at: index)
        }
    }

    func float(at index: Int) throws -> Float {
        let double = try double(at: index)
        let float = Float(double)
        guard float.isFinite else { throw corrupted("Number \(double) does not fit in Float", at: index) }
        return float
    }

    /// The commonest of the integers, without a look at what an integer is.
    func int(at index: Int) throws -> Int {
        guard try kind(at: index) == .integer, let value = Int(exactly: tape.int64(at: index)) else {
            return try integer(Int.self, at: index)
        }
        return value
    }

    /// An integer; `1.0` is one, as JavaScript makes no difference.
    func integer<T: FixedWidthInteger>(_ type: T.Type, at index: Int) throws -> T {
        switch try kind(at: index) {
        case .integer:
            if let value = T(exactly: tape.int64(at: index)) { return value }
        case .unsigned:
            if let value = T(exactly: tape.uint64(at: index)) { return value }
        case .double:
            if let value = T(exactly: tape.float64(at: index)) { return value }
        default:
            throw mismatch(type, at: index)
        }
        throw corrupted("Number \(parser.sourceString(at: index)) does not fit in \(type)", at: index)
    }

    func array<Element>(at index: Int, of element: (Int) throws -> Element) throws -> [Element] {
        guard try kind(at: index) == .array else { throw mismatch([Element].self, at: index) }
        let word = tape.word(at: index)
        var elements: [Element] = []
        elements.reserveCapacity(word.count)
        var next = index + 1
        while next < word.end - 1 {
            elements.append(try element(next))
            next = tape.index(after: next)
        }
        return elements
    }

    // MARK: Binary

    /// The bytes of an attachment, or of an array of numbers.
    func bytes(at index: Int) throws -> [UInt8] {
        if let attachment = try attachment(at: index) { return attachment }
        return try array(at: index) { try integer(UInt8.self, at: $0) }
    }

    /// The bytes that the placeholder at `index` stands for; nil if there is none.
    func attachment(at index: Int) throws -> [UInt8]? {
        guard !attachments.isEmpty else { return nil }
        guard isCurrent else { throw Self.outlived }
        switch tape.placeholder(at: index, attachments: attachments.count) {
        case .none: return nil
        case .number(let number): return attachments[number]
        case .illegal: throw corrupted("illegal attachments", at: index)
        }
    }

    // MARK: JSON itself

    func value(at index: Int) throws -> JSONValue {
        switch try kind(at: index) {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .integer: return .integer(tape.int64(at: index))
        case .unsigned: return .unsigned(tape.uint64(at: index))
        case .double: return .double(tape.float64(at: index))
        case .string: return .string(tape.string(at: index))
        case .array: return .array(try array(at: index, of: value))
        case .object:
            if let attachment = try attachment(at: index) { return .binary(attachment) }
            var object = JSONObject()
            object.reserveCapacity(tape.word(at: index).count)
            let end = tape.word(at: index).end - 1
            var key = index + 1
            while key < end {
                object.set(tape.string(at: key), try value(at: key + 1))
                key = tape.index(after: key + 1)
            }
            return .object(object)
        }
    }

    func raw(at index: Int) throws -> RawJSON {
        guard index != 0 else { throw mismatch(RawJSON.self, at: index) }
        _ = try kind(at: index)
        guard let raw = RawJSON(parser, at: index, attachments: attachments) else {
            throw corrupted("illegal attachments", at: index)
        }
        return raw
    }

    // MARK: Errors

    /// The keys that lead to the value at `index`; none once the document is gone.
    func path(to index: Int) -> [any CodingKey] {
        isCurrent ? parser.path(from: root, to: index) : []
    }

    func mismatch(_ type: any Any.Type, at index: Int) -> DecodingError {
        guard isCurrent else { return Self.outlived }
        let kind = tape.kind(at: index)
        let context = DecodingError.Context(
            codingPath: path(to: index),
            debugDescription: "Expected to decode \(type) but found \(kind.name) instead."
        )
        return kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    func corrupted(_ description: String, at index: Int) -> DecodingError {
        .dataCorrupted(.init(codingPath: path(to: index), debugDescription: description))
    }
}

extension JSONKind {
    /// What error messages call it.
    var name: String {
        switch self {
        case .null: "null"
        case .true, .false: "bool"
        case .integer, .unsigned, .double: "number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// `value` under the name of a type that is known to be its own.
@inline(__always)
func same<T, U>(_ value: T, as type: U.Type) -> U {
    precondition(T.self == U.self)
    return unsafe unsafeBitCast(value, to: type)
}
