/// The members of an object on the tape, found by key.
///
/// What it reads can change (``KeptContainers``), so an index is asked for before anybody else's code runs.
struct JSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let object: JSONObjectDecoding

    init(_ object: JSONObjectDecoding) { self.object = object }

    var codingPath: [any CodingKey] { object.codingPath }

    var allKeys: [Key] {
        guard object.isCurrent else { return [] }
        let tape = object.tape
        var keys: [Key] = []
        var index = object.index + 1
        let end = tape.word(at: object.index).end - 1
        while index < end {
            if let key = Key(stringValue: tape.string(at: index)) { keys.append(key) }
            index = tape.index(after: index + 1)
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { (try? object.member(key.stringValue)) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { object.tape.kind(at: try index(of: key)) == .null }

    /// The index of the key's value.
    private func index(of key: Key) throws -> Int {
        guard let index = try object.member(key.stringValue) else { throw missing(key) }
        return index
    }

    @inline(never)
    private func missing(_ key: Key) -> DecodingError {
        .keyNotFound(
            key,
            .init(codingPath: codingPath, debugDescription: "No value associated with key \"\(key.stringValue)\".")
        )
    }

    /// The index of the key's value, unless it is null or missing.
    private func present(_ key: Key) throws -> Int? {
        guard let index = try object.member(key.stringValue), object.tape.kind(at: index) != .null else { return nil }
        return index
    }

    private func integer<T: FixedWidthInteger>(_ key: Key) throws -> T {
        try object.owner().integer(T.self, at: index(of: key))
    }

    private func integerIfPresent<T: FixedWidthInteger>(_ key: Key) throws -> T? {
        guard let index = try present(key) else { return nil }
        return try object.owner().integer(T.self, at: index)
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try object.bool(at: index(of: key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try object.string(at: index(of: key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try object.double(at: index(of: key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try object.owner().float(at: index(of: key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try object.int(at: index(of: key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(key) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try integer(key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try integer(key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(key) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try integer(key) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try object.owner().decode(type, at: index(of: key))
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try present(key).map { try object.bool(at: $0) }
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key).map { try object.string(at: $0) }
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try present(key).map { try object.double(at: $0) }
    }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        try present(key).map { try object.owner().float(at: $0) }
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try object.int(at: $0) }
    }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: Int128.Type, forKey key: Key) throws -> Int128? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try integerIfPresent(key) }
    func decodeIfPresent(_ type: UInt128.Type, forKey key: Key) throws -> UInt128? { try integerIfPresent(key) }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try present(key).map { try object.owner().decode(type, at: $0) }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try object.owner().container(keyedBy: type, at: index(of: key))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try JSONUnkeyedDecoding(object.owner(), at: index(of: key))
    }

    func superDecoder() throws -> any Decoder { try decoder(for: JSONKey.superclass) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(for: key) }

    /// Index 0 is no value: a decoder that finds null there.
    private func decoder(for key: some CodingKey) throws -> JSONTapeDecoder {
        JSONTapeDecoder(decoding: try object.owner(), index: (try? object.member(key.stringValue)) ?? 0)
    }
}
