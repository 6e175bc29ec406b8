import Foundation
import SIOBytes
import SIOJSON
import SocketIOProtocol
import Testing

@Suite struct PacketEncoderTests: ~Copyable {
    private struct Refused: Encodable {
        func encode(to encoder: any Encoder) throws { throw CancellationError() }
    }

    private var writer = PacketWriter()
    /// Where packets go that have no arguments.
    private var buffer = ByteBuffer()

    /// The packets written so far, as text; the next ones begin anew.
    private mutating func taken() -> String {
        defer { writer = PacketWriter() }
        return writer.buffer.bytes.string
    }

    private mutating func event(
        _ name: String, namespace: String = "/", id: UInt64? = nil,
        _ arguments: (inout PacketWriter) throws -> Void = { _ in }
    ) throws {
        try PacketEncoder.appendEvent(name, namespace: namespace, id: id, to: &writer, arguments: arguments)
    }

    private mutating func ack(
        _ id: UInt64, namespace: String = "/", _ arguments: (inout PacketWriter) throws -> Void = { _ in }
    ) throws {
        try PacketEncoder.appendAck(id, namespace: namespace, to: &writer, arguments: arguments)
    }

    @Test mutating func `events and acknowledgements are written`() throws {
        try event("a")
        #expect(taken() == #"2["a"]"#)
        try event("chat", namespace: "/x", id: 12) { writer in
            try writer.append("hi")
            try writer.append(1)
            try writer.append([true])
        }
        #expect(taken() == #"2/x,12["chat","hi",1,[true]]"#)
        try ack(7)
        #expect(taken() == "37[]")
        try ack(0, namespace: "/x") { writer in
            try writer.append("a")
            try writer.append(Int?.none)
        }
        #expect(taken() == #"3/x,0["a",null]"#)
        #expect(writer.attachments.isEmpty)
    }

