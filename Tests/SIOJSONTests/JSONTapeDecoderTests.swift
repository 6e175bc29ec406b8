import SIOBytes
import SIOJSON
import Testing

/// What becomes of decoders and containers that a type keeps beyond the document they read.
@Suite struct JSONTapeDecoderTests {
    private enum Key: String, CodingKey {
        case text, list, many, null
    }

    /// Keeps all that it can get hold of.
    private struct Keeper: Decodable {
        let decoder: any Decoder
        let single: any SingleValueDecodingContainer
        let keyed: KeyedDecodingContainer<Key>
        /// Of so many members that they are found by an index.
        let many: KeyedDecodingContainer<Key>
        var unkeyed: any UnkeyedDecodingContainer
        let parent: any Decoder

        init(from decoder: any Decoder) throws {
            self.decoder = decoder
            single = try decoder.singleValueContainer()
            keyed = try decoder.container(keyedBy: Key.self)
            many = try keyed.nestedContainer(keyedBy: Key.self, forKey: .many)
            unkeyed = try keyed.nestedUnkeyedContainer(forKey: .list)
            parent = try keyed.superDecoder(forKey: .list)
        }
    }

    private static let document: String = {
        let members = (0..<40).map { #""m\#($0)":\#($0)"# }.joined(separator: ",")
        return #"{"text":"a","list":[1,null,"b"],"null":null,"many":{\#(members),"text":"c"}}"#
    }()

    /// How the document goes.
    enum End: CaseIterable {
        case same, shorter, longer, scalar, invalid, released
    }

    private static func end(_ end: End, _ parser: JSONParser) throws {
        switch end {
        case .same: _ = try parser.parse(document)
        case .shorter: _ = try parser.parse("[]")
        case .longer: _ = try parser.parse("[\(document),\(document)]")
        case .scalar: _ = try parser.parse("1")
        case .invalid: #expect(throws: JSONError(.invalidSyntax)) { try parser.parse("{") }
        case .released: parser.release()
        }
    }

    private func expectError<Value>(_ body: () throws -> Value) {
        #expect {
            _ = try body()
        } throws: { error in
            guard case DecodingError.dataCorrupted(let context) = error else { return false }
            return context.codingPath.isEmpty && context.debugDescription.contains("kept beyond its document")
        }
    }

    @Test(arguments: End.allCases)
    func `a decoder that is kept beyond its document says so, whatever it is asked`(end: End) throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        var keeper = try parser.parse(Self.document).decode(Keeper.self)
        #expect(try keeper.keyed.decode(String.self, forKey: .text) == "a")
        try Self.end(end, parser)

        expectError { try keeper.decoder.container(keyedBy: Key.self) }
        expectError { try keeper.decoder.unkeyedContainer() }
        expectError { try keeper.single.decode(String.self) }
        expectError { try keeper.single.decode(Int.self) }
        expectError { try keeper.single.decode([String: JSONValue].self) }
        expectError { try keeper.parent.singleValueContainer().decode([JSONValue].self) }
        expectError { try JSONValue(from: keeper.decoder) }
        expectError { try RawJSON(from: keeper.decoder) }
        expectError { try Keeper(from: keeper.decoder) }
        for container in [keeper.keyed, keeper.many] {
            expectError { try container.decode(String.self, forKey: .text) }
            expectError { try container.decode(Double.self, forKey: .text) }
            expectError { try container.decode([UInt8].self, forKey: .text) }
            expectError { try container.decodeIfPresent(String.self, forKey: .text) }
            expectError { try container.decodeIfPresent(Int.self, forKey: .null) }
            expectError { try container.decodeNil(forKey: .null) }
            expectError { try container.nestedContainer(keyedBy: Key.self, forKey: .many) }
            expectError { try container.nestedUnkeyedContainer(forKey: .list) }
            expectError { try container.superDecoder(forKey: .list).singleValueContainer().decode(JSONValue.self) }
        }
        expectError { try keeper.unkeyed.decode(Int.self) }
        expectError { try keeper.unkeyed.decodeNil() }
        expectError { try keeper.unkeyed.decode(JSONValue.self) }
        expectError { try keeper.unkeyed.nestedUnkeyedContainer() }
        expectError { try keeper.unkeyed.superDecoder() }

        // What cannot throw knows nothing, and pretends to no end: whoever reads on is told.
        #expect(keeper.decoder.codingPath.isEmpty && keeper.keyed.codingPath.isEmpty)
        #expect(keeper.keyed.allKeys.isEmpty && !keeper.keyed.contains(.text) && !keeper.many.contains(.text))
        #expect(!keeper.single.decodeNil())
        #expect(keeper.unkeyed.count == nil && !keeper.unkeyed.isAtEnd && keeper.unkeyed.codingPath.isEmpty)
    }

    @Test func `as long as its document is there, a decoder may be kept`() throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        var keeper = try parser.parse(Self.document).decode(Keeper.self)
        #expect(try keeper.many.decode(String.self, forKey: .text) == "c")
        #expect(try keeper.keyed.decodeNil(forKey: .null))
        #expect(keeper.keyed.allKeys.count == 4 && keeper.unkeyed.count == 3)
        #expect(try keeper.unkeyed.decode(Int.self) == 1)
        #expect(try keeper.unkeyed.decodeNil())
        #expect(try keeper.unkeyed.decode(String.self) == "b")
        #expect(keeper.unkeyed.isAtEnd)
        #expect(try JSONValue(from: keeper.parent) == [1, nil, "b"])
    }

    @Test func `a decoder keeps its document's parser`() throws {
        let keeper = try JSONParser.reading(Array(Self.document.utf8).span.bytes) { try $0.decode(Keeper.self) }
        #expect(try keeper.keyed.decode(String.self, forKey: .text) == "a")
        #expect(try JSONValue(from: keeper.decoder).description == RawJSON(from: keeper.decoder).description)
    }

    /// Has its document go while an array around it is decoded.
    private struct Ending: Decodable {
        static let key = CodingUserInfoKey(rawValue: "parser")

        init(from decoder: any Decoder) throws {
            guard let key = Self.key, let end = decoder.userInfo[key] as? @Sendable () -> Void else { return }
            end()
        }
    }

    /// A parser that a closure may call; only one thread knows it.
    private struct Shared: @unchecked Sendable {
        let parser: JSONParser
    }

    // Behind as much else that the next document does not reach so far.
    @Test(arguments: [#"[0,0,0,0,[[1],[2]]]"#, #"[0,0,0,0,[{"a":1},{"a":2}]]"#])
    func `a document that goes while an array is decoded is an error`(text: String) throws {
        let shared = Shared(parser: JSONParser())
        let end: @Sendable () -> Void = { _ = try? shared.parser.parse("1") }
        let key = try #require(Ending.key)
        let cursor = try #require(try shared.parser.parse(text).elements.first { $0.isArray })
        expectError { try cursor.decode([Ending].self, userInfo: [key: end]) }
    }
}
