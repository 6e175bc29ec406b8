import Foundation
import SIOBytes
import SIOJSON
import Testing

@Suite struct JSONValueTests {
    @Test func `literals make values`() {
        let value: JSONValue = ["a": 1, "b": [true, nil, 1.5, "s"], "c": [:]]
        #expect(value["a"] == 1)
        #expect(value["b"]?[0]?.boolValue == true)
        #expect(value["b"]?[1]?.isNull == true)
        #expect(value["b"]?[2]?.doubleValue == 1.5)
        #expect(value["b"]?[3]?.stringValue == "s")
        #expect(value["b"]?[4] == nil)
        #expect(value["b"]?["x"] == nil)
        #expect(value[0] == nil)
        #expect(value["c"]?.objectValue?.isEmpty == true)
        #expect(value["b"]?.arrayValue?.count == 4)
        #expect(value["z"] == nil)
        #expect("\(value)" == #"{"a":1,"b":[true,null,1.5,"s"],"c":{}}"#)
    }

    @Test func `numbers are equal by worth`() {
        #expect(JSONValue.integer(1) == .double(1) && JSONValue.double(1) == .integer(1))
        #expect(JSONValue.unsigned(1) == .integer(1) && JSONValue.integer(1) == .unsigned(1))
        #expect(JSONValue.unsigned(.max) != .integer(-1))
        #expect(JSONValue.unsigned(1 << 63) == .double(0x1p63) && JSONValue.double(0x1p63) == .unsigned(1 << 63))
        #expect(JSONValue.integer(1) != .double(1.5) && JSONValue.integer(1) != .string("1"))
        #expect(JSONValue.integer(.max) != .double(0x1p63))
        #expect(JSONValue.double(2).intValue == 2 && JSONValue.double(2.5).intValue == nil)
        #expect(JSONValue.unsigned(.max).intValue == nil && JSONValue.unsigned(7).doubleValue == 7)
    }

    @Test func `objects keep the order of their members`() throws {
        var object = JSONObject()
        object["z"] = 1
        object["a"] = 2
        object["z"] = 3
        #expect(object.keys == ["z", "a"])
        #expect(try encode(JSONValue.object(object)) == #"{"z":3,"a":2}"#)
        object["z"] = nil
        object["y"] = nil
        #expect(object.map(\.name) == ["a"])
        #expect(["a": 1, "b": 2] as JSONObject == ["b": 2, "a": 1])
        #expect(try decode(JSONValue.self, #"{"b":1,"a":2,"b":3}"#).description == #"{"b":3,"a":2}"#)
    }

    @Test(arguments: [
        "null", "true", "12", "-9223372036854775808", "18446744073709551615", "1.25", #""s""#,
        #"[1,[2,{"a":[]}],"x"]"#, #"{"k":{"a":null,"z":[false]}}"#,
    ])
    func `what is read is written again`(text: String) throws {
        let value = try decode(JSONValue.self, text)
        #expect(value.description == text)
        #expect(try encode(value) == text)
        #expect(try JSONValue(encoding: value) == value)
        #expect(try value.decode(JSONValue.self) == value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value)) == value)
    }

    @Test func `values become types and types values`() throws {
        struct Point: Codable, Equatable {
            var x: Int
            var data: [UInt8]
        }
        let point = Point(x: 1, data: [1, 2])
        #expect(try JSONValue(encoding: point) == ["x": 1, "data": .binary([1, 2])])
        #expect(try (["x": 1, "data": .binary([1, 2])] as JSONValue).decode(Point.self) == point)
        #expect(try (["x": 1, "data": [1, 2]] as JSONValue).decode() == point)
    }

    @Test func `numbers that JSON lacks throw, but are described as null`() {
        #expect(throws: EncodingError.self) { try encode(JSONValue.array([.double(.nan)])) }
        #expect(JSONValue.array([.double(.nan), .binary([1])]).description == #"[null,"AQ=="]"#)
    }

    @Test func `values that are nested too deeply are refused`() throws {
        var value: JSONValue = 1
        for _ in 0..<JSONLimits().depth { value = [value] }
        #expect(throws: Never.self) { try encode(value) }
        #expect(throws: EncodingError.self) { try encode([value] as JSONValue) }
    }
}
