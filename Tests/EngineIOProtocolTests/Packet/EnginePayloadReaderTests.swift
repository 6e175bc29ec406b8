import EngineIOProtocol
import Testing

@Suite struct EnginePayloadReaderTests {
    /// The packets in words, and the error behind them.
    private func read(_ body: [UInt8], limits: EngineLimits = EngineLimits()) -> ([String], EnginePacketError?) {
        var reader = EnginePayloadReader(limits: limits)
        var packets: [String] = []
        do {
            while let element = try reader.next(in: body.span.bytes) {
                switch element {
                case .packet(let type, let range):
                    packets.append("\(type) \(String(decoding: body[range], as: UTF8.self))")
                case .binary(let bytes): packets.append("binary \(bytes)")
                }
            }
            return (packets, nil)
        } catch {
            let after = try? reader.next(in: body.span.bytes)
            #expect(after == nil, "nothing comes behind an error")
            return (packets, error)
        }
    }

    @Test(arguments: [
        ("4hello", ["message hello"]),
        ("4", ["message "]),
        ("4€", ["message €"]),
        ("2\u{1E}4hello\u{1E}6", ["ping ", "message hello", "noop "]),
        ("42[\"a\"]\u{1E}42[\"b\"]", ["message 2[\"a\"]", "message 2[\"b\"]"]),
        (
            "451-[\"f\",{\"_placeholder\":true,\"num\":0}]\u{1E}bAQID",
            [
                "message 51-[\"f\",{\"_placeholder\":true,\"num\":0}]", "binary [1, 2, 3]",
            ]
        ),
        ("b", ["binary []"]),
        ("bAQIDBA==\u{1E}bAQIDBA", ["binary [1, 2, 3, 4]", "binary [1, 2, 3, 4]"]),
        ("0{}\u{1E}1\u{1E}3probe\u{1E}5", ["open {}", "close ", "pong probe", "upgrade "]),
    ])
    func `packets are found between the separators`(body: String, packets: [String]) {
        #expect(read(utf8(body)) == (packets, nil))
    }

    @Test(arguments: [
        ("", [], EnginePacketError.empty),
        ("\u{1E}", [], .empty),
        ("4a\u{1E}", ["message a"], .empty),
        ("4a\u{1E}\u{1E}4b", ["message a"], .empty),
        ("abc", [], .unknownType(UInt8(ascii: "a"))),
        ("4a\u{1E}7\u{1E}4b", ["message a"], .unknownType(UInt8(ascii: "7"))),
        ("4a\u{1E}bA\u{1E}4b", ["message a"], .invalidBase64),
        ("b!!!!", [], .invalidBase64),
        ("2:4a2:4b", ["ping :4a2:4b"], nil),
    ])
    func `what is behind a bad packet does not count`(body: String, packets: [String], error: EnginePacketError?) {
        #expect(read(utf8(body)) == (packets, error))
    }

    @Test func `a body that is not UTF-8 has no packets`() {
        #expect(read(utf8("4a\u{1E}4") + [0xC3]) == ([], .invalidUTF8))
        #expect(read(utf8("4") + [0xED, 0xA0, 0x80]) == ([], .invalidUTF8))
    }

    @Test func `a payload may have as many packets as the limit, and not one more`() {
        var limits = EngineLimits()
        limits.packetsPerPayload = 3
        #expect(read(utf8("2\u{1E}2\u{1E}2"), limits: limits).1 == nil)
        #expect(read(utf8("2\u{1E}2\u{1E}2\u{1E}2"), limits: limits) == (["ping ", "ping ", "ping "], .tooManyPackets))
    }

    @Test func `the default limit takes a full body of the smallest events`() {
        let body = Array(Array(repeating: utf8(#"42["a"]"#), count: 125_000).joined(separator: [0x1E]))
        #expect(body.count <= 1_000_000)
        #expect(read(body).0.count == 125_000)
    }
}
