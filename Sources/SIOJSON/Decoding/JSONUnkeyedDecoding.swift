/// The elements of an array on the tape, one after the other.
struct JSONUnkeyedDecoding: UnkeyedDecodingContainer {
    private let decoding: JSONDecoding
    private let array: UInt32
    /// The index of the next element, or of the closing bracket.
    private var next: UInt32
    private(set) var currentIndex = 0

    init(_ decoding: JSONDecoding, at index: Int) throws {
        guard try decoding.kind(at: index) == .array else { throw decoding.mismatch([JSONValue].self, at: index) }
        self.decoding = decoding
        array = UInt32(index)
        next = array + 1
    }

    var codingPath: [any CodingKey] { decoding.path(to: Int(array)) }
    /// The number of elements; nil once the document is gone.
    var count: Int? { decoding.isCurrent ? decoding.tape.count(at: Int(array)) : nil }
    /// Whether there is no further element; not once the document is gone, so that whoever asks for one is told.
    var isAtEnd: Bool { decoding.isCurrent && Int(next) >= decoding.tape.word(at: Int(array)).end - 1 }

    /// Takes the next element, if `body` makes something of it.
    private mutating func take<T>(_ type: T.Type, _ body: (Int) throws -> T) throws -> T {
        _ = try decoding.kind(at: Int(array))
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                .init(
                    codingPath: codingPath + [JSONKey.index(currentIndex)],
                    debugDescription: "Unkeyed container is at end."
                )
            )
        }
        // Asked before: the type's own code may be the end of the document.
        let behind = decoding.tape.index(after: Int(next))
        let value = try body(Int(next))
        next = UInt32(behind)
        currentIndex += 1
        return value
    }

    private mutating func integer<T: FixedWidthInteger>() throws -> T {
        let decoding = decoding
        return try take(T.self) { try decoding.integer(T.self, at: $0) }
    }

    mutating func decodeNil() throws -> Bool {
        let decoding = decoding
        guard !isAtEnd else { return try take(Never?.self) { _ in nil } == nil }
        guard try decoding.kind(at: Int(next)) == .null else { return false }
        return try take(Bool.self) { _ in true }
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try take(type, decoding.bool) }
    mutating func decode(_ type: String.Type) throws -> String { try take(type, decoding.string) }
    mutating func decode(_ type: Double.Type) throws -> Double { try take(type, decoding.double) }
    mutating func decode(_ type: Float.Type) throws -> Float { try take(type, decoding.float) }
    mutating func decode(_ type: Int.Type) throws -> Int { try take(type, decoding.int) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let decoding = decoding
        return try take(type) { try decoding.decode(type, at: $0) }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let decoding = decoding
        return try take(KeyedDecodingContainer<NestedKey>.self) {
            try decoding.container(keyedBy: type, at: $0)
        }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let decoding = decoding
        return try take((any UnkeyedDecodingContainer).self) { try JSONUnkeyedDecoding(decoding, at: $0) }
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoding = decoding
        return try take((any Decoder).self) { JSONTapeDecoder(decoding: decoding, index: $0) }
    }
}
