import SIOBytes
import SIOJSON
import SIOMessagePack
import SocketIOProtocol
import Testing

@Suite struct MessagePackPacketTests {
    private let parser = JSONParser()

    /// The message in words, as the server takes it.
    private func decode(_ message: [UInt8], _ limits: PacketLimits = PacketLimits()) throws(PacketError) -> String {
        let whole = try MessagePackPacket.decode(message.span.bytes, limits: limits)
        let packet = try whole.packet(parser: parser, limits: limits)
        let payload = (try? packet.payload?.value(attachments: packet.attachments).description) ?? "-"
        return "\(packet.kind) \(packet.namespace ?? "/") \(packet.id.map { "\($0)" } ?? "-") \(payload)"
    }

    /// The message of a map.
    private func message(_ fields: JSONValue) throws -> [UInt8] { try MessagePack.encode(fields) }

    /// The message of a packet that is written here.
    private func encode(_ text: String, _ attachments: [[UInt8]] = []) throws -> [UInt8] {
        let text = Array(text.utf8)
        var buffer = ByteBuffer()
        try MessagePackPacket.append(text.span.bytes, attachments: attachments, parser: parser, to: &buffer)
        return buffer.take()
    }

    @Test(
        arguments: [
            (["type": 0, "nsp": "/"], "connect / - -"),
            (["type": 0, "nsp": "/", "data": nil], "connect / - -"),
            (["type": 0, "nsp": "/a", "data": ["token": "x"]], #"connect /a - {"token":"x"}"#),
            (["type": 0, "nsp": "/a?b=1", "data": [:]], "connect /a?b=1 - {}"),
            (["type": 1, "nsp": "/"], "disconnect / - -"),
            (["type": 1, "nsp": "/a", "data": nil], "disconnect /a - -"),
            (["type": 2, "nsp": "/", "data": ["a", 1, [:]]], #"event / - ["a",1,{}]"#),
            (["type": 2, "nsp": "/", "data": ["a"], "id": 0], #"event / 0 ["a"]"#),
            (["type": 2, "nsp": "/", "data": ["a"], "id": nil], #"event / - ["a"]"#),
            (["type": 2, "nsp": "/", "data": [7]], "event / - [7]"),
            (["type": 2, "nsp": "/", "data": ["a", .binary([1])]], #"event / - ["a","AQ=="]"#),
            (["type": 3, "nsp": "/", "data": [], "id": 9_007_199_254_740_991], "ack / 9007199254740991 []"),
            (["type": 4, "nsp": "/", "data": "no"], #"connectError / - "no""#),
            (["type": 4, "nsp": "/", "data": ["message": "no"]], #"connectError / - {"message":"no"}"#),
            // The reference's client sends what it has.
            (
                ["options": ["compress": true, "x": [[1]]], "data": ["a"], "type": 2, "attachments": nil, "nsp": "/"],
                #"event / - ["a"]"#
            ),
        ] as [(JSONValue, String)])
    func `good packets are read`(fields: JSONValue, expected: String) throws {
        #expect(try decode(message(fields)) == expected)
    }

    @Test(
        arguments: [
            (["nsp": "/"], .invalidPacketType), (["type": 5, "nsp": "/", "data": ["a"]], .invalidPacketType),
            (["type": 6, "nsp": "/", "data": [], "id": 1], .invalidPacketType),
            (["type": -1, "nsp": "/"], .invalidPacketType),
            (["type": 256, "nsp": "/"], .invalidPacketType), (["type": "0", "nsp": "/"], .invalidPacketType),
            (["type": 0.5, "nsp": "/"], .invalidPacketType), (["type": nil, "nsp": "/"], .invalidPacketType),
            (["type": [0], "nsp": "/"], .invalidPacketType),
            (["type": 0], .invalidNamespace), (["type": 0, "nsp": nil], .invalidNamespace),
            (["type": 0, "nsp": 1], .invalidNamespace), (["type": 0, "nsp": ""], .invalidNamespace),
            (["type": 0, "nsp": "admin"], .invalidNamespace), (["type": 0, "nsp": #"/a,1["x"]"#], .invalidNamespace),
            (["type": 0, "nsp": .string("/" + String(repeating: "x", count: 1024))], .namespaceTooLong),
            (["type": 2, "nsp": "/", "data": ["a"], "id": -1], .invalidID),
            (["type": 2, "nsp": "/", "data": ["a"], "id": 1.5], .invalidID),
            (["type": 2, "nsp": "/", "data": ["a"], "id": "1"], .invalidID),
            (["type": 2, "nsp": "/", "data": ["a"], "id": 9_007_199_254_740_992], .invalidID),
            (["type": 2, "nsp": "/", "data": ["a"], "id": .unsigned(.max)], .invalidID),
            (["type": 0, "nsp": "/", "data": []], .invalidPayload),
            (["type": 0, "nsp": "/", "data": "x"], .invalidPayload),
            (["type": 0, "nsp": "/", "data": 1], .invalidPayload),
            (["type": 1, "nsp": "/", "data": [:]], .invalidPayload),
            (["type": 2, "nsp": "/"], .invalidPayload), (["type": 2, "nsp": "/", "data": nil], .invalidPayload),
            (["type": 2, "nsp": "/", "data": []], .invalidPayload),
            (["type": 2, "nsp": "/", "data": [:]], .invalidPayload),
            (["type": 2, "nsp": "/", "data": "a"], .invalidPayload),
            (["type": 2, "nsp": "/", "data": [nil, "a"]], .invalidPayload),
            (["type": 2, "nsp": "/", "data": [["toString": "foo"]]], .invalidPayload),
            (["type": 2, "nsp": "/", "data": [.binary([1])]], .invalidPayload),
            (["type": 2, "nsp": "/", "data": .binary([1])], .invalidPayload),
            (["type": 2, "nsp": "/", "data": ["connect"]], .invalidPayload),
            (["type": 2, "nsp": "/", "data": ["disconnect"]], .invalidPayload),
            (["type": 2, "nsp": "/", "data": ["newListener", 1]], .invalidPayload),
            (["type": 3, "nsp": "/", "data": []], .invalidPayload),
            (["type": 3, "nsp": "/", "id": 1], .invalidPayload),
            (["type": 3, "nsp": "/", "data": [:], "id": 1], .invalidPayload),
            (["type": 4, "nsp": "/"], .invalidPayload), (["type": 4, "nsp": "/", "data": []], .invalidPayload),
            ([], .invalidMessagePack(nil)), (7, .invalidMessagePack(nil)), (.null, .invalidMessagePack(nil)),
            ("2[\"a\"]", .invalidMessagePack(nil)),
            (
                ["type": 2, "nsp": "/", "data": ["a", .binary([]), ["_placeholder": 1]]],
                .invalidMessagePack(.ambiguousPlaceholder)
            ),
        ] as [(JSONValue, PacketError)])
    func `bad packets are refused`(fields: JSONValue, expected: PacketError) throws {
        let message: [UInt8] = try MessagePack.encode(fields)
        #expect(throws: expected) { try decode(message) }
        #expect(!expected.description.isEmpty && expected.serverReason == .forcedClose)
    }

    @Test func `the longest namespace and the largest number of binary values are read`() throws {
        let name = "/" + String(repeating: "x", count: 1023)
        #expect(try decode(message(["type": 1, "nsp": .string(name)])).hasPrefix("disconnect /xx"))
        var limits = PacketLimits()
        limits.attachments = 2
        let two = try message(["type": 2, "nsp": "/", "data": ["a", .binary([]), [.binary([1])]]])
        #expect(throws: Never.self) { try decode(two, limits) }
        limits.attachments = 1
        #expect(throws: PacketError.tooManyAttachments) { try decode(two, limits) }
        // It is found while the payload is read, not when all of it is there.
        #expect(throws: PacketError.tooManyAttachments) {
            _ = try MessagePackPacket.decode(two.span.bytes, limits: limits)
        }
    }

    @Test func `of a key that comes twice the last counts`() throws {
        let bytes: [UInt8] =
            [0x85, 0xA4] + Array("type".utf8) + [0xC4, 0, 0xA4] + Array("data".utf8) + [
                0x92, 0xC4, 1, 1, 0xC4, 0, 0xA3,
            ]
            + Array("nsp".utf8) + [0xA1, 0x2F, 0xA4] + Array("type".utf8) + [0x02, 0xA4] + Array("data".utf8)
            + [0x92, 0xA1, 0x61, 0xC4, 1, 2]
        #expect(try decode(bytes) == #"event / - ["a","Ag=="]"#)
    }

    @Test func `a map's key that is no string is refused`() {
        #expect(throws: PacketError.invalidMessagePack(.invalidKey)) { try decode([0x81, 0x01, 0x01]) }
        #expect(throws: PacketError.invalidMessagePack(.truncated)) { try decode([0xDF, 0xFF, 0xFF, 0xFF, 0xFF]) }
        #expect(throws: PacketError.invalidMessagePack(.truncated)) { try decode([]) }
    }

    @Test func `names that are not UTF-8 are refused`() throws {
        let type: [UInt8] = [0xA4] + Array("type".utf8) + [0x00]
        let bytes = [0x82] + type + [0xA3] + Array("nsp".utf8) + [0xA2, 0x2F, 0xFF]
        #expect(throws: PacketError.invalidNamespace) { try decode(bytes) }
    }

    @Test func `a message that is cut anywhere is refused, and one with more behind it`() throws {
        let whole = try message(
            ["type": 2, "nsp": "/n", "data": ["a", .binary([1, 2]), ["b": 1.5]], "id": 70_000, "options": [[1]]])
        for count in 0..<whole.count {
            #expect(throws: PacketError.invalidMessagePack(.truncated)) { try decode(Array(whole[..<count])) }
        }
        #expect(throws: PacketError.invalidMessagePack(.trailingBytes)) { try decode(whole + [0xC0]) }
    }

    @Test func `no flipped bit does harm`() throws {
        let whole = try message(["type": 2, "nsp": "/n", "data": ["a", .binary([1, 2]), ["b": 1.5]], "id": 70_000])
        for place in whole.indices {
            for bit in 0..<8 {
                var flipped = whole
                flipped[place] ^= 1 << bit
                // Some are packets still; what counts is that each is read or refused.
                do { _ = try decode(flipped) } catch { #expect(!error.description.isEmpty) }
            }
        }
    }

    @Test func `bombs are refused`() throws {
        let data: [UInt8] =
            [0x83, 0xA4] + Array("type".utf8) + [0x02, 0xA3] + Array("nsp".utf8) + [0xA1, 0x2F, 0xA4]
            + Array("data".utf8)
        let deep = data + [UInt8](repeating: 0x91, count: 1_000_000) + [0xC0]
        #expect(throws: PacketError.invalidMessagePack(.tooDeep)) { try decode(deep) }
        #expect(throws: PacketError.invalidMessagePack(.truncated)) { try decode(data + [0xDD, 255, 255, 255, 255]) }
        // What is skipped may be as deep as it likes.
        let ignored = [0x83, 0xA1, 0x78] + deep[(data.count)...] + data.dropFirst().prefix(12) + [0xA0]
        #expect(throws: PacketError.self) { try decode(Array(ignored)) }
    }

    @Test(arguments: [
        ("0", "connect / - -"), (#"0/a,{"sid":"x"}"#, #"connect /a - {"sid":"x"}"#), ("1/a,", "disconnect /a - -"),
        (#"2["a",1,-1.5,null,true,"é",[],{}]"#, #"event / - ["a",1,-1.5,null,true,"é",[],{}]"#),
        (#"2/n,7["a"]"#, #"event /n 7 ["a"]"#), ("3/n,7[]", "ack /n 7 []"),
        (#"4{"message":"no"}"#, #"connectError / - {"message":"no"}"#),
        (#"2["a",{"_placeholder":true,"num":0}]"#, #"event / - ["a",{"_placeholder":true,"num":0}]"#),
    ])
    func `what is written is read as the same`(text: String, expected: String) throws {
        #expect(try decode(encode(text)) == expected)
    }

    @Test func `binary is written in its place`() throws {
        let text = #"52-["a",{"_placeholder":true,"num":1},{"b":{"_placeholder":true,"num":0}}]"#
        let bytes = try encode(text, [[1], [2]])
        let fields = try MessagePack.decode(JSONValue.self, from: bytes.span.bytes)
        #expect(fields == ["type": 2, "data": ["a", .binary([2]), ["b": .binary([1])]], "nsp": "/"])
        let ack = try encode(#"61-5[{"_placeholder":true,"num":0}]"#, [[3]])
        #expect(
            try MessagePack.decode(JSONValue.self, from: ack.span.bytes)
                == ["type": 3, "data": [.binary([3])], "id": 5, "nsp": "/"])
    }
}
