import Foundation
import SIOBytes
import SIOJSON
import SocketIOProtocol
import Testing

@Suite struct PacketEncoderTests {
    private struct Refused: Encodable {
        func encode(to encoder: any Encoder) throws { throw CancellationError() }
    }

    private var buffer = ByteBuffer()
    private var attachments: [[UInt8]] = []

    @Test mutating func `events and acknowledgements are written`() throws {
        try PacketEncoder.appendEvent("a", into: &buffer, attachments: &attachments)
        #expect(buffer.take() == Array(#"2["a"]"#.utf8))
        try PacketEncoder.appendEvent(
            "chat", "hi", 1, [true], namespace: "/x", id: 12, into: &buffer, attachments: &attachments)
        #expect(buffer.take() == Array(#"2/x,12["chat","hi",1,[true]]"#.utf8))
        try PacketEncoder.appendAck(7, into: &buffer, attachments: &attachments)
        #expect(buffer.take() == Array("37[]".utf8))
        try PacketEncoder.appendAck(0, "a", Int?.none, namespace: "/x", into: &buffer, attachments: &attachments)
        #expect(buffer.take() == Array(#"3/x,0["a",null]"#.utf8))
        let arguments: [any Encodable] = [1, try RawJSON(validating: "[ 2 ]"), "s"]
        try PacketEncoder.appendEvent("e", arguments: arguments, id: 1, into: &buffer, attachments: &attachments)
        #expect(buffer.take() == Array(#"21["e",1,[ 2 ],"s"]"#.utf8))
        try PacketEncoder.appendAck(1, arguments: arguments, into: &buffer, attachments: &attachments)
        #expect(buffer.take() == Array(#"31[1,[ 2 ],"s"]"#.utf8))
        #expect(attachments.isEmpty)
    }

    @Test mutating func `namespaces are joined, refused and left`() throws {
        try PacketEncoder.appendConnect(into: &buffer)
        #expect(buffer.take() == Array("0".utf8))
        try PacketEncoder.appendConnect(auth: ["token": "1"], namespace: "/x", into: &buffer)
        #expect(buffer.take() == Array(#"0/x,{"token":"1"}"#.utf8))
        PacketEncoder.appendConnected(sid: "a\"b", into: &buffer)
        #expect(buffer.take() == Array(#"0{"sid":"a\"b"}"#.utf8))
        PacketEncoder.appendConnected(sid: "s", pid: "p", namespace: "/x", into: &buffer)
        #expect(buffer.take() == Array(#"0/x,{"sid":"s","pid":"p"}"#.utf8))
        try PacketEncoder.appendConnectError("no", into: &buffer)
        #expect(buffer.take() == Array(#"4{"message":"no"}"#.utf8))
        try PacketEncoder.appendConnectError("no", data: ["retryAfter": 30], namespace: "/x", into: &buffer)
        #expect(buffer.take() == Array(#"4/x,{"message":"no","data":{"retryAfter":30}}"#.utf8))
        PacketEncoder.appendDisconnect(into: &buffer)
        PacketEncoder.appendDisconnect(namespace: "/x", into: &buffer)
        #expect(buffer.take() == Array("11/x,".utf8))
    }

