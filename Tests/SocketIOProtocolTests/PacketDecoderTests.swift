import SIOBytes
import SIOJSON
import SocketIOProtocol
import Testing

@Suite struct PacketDecoderTests {
    private let parser = JSONParser()
    private let start = ContinuousClock.now

    private func receive(_ text: String, _ decoder: inout PacketDecoder) throws(PacketError) -> Packet? {
        let bytes = Array(text.utf8)
        return try decoder.receive(text: bytes.span.bytes, parser: parser, now: start)
    }

    /// The bytes of an event's name, as text.
    private func name(of packet: Packet) -> String {
        let name = packet.eventNameCursor
        return name.stringBytes.string
    }

    /// The packet in words, so that all of it can be compared.
    private func describe(_ packet: Packet?) throws -> String? {
        guard let packet else { return nil }
        let payload = try packet.payload?.value(attachments: packet.attachments).description ?? "-"
        return "\(packet.kind) \(packet.namespace ?? "/") \(packet.id.map { "\($0)" } ?? "-") \(payload)"
    }

    @Test(arguments: [
        ("0", "connect / - -"),
        (#"0{"token":"1"}"#, #"connect / - {"token":"1"}"#),
        (#"0/admin,{"sid":"x"}"#, #"connect /admin - {"sid":"x"}"#),
        ("0/admin,", "connect /admin - -"),
        ("0/admin?token=1,{}", "connect /admin?token=1 - {}"),
        ("1", "disconnect / - -"),
        ("1/admin", "disconnect /admin - -"),
        ("1/admin,", "disconnect /admin - -"),
        (#"2["a",1,{}]"#, #"event / - ["a",1,{}]"#),
        (#"2/test,["a"]"#, #"event /test - ["a"]"#),
        (#"21["a",1,{}]"#, #"event / 1 ["a",1,{}]"#),
        (#"2[1,"x"]"#, #"event / - [1,"x"]"#),
        (#"2["connect_"]"#, #"event / - ["connect_"]"#),
        (#"2["error"]"#, #"event / - ["error"]"#),
        ("3123[]", "ack / 123 []"),
        (#"3/a,0[null,"x"]"#, #"ack /a 0 [null,"x"]"#),
        (#"4{"message":"x"}"#, #"connectError / - {"message":"x"}"#),
        (#"4/a,"x""#, #"connectError /a - "x""#),
        (#"50-["x"]"#, #"event / - ["x"]"#),
        ("60-/a,4[]", "ack /a 4 []"),
        (#"2["\ud800"]"#, "event / - [\"\u{FFFD}\"]"),
    ])
    func `good packets are decoded`(text: String, expected: String) throws {
        var decoder = PacketDecoder()
        #expect(try describe(receive(text, &decoder)) == expected)
        #expect(decoder.deadline == nil)
    }

    @Test(arguments: [
        #"442["some","data""#, #"0/admin,"invalid""#, "0[]", "0null", "0/,true", "1/admin,{}", "1{}", "1[]",
        #"2/admin,"invalid"#, "2/admin,{}", #"2[{"toString":"foo"}]"#, #"2[true,"foo"]"#, #"2[null,"bar"]"#,
        #"2["connect"]"#, #"2["disconnect","123"]"#, #"2["connect_error"]"#, #"2["disconnecting"]"#,
        #"2["newListener"]"#, #"2["removeListener"]"#, #"2["connec\u0074"]"#, "2[]", "2[[]]", "2", "2/admin",
        "2/admin,",
        "21", "2{}", #"2"a""#, #"2["a""#, #"2["a"]]"#, #"2 ["a"]"#, #"2["a"] x"#, #"2,["a"]"#, #"2-1["a"]"#,
        #"2+1["a"]"#, #"21.5["a"]"#, #"21e3["a"]"#, "3[]", "3", "31", "31{}", #"31"x""#, "3-1[]", "4", "4[]", "4null",
        "41",
        #"50-["connect"]"#, "50-", "50-{}", "60-[]", #"51-["connect"]"#, "51-", "51-{}", "61-[]", "2[\"\u{1}\"]",
        "2NaN",
        "2[NaN]", "2nullx",
        // What would be an event, had it that type.
        #"0["a"]"#, #"1["a"]"#, #"3["a"]"#, #"4["a"]"#,
    ])
    func `bad payloads are refused`(text: String) {
        var decoder = PacketDecoder()
        #expect(throws: PacketError.invalidPayload) { try receive(text, &decoder) }
    }

    @Test func `text that is not UTF-8 is refused`() {
        var decoder = PacketDecoder()
        let bytes: [UInt8] = [0x32, 0x5B, 0x22, 0xFF, 0x22, 0x5D]
        #expect(throws: PacketError.invalidPayload) {
            try decoder.receive(text: bytes.span.bytes, parser: parser, now: start)
        }
    }

    @Test func `a bomb of brackets is refused`() {
        var decoder = PacketDecoder()
        let bomb = #"2["a","# + String(repeating: "[", count: 500_000) + String(repeating: "]", count: 500_001)
        #expect(throws: PacketError.invalidPayload) { try receive(bomb, &decoder) }
    }

    @Test func `an event's name and arguments are at hand`() throws {
        var decoder = PacketDecoder()
        let packet = try #require(try receive(#"2["chat",1,"two",{"three":3}]"#, &decoder))
        #expect(packet.eventName == "chat")
        #expect(name(of: packet) == "chat")
        #expect(packet.arguments.map(\.kind) == [.integer, .string, .object])
        #expect(try receive("2[-3]", &decoder)?.eventName == "-3")
        #expect(try receive("2[-3]", &decoder).map { name(of: $0) } == "")
        #expect(try receive(#"2["",1]"#, &decoder)?.eventName == "")
        #expect(try receive(#"2["\u00e9"]"#, &decoder).map { name(of: $0) } == "é")
        #expect(try receive("2[1.50]", &decoder)?.eventName == "1.5")
        #expect(try receive("31[5]", &decoder)?.arguments.map(\.int64) == [5])
        #expect(try receive("31[5]", &decoder)?.eventName == "")
        #expect(try receive("0", &decoder)?.arguments.map(\.kind) == [])
    }

    @Test func `attachments complete a packet`() throws {
        var decoder = PacketDecoder()
        let text = #"52-/a,7["x",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]"#
        #expect(try receive(text, &decoder) == nil)
        #expect(decoder.deadline == start + decoder.limits.pendingTime)
        #expect(try decoder.receive(binary: [1, 2], parser: parser) == nil)
        _ = try parser.parse(Array("[0]".utf8).span.bytes)
        let packet = try #require(try decoder.receive(binary: [3], parser: parser))
        #expect(packet.kind == .event && packet.namespace == "/a" && packet.id == 7)
        let arguments = packet.arguments.map { $0 }
        #expect(try arguments[0].decode([UInt8].self, attachments: packet.attachments) == [3])
        #expect(try arguments[1].decode([[UInt8]].self, attachments: packet.attachments) == [[1, 2]])
        #expect(decoder.deadline == nil)
        #expect(try describe(receive(#"2["next"]"#, &decoder)) == #"event / - ["next"]"#)
    }

    @Test func `acknowledgements have attachments too`() throws {
        var decoder = PacketDecoder()
        #expect(try receive(#"61-/nsp,456[{"_placeholder":true,"num":0}]"#, &decoder) == nil)
        #expect(try describe(decoder.receive(binary: [1], parser: parser)) == #"ack /nsp 456 ["AQ=="]"#)
    }

    @Test func `text in place of an attachment is refused`() throws {
        var decoder = PacketDecoder()
        _ = try receive(#"51-["x",{"_placeholder":true,"num":0}]"#, &decoder)
        #expect(throws: PacketError.textInsteadOfAttachment) { try receive(#"2["a"]"#, &decoder) }
    }

    @Test func `an attachment that nobody waits for is refused`() throws {
        var decoder = PacketDecoder()
        #expect(throws: PacketError.unexpectedAttachment) { try decoder.receive(binary: [1], parser: parser) }
        // CVE-2026-69185: a packet of no attachments is complete.
        _ = try receive(#"50-["x"]"#, &decoder)
        #expect(throws: PacketError.unexpectedAttachment) { try decoder.receive(binary: [1], parser: parser) }
        _ = try receive(#"51-["x"]"#, &decoder)
        #expect(try decoder.receive(binary: [1], parser: parser) != nil)
        #expect(throws: PacketError.unexpectedAttachment) { try decoder.receive(binary: [1], parser: parser) }
    }

    @Test(arguments: ["\"splice\"", "-1", "1", "1.5", "null", "true", "[0]", "99999999999999999999"])
    func `placeholders of no attachment are refused`(number: String) {
        // CVE-2022-2421
        var decoder = PacketDecoder()
        #expect(throws: PacketError.illegalPlaceholder) {
            try receive(#"51-["hello",{"_placeholder":true,"num":\#(number)}]"#, &decoder)
        }
    }

    @Test func `a packet without binary may speak of placeholders`() throws {
        var decoder = PacketDecoder()
        let text = #"2["x",{"_placeholder":true,"num":"splice"}]"#
        let expected = #"event / - ["x",{"_placeholder":true,"num":"splice"}]"#
        #expect(try describe(receive(text, &decoder)) == expected)
    }

    @Test func `pending bytes are limited`() throws {
        let text = #"52-["x"]"#
        var limits = PacketLimits()
        limits.pendingBytes = text.utf8.count + 10
        var decoder = PacketDecoder(limits: limits)
        _ = try receive(text, &decoder)
        #expect(try decoder.receive(binary: [UInt8](repeating: 0, count: 9), parser: parser) == nil)
        #expect(try decoder.receive(binary: [1], parser: parser) != nil)
        _ = try receive(text, &decoder)
        #expect(try decoder.receive(binary: [UInt8](repeating: 0, count: 10), parser: parser) == nil)
        #expect(throws: PacketError.tooMuchPending) { try decoder.receive(binary: [1], parser: parser) }
        limits.pendingBytes = text.utf8.count - 1
        decoder = PacketDecoder(limits: limits)
        #expect(throws: PacketError.tooMuchPending) { try receive(text, &decoder) }
    }

    @Test func `pending time is limited`() throws {
        var limits = PacketLimits()
        limits.pendingTime = .seconds(5)
        var decoder = PacketDecoder(limits: limits)
        try decoder.deadlineReached(now: start + .seconds(100))
        _ = try receive(#"52-["x"]"#, &decoder)
        #expect(decoder.deadline == start + .seconds(5))
        try decoder.deadlineReached(now: start + .seconds(4))
        _ = try decoder.receive(binary: [1], parser: parser)
        #expect(decoder.deadline == start + .seconds(5))
        #expect(throws: PacketError.attachmentsLate) { try decoder.deadlineReached(now: start + .seconds(5)) }
        #expect(decoder.deadline == nil)
    }
}
