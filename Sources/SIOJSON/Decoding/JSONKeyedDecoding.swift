/// The members of an object on the tape, found by key.
struct JSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let decoding: JSONDecoding
    private let object: Int
    /// Only where looking at each member would be slow.
    private let memberIndex: MemberIndex?

    init(_ decoding: JSONDecoding, at index: Int) throws {
        guard try decoding.kind(at: index) == .object else {
            throw decoding.mismatch([String: JSONValue].self, at: index)
        }
        self.decoding = decoding
        object = index
        let count = decoding.tape.word(at: index).count
        memberIndex = count > MemberIndex.threshold ? MemberIndex(decoding.parser, object: index) : nil
    }

    var codingPath: [any CodingKey] { decoding.path(to: object) }

    var allKeys: [Key] {
        guard decoding.isCurrent else { return [] }
        var keys: [Key] = []
        var index = object + 1
        let end = decoding.tape.word(at: object).end - 1
        while index < end {
            if let key = Key(stringValue: decoding.tape.string(at: index)) { keys.append(key) }
            index = decoding.tape.index(after: index + 1)
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { (try? find(key)) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try decoding.kind(at: index(of: key)) == .null }

    /// The index of the key's value.
    private func find(_ key: some CodingKey) throws -> Int? {
        _ = try decoding.kind(at: object)
        let name = key.stringValue
        let bytes = unsafe name.utf8Span.span.bytes
        if let memberIndex { return memberIndex.member(bytes, in: decoding.parser) }
        return decoding.tape.member(bytes, ofObjectAt: object)
    }

    private func index(of key: some CodingKey) throws -> Int {
        guard let index = try find(key) else {
            throw DecodingError.keyNotFound(
                key,
                .init(codingPath: codingPath, debugDescription: "No value associated with key \"\(key.stringValue)\".")
            )
        }
        return index
    }

    /// The index of the key's value, unless it is null or missing.
    private func present(_ key: Key) throws -> Int? {
        guard let index = try find(key), decoding.tape.kind(at: index) != .null else { return nil }
        return index
    }

    private func integer<T: FixedWidthInteger>(_ key: Key) throws -> T {
        try decoding.integer(T.self, at: index(of: key))
    }

    private func integerIfPresent<T: FixedWidthInteger>(_ key: Key) throws -> T? {
        guard let index = try present(key) else { return nil }
        return try decoding.integer(T.self, at: index)
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decoding.bool(at: index(of: key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try decoding.string(at: index(of: key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try decoding.double(at: index(of: key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try decoding.float(at: index(of: key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try decoding.int(at: index(of: key)) }
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
        try decoding.decode(type, at: index(of: key))
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try present(key).map { try decoding.bool(at: $0) }
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key).map { try decoding.string(at: $0) }
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try present(key).map { try decoding.double(at: $0) }
    }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        try present(key).map { try decoding.float(at: $0) }
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try decoding.int(at: $0) }
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
        try present(key).map { try decoding.decode(type, at: $0) }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        KeyedDecodingContainer(try JSONKeyedDecoding<NestedKey>(decoding, at: index(of: key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try JSONUnkeyedDecoding(decoding, at: index(of: key))
    }

    func superDecoder() -> any Decoder { decoder(for: JSONKey.superclass) }
    func superDecoder(forKey key: Key) -> any Decoder { decoder(for: key) }

    /// Index 0 is no value: a decoder that finds null there.
    private func decoder(for key: some CodingKey) -> JSONTapeDecoder {
        JSONTapeDecoder(decoding: decoding, index: (try? find(key)) ?? 0)
    }
}
