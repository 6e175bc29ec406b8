import SIOBytes
import SocketIOProtocol
import Testing

@Suite struct PacketHeaderTests {
    private func parse(_ text: String, _ limits: PacketLimits = PacketLimits()) throws(PacketError) -> PacketHeader {
        let bytes = Array(text.utf8)
        return try PacketHeader.parse(bytes.span.bytes, limits: limits)
    }

    @Test(
        arguments: [
            ("0", .connect, 0, nil, nil, ""),
            ("0{}", .connect, 0, nil, nil, "{}"),
            (#"0/admin,{"sid":"x"}"#, .connect, 0, "/admin", nil, #"{"sid":"x"}"#),
            ("0/admin", .connect, 0, "/admin", nil, ""),
            ("0/admin?token=1&x=2,{}", .connect, 0, "/admin?token=1&x=2", nil, "{}"),
            ("1", .disconnect, 0, nil, nil, ""),
            ("1/admin,", .disconnect, 0, "/admin", nil, ""),
            (#"2["a"]"#, .event, 0, nil, nil, #"["a"]"#),
            ("2/,[]", .event, 0, nil, nil, "[]"),
            ("2/?x,[]", .event, 0, "/?x", nil, "[]"),
            (#"21["a"]"#, .event, 0, nil, 1, #"["a"]"#),
            (#"2/test,0["a"]"#, .event, 0, "/test", 0, #"["a"]"#),
            ("29007199254740991[]", .event, 0, nil, 9_007_199_254_740_991, "[]"),
            ("3123[]", .ack, 0, nil, 123, "[]"),
            (#"4{"message":"x"}"#, .connectError, 0, nil, nil, #"{"message":"x"}"#),
            (#"51-["h"]"#, .binaryEvent, 1, nil, nil, #"["h"]"#),
            ("50-[]", .binaryEvent, 0, nil, nil, "[]"),
            ("510-/a,7[]", .binaryEvent, 10, "/a", 7, "[]"),
            ("61-/nsp,456[]", .binaryAck, 1, "/nsp", 456, "[]"),
            ("2 []", .event, 0, nil, nil, " []"),
            ("2٣[]", .event, 0, nil, nil, "٣[]"),
        ] as [(String, PacketType, Int, String?, UInt64?, String)])
    func `headers are taken apart`(
        text: String, type: PacketType, attachments: Int, namespace: String?, id: UInt64?, payload: String
    ) throws {
        let bytes = Array(text.utf8)
        let header = try parse(text)
        #expect(header.type == type)
        #expect(header.attachments == attachments)
        #expect(header.namespace.map { String(decoding: bytes[$0], as: UTF8.self) } == namespace)
        #expect(header.id == id)
        #expect(String(decoding: bytes[header.payload], as: UTF8.self) == payload)
    }

    @Test(
        arguments: [
            ("", .unknownPacketType(nil)), (" ", .unknownPacketType(0x20)), ("7", .unknownPacketType(0x37)),
            ("999", .unknownPacketType(0x39)), ("a", .unknownPacketType(0x61)), ("/", .unknownPacketType(0x2F)),
            ("é", .unknownPacketType(0xC3)), ("5", .malformedAttachmentCount), ("51", .malformedAttachmentCount),
            ("5a-", .malformedAttachmentCount), ("51.23-", .malformedAttachmentCount),
            ("5-[]", .malformedAttachmentCount),
            ("5 1-[]", .malformedAttachmentCount), ("5-1-[]", .malformedAttachmentCount),
            ("6", .malformedAttachmentCount),
            ("5/a,1-[]", .malformedAttachmentCount), ("511-[]", .tooManyAttachments),
            (#"5999999-["x"]"#, .tooManyAttachments),
            ("599999999999999999999999999999-[]", .tooManyAttachments), ("29007199254740992[]", .idTooLarge),
            ("2999999999999999999999999999999[]", .idTooLarge),
        ] as [(String, PacketError)])
    func `bad headers are refused`(text: String, error: PacketError) {
        #expect(throws: error) { try parse(text) }
    }

    @Test func `a number of attachments that no number can hold is too large, without a limit, too`() throws {
        for digits in ["9223372036854775808", "18446744073709551615", "18446744073709551616", "555555555555555555555"] {
            #expect(throws: PacketError.tooManyAttachments) { try parse("5\(digits)-[]", .none) }
        }
        #expect(try parse("59223372036854775807-[]", .none).attachments == .max)
    }

    @Test func `a hundred megabytes of digits cost one pass`() {
        let digits = [UInt8](repeating: UInt8(ascii: "2"), count: 100_000_000)
        #expect(throws: PacketError.idTooLarge) { try PacketHeader.parse(digits.span.bytes, limits: PacketLimits()) }
    }

    @Test func `limits hold to the byte`() throws {
        var limits = PacketLimits()
        limits.attachments = 3
        limits.namespaceBytes = 5
        #expect(try parse("53-/abcd,[]", limits).attachments == 3)
        #expect(throws: PacketError.tooManyAttachments) { try parse("54-[]", limits) }
        #expect(try parse("2/abcd", limits).namespace == 1..<6)
        #expect(throws: PacketError.namespaceTooLong) { try parse("2/abcde,[]", limits) }
        #expect(throws: PacketError.namespaceTooLong) { try parse("2/abcde", limits) }
    }

    @Test func `errors speak as the reference does`() {
        #expect(PacketError.unknownPacketType(0x39).description == "unknown packet type 9")
        #expect(PacketError.unknownPacketType(nil).description == "unknown packet type")
        #expect(PacketError.malformedAttachmentCount.description == "Illegal attachments")
        #expect(PacketError.tooManyAttachments.description == "too many attachments")
        #expect(PacketError.invalidPayload.description == "invalid payload")
        #expect(PacketError.illegalPlaceholder.description == "illegal attachments")
        #expect(
            PacketError.textInsteadOfAttachment.description == "got plaintext data when reconstructing a packet"
        )
        #expect(
            PacketError.unexpectedAttachment.description == "got binary data when not reconstructing a packet"
        )
        #expect(PacketError.invalidPayload.serverReason == .forcedClose)
        #expect(PacketError.invalidPayload.clientReason == .parseError)
    }
}
