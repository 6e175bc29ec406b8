/// The decoder of one value on the tape, and its single-value container.
struct JSONTapeDecoder: Decoder, SingleValueDecodingContainer {
    let decoding: JSONDecoding
    let index: Int

    var codingPath: [any CodingKey] { decoding.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { decoding.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try decoding.container(keyedBy: type, at: index)
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try JSONUnkeyedDecoding(decoding, at: index)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// Whether the value is null; not once the document is gone, so that whoever asks on is told.
    func decodeNil() -> Bool { decoding.isCurrent && decoding.tape.kind(at: index) == .null }

    func decode(_ type: Bool.Type) throws -> Bool { try decoding.bool(at: index) }
    func decode(_ type: String.Type) throws -> String { try decoding.string(at: index) }
    func decode(_ type: Double.Type) throws -> Double { try decoding.double(at: index) }
    func decode(_ type: Float.Type) throws -> Float { try decoding.float(at: index) }
    func decode(_ type: Int.Type) throws -> Int { try decoding.int(at: index) }
    func decode(_ type: Int8.Type) throws -> Int8 { try decoding.integer(type, at: index) }
    func decode(_ type: Int16.Type) throws -> Int16 { try decoding.integer(type, at: index) }
    func decode(_ type: Int32.Type) throws -> Int32 { try decoding.integer(type, at: index) }
    func decode(_ type: Int64.Type) throws -> Int64 { try decoding.integer(type, at: index) }
    func decode(_ type: Int128.Type) throws -> Int128 { try decoding.integer(type, at: index) }
    func decode(_ type: UInt.Type) throws -> UInt { try decoding.integer(type, at: index) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try decoding.integer(type, at: index) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try decoding.integer(type, at: index) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try decoding.integer(type, at: index) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try decoding.integer(type, at: index) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try decoding.integer(type, at: index) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoding.decode(type, at: index) }
}

extension JSONCursor {
    /// Decodes the value into a type.
    ///
    /// - Parameters:
    ///   - type: What to decode.
    ///   - attachments: The bytes that `{"_placeholder":true,"num":i}` stands for, by `i`; they can be decoded as
    ///     `[UInt8]`, `Data` and `JSONValue.binary`. Without attachments a placeholder is an object like any other.
    ///   - userInfo: What `Decoder.userInfo` shows to the type.
    /// - Returns: The value.
    /// - Throws: `DecodingError`, or what the type itself throws.
    package func decode<T: Decodable>(
        _ type: T.Type = T.self,
        attachments: [[UInt8]] = [],
        userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) throws -> T {
        // The commonest arguments need nothing shared.
        if T.self == String.self, let string { return same(string, as: type) }
        if T.self == Int.self, let int64 { return same(Int(int64), as: type) }
        if T.self == Double.self, let double { return same(double, as: type) }
        if T.self == Bool.self, let bool { return same(bool, as: type) }
        let index = index
        var decoding = JSONDecoding.begin(self, attachments: attachments, userInfo: userInfo)
        defer { JSONDecoding.end(&decoding) }
        return try decoding.decode(type, at: index)
    }

    /// The value as a tree, a `.binary` for each placeholder if there are attachments.
    ///
    /// - Throws: `DecodingError` if a placeholder's number is illegal.
    package func value(attachments: [[UInt8]] = []) throws -> JSONValue {
        let index = index
        var decoding = JSONDecoding.begin(self, attachments: attachments, userInfo: [:])
        defer { JSONDecoding.end(&decoding) }
        return try decoding.value(at: index)
    }

    /// The value's own bytes, and the attachments that they speak of.
    ///
    /// - Throws: `DecodingError` if a placeholder's number is illegal.
    package func raw(attachments: [[UInt8]] = []) throws -> RawJSON {
        let index = index
        var decoding = JSONDecoding.begin(self, attachments: attachments, userInfo: [:])
        defer { JSONDecoding.end(&decoding) }
        return try decoding.raw(at: index)
    }
}