    @Test mutating func `an event like the last one is written like it, and no other is`() throws {
        try event("a") { try $0.append(1) }
        try event("a") { try $0.append(2) }
        #expect(throws: CancellationError.self) { try event("b") { _ in throw CancellationError() } }
        try event("b")
        try event("a", id: 3)
        try event("b")
        try event("b", namespace: "/x")
        try ack(4)
        try event("b")
        try event("b") { try $0.append(Data([1])) }
        #expect(
            writer.buffer.bytes.string
                == #"2["a",1]2["a",2]2["b"]23["a"]2["b"]2/x,["b"]34[]2["b"]51-["b",{"_placeholder":true,"num":0}]"#)
        writer = PacketWriter()
        // Unicode takes these for the same; JavaScript does not.
        let names = ["\u{E9}", "e\u{301}"]
        for name in names + names { try event(name) }
        for name in names { try event("x", namespace: "/" + name) }
        #expect(
            writer.buffer.bytes.array
                == Array((names + names).map { "2[\"\($0)\"]" }.joined().utf8)
                + Array(names.map { "2/\($0),[\"x\"]" }.joined().utf8))
    }

    @Test(arguments: [#"1,[ 2 ],"s""#, "", #"{"_placeholder":true,"num":0}"#])
    mutating func `arguments that are on their way through are written as they are`(text: String) throws {
        let binary: [[UInt8]] = text.contains("_placeholder") ? [[7]] : []
        let (eventType, ackType) = binary.isEmpty ? ("2", "3") : ("51-", "61-")
        let arguments = Array(text.utf8)
        try event("e", id: 1) { $0.append(arguments.span.bytes, binary: binary) }
        #expect(writer.attachments == binary)
        #expect(taken() == "\(eventType)1[\"e\"\(text.isEmpty ? "" : ",")\(text)]")
        try ack(1) { $0.append(arguments.span.bytes, binary: binary) }
        #expect(writer.attachments == binary)
        #expect(taken() == "\(ackType)1[\(text)]")
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
        writer.buffer.append("before")
        try event("x", namespace: "/a", id: 5) { writer in
            try writer.append(Data([1]))
            try writer.append([[UInt8]]([[2], [3]]))
        }
        let hole = { (number: Int) in #"{"_placeholder":true,"num":\#(number)}"# }
        #expect(writer.attachments == [[1], [2], [3]])
        #expect(taken() == #"before53-/a,5["x",\#(hole(0)),[\#(hole(1)),\#(hole(2))]]"#)
        try ack(4) { try $0.append(JSONValue.binary([1])) }
        #expect(writer.attachments == [[1]])
        #expect(taken() == "61-4[\(hole(0))]")
    }

    @Test mutating func `what cannot be encoded leaves no trace`() throws {
        writer.buffer.append("before")
        #expect(throws: CancellationError.self) {
            try event("x") { writer in
                try writer.append(Data([1]))
                try writer.append(Refused())
            }
        }
        #expect(throws: CancellationError.self) {
            try ack(1) { writer in
                try writer.append("x")
                try writer.append(Refused())
            }
        }
        #expect(writer.attachments.isEmpty)
        try event("y") { try $0.append(1) }
        #expect(taken() == #"before2["y",1]"#)
        buffer.append("before")
        #expect(throws: CancellationError.self) { try PacketEncoder.appendConnect(auth: Refused(), into: &buffer) }
        #expect(throws: EncodingError.self) { try PacketEncoder.appendConnect(auth: [1], into: &buffer) }
        #expect(throws: CancellationError.self) {
            try PacketEncoder.appendConnectError("x", data: Refused(), into: &buffer)
        }
        #expect(buffer.take() == Array("before".utf8))
    }

    @Test(arguments: EventName.reserved)
    mutating func `reserved names are not sent`(name: String) throws {
        #expect(throws: ReservedEventName.self) { try event(name) }
        #expect(throws: ReservedEventName.self) { try event(name) { $0.append(RawSpan(), binary: []) } }
        #expect(writer.buffer.array == [])
        try event("x")
        #expect(throws: ReservedEventName.self) { try event(name) }
        #expect(taken() == #"2["x"]"#)
    }

    @Test mutating func `what is written is read again`() throws {
        struct Upload: Codable, Equatable {
            var name: String
            var parts: [Data]
            var raw: [UInt8]
        }
        let upload = Upload(name: "é\n", parts: [Data([1]), Data()], raw: [2, 3])
        try event("up", namespace: "/n", id: 3) { writer in
            try writer.append(upload)
            try writer.append(1.5)
            try writer.append(Date(timeIntervalSince1970: 1))
        }
        var decoder = PacketDecoder()
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let attachments = writer.attachments
        var packet = try decoder.receive(text: writer.buffer.bytes, parser: parser, now: .now)
        #expect(packet == nil && attachments.count == 3)
        for attachment in attachments { packet = try decoder.receive(binary: attachment, parser: parser) }
        let arguments = try #require(packet).arguments.map { $0 }
        #expect(try arguments[0].decode(Upload.self, attachments: attachments) == upload)
        #expect(try arguments[1].decode(Double.self) == 1.5)
        #expect(try arguments[2].decode(Date.self) == Date(timeIntervalSince1970: 1))
        #expect(packet?.eventName == "up" && packet?.namespace == "/n" && packet?.id == 3)
    }

    @Test mutating func `an argument passes through undecoded, its attachments with it`() throws {
        let text = #"52-["x",{"n": 1.0,"b":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":0}]"#
        var decoder = PacketDecoder()
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let bytes = Array(text.utf8)
        _ = try decoder.receive(text: bytes.span.bytes, parser: parser, now: .now)
        _ = try decoder.receive(binary: [0], parser: parser)
        let packet = try #require(try decoder.receive(binary: [1], parser: parser))
        let raw = try packet.arguments.map { try $0.raw(attachments: packet.attachments) }
        try event("y") { writer in
            try writer.append(raw[0])
            try writer.append(raw[1])
        }
        #expect(writer.attachments == [[1], [0]])
        #expect(
            taken()
                == #"52-["y",{"n": 1.0,"b":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]"#
        )
    }
}