    @Test mutating func `binary makes a binary packet, behind what is in the buffer`() throws {
        buffer.append("before")
        attachments = [[9]]
        try PacketEncoder.appendEvent(
            "x", Data([1]), [[UInt8]]([[2], [3]]), namespace: "/a", id: 5, into: &buffer, attachments: &attachments)
        let hole = { (number: Int) in #"{"_placeholder":true,"num":\#(number)}"# }
        #expect(buffer.take() == Array(#"before53-/a,5["x",\#(hole(0)),[\#(hole(1)),\#(hole(2))]]"#.utf8))
        #expect(attachments == [[9], [1], [2], [3]])
        attachments = []
        try PacketEncoder.appendAck(4, JSONValue.binary([1]), into: &buffer, attachments: &attachments)
        #expect(buffer.take() == Array("61-4[\(hole(0))]".utf8))
        #expect(attachments == [[1]])
    }

    @Test mutating func `what cannot be encoded leaves no trace`() throws {
        buffer.append("before")
        #expect(throws: CancellationError.self) {
            try PacketEncoder.appendEvent("x", Data([1]), Refused(), into: &buffer, attachments: &attachments)
        }
        #expect(throws: CancellationError.self) {
            try PacketEncoder.appendEvent("x", arguments: [Refused()], into: &buffer, attachments: &attachments)
        }
        #expect(throws: CancellationError.self) {
            try PacketEncoder.appendAck(1, "x", Refused(), into: &buffer, attachments: &attachments)
        }
        #expect(throws: CancellationError.self) {
            try PacketEncoder.appendAck(1, arguments: [1, Refused()], into: &buffer, attachments: &attachments)
        }
        #expect(throws: CancellationError.self) { try PacketEncoder.appendConnect(auth: Refused(), into: &buffer) }
        #expect(throws: EncodingError.self) { try PacketEncoder.appendConnect(auth: [1], into: &buffer) }
        #expect(throws: CancellationError.self) {
            try PacketEncoder.appendConnectError("x", data: Refused(), into: &buffer)
        }
        #expect(buffer.take() == Array("before".utf8))
        #expect(attachments.isEmpty)
    }

    @Test(arguments: EventName.reserved)
    mutating func `reserved names are not sent`(name: String) {
        #expect(throws: ReservedEventName.self) {
            try PacketEncoder.appendEvent(name, into: &buffer, attachments: &attachments)
        }
        #expect(throws: ReservedEventName.self) {
            try PacketEncoder.appendEvent(name, arguments: [], into: &buffer, attachments: &attachments)
        }
        #expect(buffer.isEmpty)
    }

    @Test mutating func `what is written is read again`() throws {
        struct Upload: Codable, Equatable {
            var name: String
            var parts: [Data]
            var raw: [UInt8]
        }
        let upload = Upload(name: "é\n", parts: [Data([1]), Data()], raw: [2, 3])
        try PacketEncoder.appendEvent(
            "up", upload, 1.5, Date(timeIntervalSince1970: 1), namespace: "/n", id: 3, into: &buffer,
            attachments: &attachments)
        var decoder = PacketDecoder()
        let parser = JSONParser()
        var packet = try decoder.receive(text: buffer.bytes, parser: parser, now: .now)
        #expect(packet == nil && attachments.count == 3)
        for attachment in attachments { packet = try decoder.receive(binary: attachment, parser: parser) }
        let arguments = try #require(packet?.arguments).map { $0 }
        #expect(try arguments[0].decode(Upload.self, attachments: attachments) == upload)
        #expect(try arguments[1].decode(Double.self) == 1.5)
        #expect(try arguments[2].decode(Date.self) == Date(timeIntervalSince1970: 1))
        #expect(packet?.eventName == "up" && packet?.namespace == "/n" && packet?.id == 3)
    }

    @Test mutating func `an argument passes through undecoded, its attachments with it`() throws {
        let text = #"52-["x",{"n": 1.0,"b":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":0}]"#
        var decoder = PacketDecoder()
        let parser = JSONParser()
        let bytes = Array(text.utf8)
        _ = try decoder.receive(text: bytes.span.bytes, parser: parser, now: .now)
        _ = try decoder.receive(binary: [0], parser: parser)
        let packet = try #require(try decoder.receive(binary: [1], parser: parser))
        let raw = try #require(packet.arguments).map { try $0.raw(attachments: packet.attachments) }
        try PacketEncoder.appendEvent("y", raw[0], raw[1], into: &buffer, attachments: &attachments)
        #expect(
            buffer.bytes.string
                == #"52-["y",{"n": 1.0,"b":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]"#
        )
        #expect(attachments == [[1], [0]])
    }
}
