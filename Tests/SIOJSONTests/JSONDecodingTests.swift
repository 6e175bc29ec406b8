import Foundation
import SIOBytes
import SIOJSON
import Testing

@Suite struct JSONDecodingTests {
    @Test func `integers may be written with a fraction of zero`() throws {
        #expect(try decode(Int.self, "1.0") == 1)
        #expect(try decode([UInt8].self, "[1e2,0.0,-0]") == [100, 0, 0])
        #expect(try decode([String: Int].self, #"{"a":2.50e1}"#) == ["a": 25])
    }

    @Test(arguments: ["1.5", "1e300", "128", "-129", "18446744073709551615"])
    func `numbers that do not fit are refused with their place`(number: String) {
        #expect {
            try decode([String: [Int8]].self, #"{"k":[1,\#(number)]}"#)
        } throws: { error in
            guard case DecodingError.dataCorrupted(let context) = error else { return false }
            return context.codingPath.map(\.stringValue) == ["k", "Index 1"] && context.codingPath[1].intValue == 1
        }
    }

    @Test func `wrong types and nulls are told apart, with their place`() {
        #expect { try decode([[String]].self, #"[["a"],["b",1]]"#) } throws: { error in
            guard case DecodingError.typeMismatch(let type, let context) = error else { return false }
            return type == String.self && context.codingPath.map(\.intValue) == [1, 1]
        }
        #expect { try decode(Zoo.Numbers.self, #"{"int":null}"#) } throws: { error in
            guard case DecodingError.valueNotFound(let type, let context) = error else { return false }
            return type == Int.self && context.codingPath.map(\.stringValue) == ["int"]
        }
        #expect { try decode([Zoo.Numbers].self, #"[{"x":[{}]}]"#) } throws: { error in
            guard case DecodingError.keyNotFound(let key, let context) = error else { return false }
            return key.stringValue == "int" && context.codingPath.map(\.intValue) == [0]
        }
        #expect { try decode([Zoo.Mixed].self, #"[[],["n",2]]"#) } throws: { error in
            guard case DecodingError.valueNotFound(_, let context) = error else { return false }
            return context.codingPath.map(\.intValue) == [0, 0]
        }
    }

    @Test func `paths begin at the value that was decoded`() throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let arguments = try parser.parse(#"["event",{"a":{"b":[0,"x"]}}]"#).elements.map { $0 }
        #expect { try arguments[1].decode([String: [String: [Int]]].self) } throws: { error in
            guard case DecodingError.typeMismatch(_, let context) = error else { return false }
            return context.codingPath.map(\.stringValue) == ["a", "b", "Index 1"]
        }
    }

    @Test func `of two members with one name the last counts, in small objects and large`() throws {
        #expect(try decode([String: Int].self, #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
        let many = (0..<5000).map { "\"k\($0)\":\($0)" } + (0..<5000).map { "\"k\($0)\":\($0 + 1)" }
        let all = try decode([String: Int].self, "{\(many.joined(separator: ","))}")
        #expect(all.count == 5000 && all.allSatisfy { $0.key == "k\($0.value - 1)" })
    }

    @Test func `members are found whatever their number`() throws {
        for count in [0, 1, 15, 16, 17, 18, 32, 33, 100] {
            let members = (0..<count).map { "\"\($0)\":\($0)" }.joined(separator: ",")
            let all = try decode([String: Int].self, "{\(members)}")
            #expect(all == Dictionary(uniqueKeysWithValues: (0..<count).map { ("\($0)", $0) }))
            struct Absent: Decodable { var x: Int? }
            #expect(try decode(Absent.self, "{\(members)}").x == nil)
        }
    }

    @Test func `a missing super value is null`() throws {
        struct Derived: Decodable {
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Zoo.Key.self)
                #expect(try container.superDecoder().singleValueContainer().decodeNil())
                #expect(try container.superDecoder(forKey: .a).singleValueContainer().decode(Int.self) == 1)
                #expect(throws: DecodingError.self) { try Int(from: container.superDecoder()) }
                #expect(throws: DecodingError.self) { try RawJSON(from: container.superDecoder()) }
            }
        }
        _ = try decode(Derived.self, #"{"a":1}"#)
    }

    @Test func `user info reaches the type`() throws {
        struct Greeting: Decodable {
            var text = ""
            init(from decoder: any Decoder) throws {
                text = decoder.userInfo.values.compactMap { $0 as? String }.joined()
            }
        }
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let key = try #require(CodingUserInfoKey(rawValue: "k"))
        #expect(try parser.parse("[]").decode(Greeting.self, userInfo: [key: "hi"]).text == "hi")
    }

    @Test func `bytes come from attachments`() throws {
        struct Upload: Decodable, Equatable {
            var name: String
            var data: Data
            var bytes: [UInt8]
            var any: JSONValue
            var missing: Data?
        }
        let hole = { (number: Any) in #"{"_placeholder":true,"num":\#(number)}"# }
        let upload = try decode(
            Upload.self,
            #"{"name":"n","data":\#(hole(1)),"bytes":\#(hole(0)),"any":[\#(hole(0))]}"#,
            attachments: [[1, 2], [3]]
        )
        #expect(upload == Upload(name: "n", data: Data([3]), bytes: [1, 2], any: [.binary([1, 2])]))
        #expect(throws: DecodingError.self) { try decode(Data.self, hole(2), attachments: [[], []]) }
        #expect(throws: DecodingError.self) { try decode([UInt8].self, hole(-1), attachments: [[]]) }
        #expect(throws: DecodingError.self) { try decode(JSONValue.self, hole("\"splice\""), attachments: [[]]) }
        #expect(throws: DecodingError.self) { try decode(Data.self, hole(0)) }
        #expect(try decode(JSONValue.self, hole(0)) == ["_placeholder": true, "num": 0])
    }

    @Test func `bytes come from base64 and from numbers`() throws {
        #expect(try decode(Data.self, #""AQL/""#) == Data([1, 2, 255]))
        #expect(throws: DecodingError.self) { try decode(Data.self, #""A*""#) }
        #expect(try decode([UInt8].self, "[1,2,255]") == [1, 2, 255])
        #expect(throws: DecodingError.self) { try decode([UInt8].self, "[256]") }
        #expect(throws: DecodingError.self) { try decode([UInt8].self, #""AQ==""#) }
    }

    @Test func `decimals keep their digits`() throws {
        let text = "12345678901234567.12345678901"
        #expect(
            try decode([Decimal].self, "[\(text),-3,18446744073709551615]").map(\.description) == [
                text, "-3", "18446744073709551615",
            ])
        #expect(throws: DecodingError.self) { try decode(Decimal.self, #""1""#) }
    }

    @Test func `a URL must be one`() throws {
        #expect(try decode(URL.self, #""https://a.example/?q=1""#) == URL(string: "https://a.example/?q=1"))
        #expect(throws: DecodingError.self) { try decode(URL.self, #""""#) }
    }

    @Test func `trying one type after the other stays fast`() throws {
        enum IntOrString: Decodable, Equatable {
            case int(Int)
            case string(String)
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let int = try? container.decode(Int.self) {
                    self = .int(int)
                } else {
                    self = .string(try container.decode(String.self))
                }
            }
        }
        let text = "[\(Array(repeating: "\"s\",1", count: 20000).joined(separator: ","))]"
        let all = try decode([IntOrString].self, text)
        #expect(all.count == 40000 && all[39998] == .string("s") && all[39999] == .int(1))
    }

    @Test func `an array may be read past elements that fail`() throws {
        struct Lossy: Decodable {
            var values: [Int] = []
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                #expect(container.count == 4)
                while !container.isAtEnd {
                    if let value = try? container.decode(Int.self) {
                        values.append(value)
                    } else {
                        _ = try container.decode(JSONValue.self)
                    }
                }
            }
        }
        #expect(try decode(Lossy.self, #"[1,"x",[2],3]"#).values == [1, 3])
    }
}

extension Zoo {
    enum Key: CodingKey { case a, b, c }
}
