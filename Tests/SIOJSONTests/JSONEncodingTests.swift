import Foundation
import SIOBytes
import SIOJSON
import Testing

@Suite struct JSONEncodingTests {
    @Test func `members are written in the order of encoding`() throws {
        #expect(
            try encode(Zoo.Optionals())
                == #"{"some":1,"bool":false,"double":2.5,"array":[1,null,3],"uint8":3}"#
        )
        #expect(try encode(Zoo.Interleaved()) == #"{"left":[1,2,{"deep":[true]}],"right":{"x":1,"y":2},"last":true}"#)
        #expect(try encode(Zoo.Lion()) == #"{"super":{"name":"cat"},"mane":3}"#)
        #expect(try encode(Zoo.Tiger()) == #"{"name":"cat","stripes":9}"#)
        #expect(try encode(Zoo.Mixed()) == #"["n",2,{"circle":{"radius":1}},null,1.5,{"name":"cat"}]"#)
        #expect(try encode(Zoo.Shape.labelled("x", color: .red)) == #"{"labelled":{"_0":"x","color":"red"}}"#)
        #expect(try encode(Zoo.Shape.point) == #"{"point":{}}"#)
        #expect(try encode([Zoo.Empty(), Zoo.Empty()]) == "[{},{}]")
        #expect(try encode(Zoo.Wrapper()) == #"[{"point":{}}]"#)
        #expect(try encode([2: "b"]) == #"{"2":"b"}"#)
    }

    @Test func `scalars and nothing stand alone`() throws {
        #expect(try encode("s") == #""s""#)
        #expect(try encode(true) == "true")
        #expect(try encode(Int?.none) == "null")
        #expect(try encode(Int??.some(.some(1))) == "1")
        #expect(try encode(Zoo.Level.high) == "2")
        #expect(try encode(Zoo.Color.red) == #""red""#)
        #expect(try encode([String]()) == "[]")
        #expect(try encode([[Int]]()) == "[]")
        #expect(try encode([[1], []]) == "[[1],[]]")
    }

    @Test func `Foundation's types are what JavaScript expects`() throws {
        #expect(try encode(URL(string: "https://a.example/?q=1")) == #""https://a.example/?q=1""#)
        #expect(try encode(Decimal(string: "12345678901234567.125")) == "12345678901234567.125")
        #expect(
            try encode(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))
                == #""00000000-0000-0000-0000-000000000001""#)
        #expect(try encode(Data([1, 2])) == #""AQI=""#)
        #expect(try encode([1, 2] as [UInt8]) == "[1,2]")
        #expect(throws: EncodingError.self) { try encode(Decimal.nan) }
    }

    @Test func `binary becomes attachments, depth first`() throws {
        struct Upload: Encodable {
            var first = Data([1])
            var list: [[UInt8]] = [[2], [3]]
            var numbers = [5]
            var nested = ["k": JSONValue.array([.binary([6])])]
            var none: Data?
            var some: Data? = Data([7])
        }
        let (text, attachments) = try encodeWithAttachments(Upload())
        let hole = { (number: Int) in #"{"_placeholder":true,"num":\#(number)}"# }
        #expect(
            text == #"{"first":\#(hole(0)),"list":[\#(hole(1)),\#(hole(2))],"numbers":[5],"#
                + #""nested":{"k":[\#(hole(3))]},"some":\#(hole(4))}"#
        )
        #expect(attachments == [[1], [2], [3], [6], [7]])
    }

    @Test func `attachments are numbered on from those that are there`() throws {
        var buffer = ByteBuffer(Array("x".utf8))
        var attachments: [[UInt8]] = [[9]]
        try buffer.appendJSON(Data([1]), attachments: &attachments)
        #expect(buffer.bytes.string == #"x{"_placeholder":true,"num":1}"#)
        #expect(attachments == [[9], [1]])
    }

    private struct Failing: Encodable {
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Zoo.Key.self)
            try container.encode(Data([1]), forKey: .a)
            var nested = container.nestedUnkeyedContainer(forKey: .b)
            try nested.encode(1)
            throw CancellationError()
        }
    }

    @Test func `a failed encoding leaves buffer and attachments as they were`() {
        var buffer = ByteBuffer(Array("before".utf8))
        var attachments: [[UInt8]] = [[9]]
        #expect(throws: CancellationError.self) { try buffer.appendJSON([Failing()], attachments: &attachments) }
        #expect(buffer.bytes.string == "before")
        #expect(attachments == [[9]])
    }

    @Test func `a member that failed is as if it had never been begun`() throws {
        struct Tolerant: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Zoo.Key.self)
                try? container.encode(Failing(), forKey: .a)
                try? container.encode(Double.nan, forKey: .a)
                var nested = container.nestedUnkeyedContainer(forKey: .b)
                try? nested.encode(Failing())
                try? nested.encode(Float.infinity)
                try nested.encode(Data([2]))
                try? nested.encode(Failing())
                try container.encode([UInt8]([3]), forKey: .c)
                try? container.encode(Failing(), forKey: .a)
            }
        }
        let (text, attachments) = try encodeWithAttachments(Tolerant())
        #expect(text == #"{"b":[{"_placeholder":true,"num":0}],"c":{"_placeholder":true,"num":1}}"#)
        #expect(attachments == [[2], [3]])

        struct SecondTry: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                do { try container.encode(Double.nan) } catch { try container.encode("NaN") }
            }
        }
        #expect(try encode([SecondTry()]) == #"["NaN"]"#)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `numbers that JSON lacks are refused with their place, or null on request`(number: Double) throws {
        #expect { try encode(["k": [1.5, number]]) } throws: { error in
            guard case EncodingError.invalidValue(_, let context) = error else { return false }
            return context.codingPath.map(\.stringValue) == ["k", "Index 1"]
        }
        #expect(throws: EncodingError.self) { try encode(number) }
        #expect(throws: EncodingError.self) { try encode(Float(number)) }
        var options = JSONEncodingOptions()
        options.nonFiniteNumbers = .null
        #expect(try encode(["k": [1.5, number]], options: options) == #"{"k":[1.5,null]}"#)
        #expect(try encode(number, options: options) == "null")
        #expect(try encode([Float(number)], options: options) == "[null]")
    }

    @Test func `coding paths lead to the value`() throws {
        struct Probe: Encodable {
            func encode(to encoder: any Encoder) throws {
                #expect(encoder.codingPath.map(\.stringValue) == ["k", "Index 0"])
                var container = encoder.container(keyedBy: Zoo.Key.self)
                #expect(container.codingPath.count == 2)
                var nested = container.nestedUnkeyedContainer(forKey: .a)
                try nested.encode(1)
                #expect(nested.codingPath.map(\.stringValue) == ["k", "Index 0", "a"] && nested.count == 1)
                #expect(nested.superEncoder().codingPath.map(\.stringValue) == ["k", "Index 0", "a", "Index 1"])
            }
        }
        #expect(try encode(["k": [Probe()]]) == #"{"k":[{"a":[1,{}]}]}"#)
    }

    @Test func `a value that contains itself is refused`() {
        final class Ring: Encodable {
            var next: Ring?
            private enum CodingKeys: CodingKey { case next }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(next, forKey: .next)
            }
        }
        let ring = Ring()
        ring.next = ring
        #expect(throws: EncodingError.self) { try encode(ring) }
        ring.next = nil
    }

    @Test func `nested containers count as depth`() throws {
        struct Tower: Encodable {
            var height: Int
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                for _ in 1..<height { container = container.nestedUnkeyedContainer() }
                try container.encode(1)
            }
        }
        let depth = JSONLimits().depth
        #expect(try encode(Tower(height: 3)) == "[[[1]]]")
        #expect(throws: Never.self) { try encode(Tower(height: depth)) }
        #expect(throws: EncodingError.self) { try encode(Tower(height: depth + 1)) }
    }

    /// A key that can be seen to go.
    private final class Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    @Test func `containers that were too deep are let go of, with the error`() {
        struct Shaft: Encodable {
            var key: Key
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Key.self)
                var container = outer.nestedUnkeyedContainer(forKey: key)
                for _ in 0..<JSONLimits().depth { container = container.nestedUnkeyedContainer() }
            }
        }
        func fail() -> Weak {
            let key = Key(stringValue: "k")
            #expect(throws: EncodingError.self) { try encode(Shaft(key: key)) }
            return Weak(key: key)
        }
        struct Weak { weak var key: Key? }
        #expect(fail().key == nil)
    }

    @Test func `encoding two values in one place traps`() async {
        await #expect(processExitsWith: .failure) {
            struct Twice: Encodable {
                func encode(to encoder: any Encoder) throws {
                    var container = encoder.singleValueContainer()
                    try container.encode(1)
                    try container.encode(2)
                }
            }
            var buffer = ByteBuffer()
            try buffer.appendJSON(Twice())
        }
    }
}
