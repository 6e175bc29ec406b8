import SIOBytes
import SIOJSON
import Testing

/// Containers are handed out again: nobody may notice.
@Suite struct KeptContainersTests {
    private enum Key: String, CodingKey {
        case value, next
    }

    /// Keeps the container that it was decoded from.
    private struct Keeper: Decodable {
        let members: KeyedDecodingContainer<Key>
        init(from decoder: any Decoder) throws { members = try decoder.container(keyedBy: Key.self) }
        /// Read, and read by what the container holds.
        var value: Int {
            get throws {
                let value = try members.decode(Int.self, forKey: .value)
                let same = try members.decode([Int].self, forKey: .next)
                return same == [value] ? value : -1
            }
        }
    }

    /// Goes on reading, and writing, its own members behind those of another of its type.
    private final class Chain: Codable, Equatable {
        let next: [Chain]?
        let value: Int

        init(_ next: [Chain]?, _ value: Int) {
            self.next = next
            self.value = value
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            next = try members.decodeIfPresent([Chain].self, forKey: .next)
            value = try members.decode(Int.self, forKey: .value)
        }

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: Key.self)
            try members.encodeIfPresent(next, forKey: .next)
            try members.encode(value, forKey: .value)
        }

        static func == (left: Chain, right: Chain) -> Bool { left.value == right.value && left.next == right.next }
    }

    /// Has a type of keys of its own for each type that it holds.
    private struct Wrapper<Wrapped: Codable & Equatable>: Codable, Equatable {
        var before: Int
        var wrapped: Wrapped
        var behind: Int
    }
    private typealias Three<Wrapped: Codable & Equatable> = Wrapper<Wrapper<Wrapper<Wrapped>>>

    private func three<Wrapped>(_ wrapped: Wrapped) -> Three<Wrapped> {
        Wrapper(
            before: 1, wrapped: Wrapper(before: 2, wrapped: Wrapper(before: 3, wrapped: wrapped, behind: 4), behind: 5),
            behind: 6)
    }

    @Test func `a container that somebody keeps stays at its object`() throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let text = "[" + (0..<40).map { #"{"value":\#($0),"next":[\#($0)]}"# }.joined(separator: ",") + "]"
        let document = try parser.parse(text)
        // With two decodings of one document, each of which hands out containers of its own.
        let keepers = try document.decode([Keeper].self) + document.decode([Keeper].self)
        for (index, keeper) in keepers.enumerated() { #expect(try keeper.value == index % 40) }
    }

    @Test func `a container outlives the parser that it came from`() throws {
        let text = "[" + (0..<40).map { #"{"value":\#($0),"next":[\#($0)]}"# }.joined(separator: ",") + "]"
        let keepers = try decode([Keeper].self, text)
        #expect(try keepers.map { try $0.value } == Array(0..<40))
    }

    @Test func `one parser's documents of one type are read anew each`() throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        for number in 0..<5 {
            let text = #"[{"next":[{"value":\#(number)}],"value":-1},{"value":7}]"#
            let chains = try parser.parse(text).decode([Chain].self)
            #expect(chains == [Chain([Chain(nil, number)], -1), Chain(nil, 7)])
            // What ends with an error gives its containers back, too.
            #expect(throws: DecodingError.self) {
                try parser.parse(#"[{"value":1},{"value":""}]"#).decode([Chain].self)
            }
        }
    }

    @Test func `values inside values of their own type have their own members`() throws {
        var chain = Chain(nil, 0)
        for depth in 1...30 { chain = Chain([Chain(nil, -depth), chain, Chain(nil, depth)], depth) }
        let text = try encode([chain, chain])
        #expect(try decode([Chain].self, text) == [chain, chain])
        #expect(try text == encode(JSONValue(encoding: [chain, chain])))
    }

    @Test func `more types of keys than are remembered`() throws {
        let value = three(three(three(0)))
        let values = [value, value, value]
        let text = try encode(values)
        #expect(try decode([Three<Three<Three<Int>>>].self, text) == values)
        #expect(try text == encode(JSONValue(encoding: values)))
    }

    private struct Mixed: Codable, Equatable {
        struct Left: Codable, Equatable {
            var a = 1
            var b = "b"
        }
        struct Right: Codable, Equatable {
            var c = "c"
            var d = 0.5
            var e = Left()
        }
        var left = Left()
        var right = Right()
    }

    @Test func `containers are told apart by their keys`() throws {
        let values = [Mixed](repeating: Mixed(), count: 5)
        let text = try encode(values)
        let one = #"{"left":{"a":1,"b":"b"},"right":{"c":"c","d":0.5,"e":{"a":1,"b":"b"}}}"#
        #expect(text == "[\(one),\(one),\(one),\(one),\(one)]")
        #expect(try decode([Mixed].self, text) == values)
    }

    /// Lets others have the container that it is encoded with.
    private struct Lender: Encodable {
        final class Borrower { var containers: [KeyedEncodingContainer<Key>] = [] }
        let value: Int
        let borrower: Borrower

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: Key.self)
            borrower.containers.append(members)
            try members.encode(value, forKey: .value)
            var again = encoder.container(keyedBy: Key.self)
            try again.encode(value, forKey: .next)
        }
    }

    @Test func `a container for writing that somebody keeps is theirs`() throws {
        let borrower = Lender.Borrower()
        let text = try encode((0..<20).map { Lender(value: $0, borrower: borrower) })
        #expect(text == "[" + (0..<20).map { #"{"value":\#($0),"next":\#($0)}"# }.joined(separator: ",") + "]")
        #expect(borrower.containers.count == 20)
    }

    /// Writes what looks like the beginning of an object in front of further members.
    private struct Braces: Encodable {
        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: Name.self)
            try? members.encode(Double.nan, forKey: Name("nan"))
            try? members.encode([Double.nan], forKey: Name("nan"))
            try members.encode("{", forKey: Name("{"))
            _ = members.nestedContainer(keyedBy: Name.self, forKey: Name("nested"))
            try? members.encode(-Double.infinity, forKey: Name("infinite"))
            try members.encode(0.5, forKey: Name("half"))
            var elements = members.nestedUnkeyedContainer(forKey: Name("elements"))
            try? elements.encode(Double.nan)
            _ = elements.nestedContainer(keyedBy: Name.self)
            try elements.encode(Int.min)
            var raw = encoder.container(keyedBy: Name.self)
            try raw.encode(RawJSON(validating: #"{"{":{}}"#), forKey: Name("raw"))
            try raw.encode(Int.max, forKey: Name(""))
        }

        struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(_ name: String) { stringValue = name }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
    }

    @Test func `commas stand between members, whatever these are`() throws {
        let object =
            #"{"{":"{","nested":{},"half":0.5,"elements":[{},\#(Int.min)],"raw":{"{":{}},"":\#(Int.max)}"#
        #expect(try encode(Braces()) == object)
        #expect(try encode([Braces(), Braces()]) == "[\(object),\(object)]")
    }
}
