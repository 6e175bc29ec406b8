import Foundation
import SIOBytes
import SIOJSON
import SIOMessagePack
import Testing

@Suite struct MessagePackTests {
    private struct Message: Codable, Equatable {
        var text: String
        var sent: Date
        var picture: Data
        var raw: [UInt8]
        var numbers: [Double]
        var tags: [String: Int]
        var reply: [Message]
        var nothing: Int?
    }

    @Test func `a type comes back as it was`() throws {
        let inner = Message(
            text: "", sent: Date(timeIntervalSince1970: 0), picture: Data(), raw: [], numbers: [], tags: [:], reply: [])
        let message = Message(
            text: "hé \"\n", sent: Date(timeIntervalSince1970: 1_700_000_000.125), picture: Data([1, 2]), raw: [0xC1],
            numbers: [1, -1.5, 1e300], tags: ["a": .min, "b": .max], reply: [inner, inner], nothing: 3)
        let bytes = try MessagePack.encode(message)
        #expect(try MessagePack.decode(Message.self, from: bytes.span.bytes) == message)
    }

    @Test(
        arguments: [
            .null, true, false, 0, -1, 127, 128, 65536, .integer(.min), .integer(.max), .unsigned(.max), 1.5, -1e-300,
            1e300,
            "", "text", .string(String(repeating: "é", count: 40_000)), .binary([]), .binary([1, 2, 3]), [], [:],
            [.null, [1, [2, [.binary([4])]]], ["a": ["b": [], "": .binary([])]]],
            .array(Array(repeating: 1, count: 70_000)), ["_placeholder": true, "num": 0],
        ] as [JSONValue])
    func `any value comes back as it was`(value: JSONValue) throws {
        let bytes = try MessagePack.encode(value)
        #expect(try MessagePack.decode(JSONValue.self, from: bytes.span.bytes) == value)
    }

    @Test func `what a type wants is found in what others write`() throws {
        struct Wanted: Decodable, Equatable {
            var at: Date
            var bytes: Data
            var missing: Int?
            var whole: Int
        }
        // A timestamp of the specification, a typed array of notepack.io, undefined, and a float without a fraction.
        let bytes: [UInt8] =
            [0x84, 0xA2, 0x61, 0x74, 0xD6, 0xFF, 0, 0, 0, 2] + [0xA5] + Array("bytes".utf8) + [0xC7, 1, 0, 8]
            + [0xA7] + Array("missing".utf8) + [0xD4, 0, 0] + [0xA5] + Array("whole".utf8) + [0xCA, 0x40, 0x40, 0, 0]
        let expected = Wanted(at: Date(timeIntervalSince1970: 2), bytes: Data([8]), missing: nil, whole: 3)
        #expect(try MessagePack.decode(Wanted.self, from: bytes.span.bytes) == expected)
    }

    @Test func `what does not fit the type is told so`() throws {
        let bytes = try MessagePack.encode(["a": "text"])
        #expect(throws: DecodingError.self) { try MessagePack.decode([String: Int].self, from: bytes.span.bytes) }
        #expect(throws: EncodingError.self) { try MessagePack.encode(Double.nan) }
    }
}
