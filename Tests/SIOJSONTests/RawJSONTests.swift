import Foundation
import SIOBytes
import SIOJSON
import Testing

@Suite struct RawJSONTests {
    private struct Envelope: Codable {
        var a: Int
        var raw: RawJSON
        var rest: [RawJSON]
    }

    @Test func `bytes go through unchanged`() throws {
        let text = #"{"a":1,"raw":{"n" : 1.50, "s":"\u0041\ud800"},"rest":[ 1e2,100000000000000000000 , [ ] ,null]}"#
        let envelope = try decode(Envelope.self, text)
        #expect(envelope.raw.description == #"{"n" : 1.50, "s":"\u0041\ud800"}"#)
        #expect(envelope.rest.map(\.description) == ["1e2", "100000000000000000000", "[ ]", "null"])
        let encoded = #"{"a":1,"raw":{"n" : 1.50, "s":"\u0041\ud800"},"rest":[1e2,100000000000000000000,[ ],null]}"#
        #expect(try encode(envelope) == encoded)
    }

    @Test func `text is checked and trimmed`() throws {
        #expect(try RawJSON(validating: " [1] \n").bytes == Array("[1]".utf8))
        #expect(throws: JSONError(.invalidSyntax)) { try RawJSON(validating: "[1") }
        #expect(throws: JSONError(.invalidUTF8)) { try RawJSON(validating: [0x22, 0xFF, 0x22]) }
        #expect(try RawJSON(validating: "[1]").decode([Int].self) == [1])
        #expect("\(try RawJSON(encoding: ["k": 1]))" == #"{"k":1}"#)
    }

    @Test func `attachments come along and are numbered anew`() throws {
        let attachments: [[UInt8]] = [[0], [1], [2]]
        let text =
            #"[{"x":{"_placeholder":true,"num":2},"y":[ {"num":1,"_placeholder":true} ,{"_placeholder":true,"num":2}]}]"#
        let raw = try decode([RawJSON].self, text, attachments: attachments)[0]
        #expect(raw.attachments == [[2], [1]])
        let sent = try encodeWithAttachments([JSONValue.binary([9])].map { RawOrValue.value($0) } + [.raw(raw)])
        #expect(
            sent.text == #"[{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1},"y":"#
                + #"[ {"_placeholder":true,"num":2} ,{"_placeholder":true,"num":1}]}]"#
        )
        #expect(sent.attachments == [[9], [2], [1]])
        #expect(try raw.decode(JSONValue.self) == ["x": .binary([2]), "y": [.binary([1]), .binary([2])]])
        #expect(try encode(raw) == #"{"x":"Ag==","y":[ "AQ==" ,"Ag=="]}"#)
    }

    private enum RawOrValue: Encodable {
        case raw(RawJSON)
        case value(JSONValue)

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .raw(let raw): try raw.encode(to: encoder)
            case .value(let value): try value.encode(to: encoder)
            }
        }
    }

    @Test func `an illegal placeholder is refused`() {
        #expect(throws: DecodingError.self) {
            try decode([RawJSON].self, #"[{"_placeholder":true,"num":1}]"#, attachments: [[1]])
        }
    }

    @Test func `encoding once keeps the attachments`() throws {
        let raw = try RawJSON(encoding: ["b": [UInt8]([1, 2])])
        #expect(raw.attachments == [[1, 2]])
        #expect(try raw.decode([String: [UInt8]].self) == ["b": [1, 2]])
    }

    @Test func `other coders see the value`() throws {
        let raw = try RawJSON(validating: #"{"a":[1,2.5]}"#)
        let data = try JSONEncoder().encode(raw)
        #expect(String(decoding: data, as: UTF8.self) == #"{"a":[1,2.5]}"#)
        #expect(try JSONDecoder().decode(RawJSON.self, from: data).decode(JSONValue.self) == ["a": [1, 2.5]])
    }
}
