import SIOBytes
import SIOJSON
import SocketIOProtocol
import Testing

@Suite struct ParsedPacketTests {
    private let parser = JSONParser()

    @Test(
        arguments: [
            ("0", [], ParsedPacket(.connect)),
            ("1/a,", [], ParsedPacket(.disconnect, namespace: "/a")),
            (
                #"2/a,3["x",1]"#, [],
                try ParsedPacket(.event, namespace: "/a", id: 3, payload: RawJSON(validating: #"["x",1]"#))
            ),
            (
                #"61-4[{"_placeholder":true,"num":0}]"#, [[7]],
                try ParsedPacket(.acknowledgement, id: 4, payload: RawJSON(encoding: [JSONValue.binary([7])]))
            ),
            (
                #"4{"message":"no"}"#, [],
                try ParsedPacket(.connectError, payload: RawJSON(validating: #"{"message":"no"}"#))
            ),
        ] as [(String, [[UInt8]], ParsedPacket)])
    func `a packet is shown to a parser, and comes back`(
        text: String, attachments: [[UInt8]], expected: ParsedPacket
    ) throws {
        let text = Array(text.utf8)
        let parsed = try ParsedPacket(WholePacket(text.span.bytes, attachments: attachments))
        #expect(parsed == expected)
        let whole = parsed.whole
        #expect(whole.attachments == attachments)
        let packet = try whole.packet(parser: parser, limits: PacketLimits())
        #expect(packet.id == expected.id && packet.namespace ?? "/" == expected.namespace)
        let payload = try packet.payload?.raw(attachments: packet.attachments)
        #expect(payload == expected.payload)
    }

    @Test func `what a parser makes is checked`() throws {
        var limits = PacketLimits()
        limits.attachments = 1
        let name = try RawJSON(validating: #"["a"]"#)
        let two = try RawJSON(encoding: ["a", .binary([1]), .binary([2])] as JSONValue)
        for (packet, error): (ParsedPacket, PacketError) in [
            (ParsedPacket(.event), .invalidPayload),
            (ParsedPacket(.event, payload: .null), .invalidPayload),
            (try ParsedPacket(.event, payload: RawJSON(validating: #"["connect"]"#)), .invalidPayload),
            (ParsedPacket(.acknowledgement, payload: name), .invalidPayload),
            (ParsedPacket(.disconnect, payload: name), .invalidPayload),
            (ParsedPacket(.event, namespace: "a", payload: name), .invalidNamespace),
            (ParsedPacket(.event, namespace: "", payload: name), .invalidNamespace),
            (ParsedPacket(.event, namespace: "/a,b", payload: name), .invalidNamespace),
            (ParsedPacket(.event, id: 1 << 53, payload: name), .invalidID),
            (ParsedPacket(.event, payload: two), .tooManyAttachments),
        ] {
            #expect(throws: error) { try packet.whole.packet(parser: parser, limits: limits) }
        }
        #expect(throws: Never.self) {
            try ParsedPacket(.event, id: PacketLimits.largestID, payload: name).whole.packet(
                parser: parser, limits: limits)
        }
    }

    @Test func `a placeholder of no attachment is refused`() {
        var payload = ByteBuffer()
        payload.append(#"["a",{"_placeholder":true,"num":1}]"#)
        let whole = WholePacket(.event, payload: payload, attachments: [[1]])
        #expect(throws: PacketError.illegalPlaceholder) { try whole.packet(parser: parser, limits: PacketLimits()) }
    }
}
