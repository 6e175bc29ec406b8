import EngineIOProtocol
import Testing

@Suite struct EnginePayloadReaderVersion3Tests {
    /// The packets in words, and the error behind them.
    private func read(
        _ body: [UInt8], _ format: EnginePayloadFormat, limits: EngineLimits = EngineLimits()
    ) -> ([String], EnginePacketError?) {
        var reader = EnginePayloadReader(format, limits: limits)
        var packets: [String] = []
        do {
            while let element = try reader.next(in: body.span.bytes) {
                switch element {
                case .packet(let type, let range):
                    packets.append("\(type) \(String(decoding: body[range], as: UTF8.self))")
                case .binary(let bytes): packets.append("binary \(bytes)")
                }
            }
            let after = try? reader.next(in: body.span.bytes)
            #expect(after == nil, "nothing comes behind the end")
            return (packets, nil)
        } catch {
            let after = try? reader.next(in: body.span.bytes)
            #expect(after == nil, "nothing comes behind an error")
            return (packets, error)
        }
    }

    @Test func `a reader is as small as one of the fourth version alone would be`() {
        #expect(MemoryLayout<EnginePayloadReader>.size <= 24)
    }

    // MARK: Text

    @Test(arguments: [
        ("6:4hello2:4€", ["message hello", "message €"]),
        ("2:4€", ["message €"]),
        // A character outside of the basic plane counts twice, as in JavaScript.
        ("3:4😀1:2", ["message 😀", "ping "]),
        ("10:b4AQIDBA==1:6", ["binary [1, 2, 3, 4]", "noop "]),
        ("2:b4", ["binary []"]),
        ("6:b4AQID", ["binary [1, 2, 3]"]),
        ("6:b2AQID", ["ping "]),
        ("0:", []),
        ("0:2:4a0:", ["message a"]),
        ("1:11:2", ["close ", "ping "]),
        ("06:42[\"a\"", ["message 2[\"a\""]),
        ("4:4a:b3:4\u{1E}c", ["message a:b", "message \u{1E}c"]),
        ("2:422:42", ["message 2", "message 2"]),
    ])
    func `the length in front of a packet is in UTF-16 code units`(body: String, packets: [String]) {
        #expect(read(utf8(body), .counted) == (packets, nil))
    }

    @Test(arguments: [
        ("", [], EnginePacketError.empty),
        ("4hello", [], .invalidLength),
        (":", [], .invalidLength),
        ("1", [], .invalidLength),
        ("-1:4", [], .invalidLength),
        ("+1:4", [], .invalidLength),
        (" 1:4", [], .invalidLength),
        ("1e0:4", [], .invalidLength),
        ("3:4a", [], .invalidLength),
        ("2:4a3:4b", ["message a"], .invalidLength),
        ("2:4a2", ["message a"], .invalidLength),
        // In the middle of a character.
        ("2:4😀", [], .invalidLength),
        ("99999991:4222", [], .invalidLength),
        ("9223372036854775808:4", [], .invalidLength),
        ("1:a", [], .unknownType(UInt8(ascii: "a"))),
        ("1:7", [], .unknownType(UInt8(ascii: "7"))),
        ("1:b", [], .empty),
        ("2:bx", [], .unknownType(UInt8(ascii: "x"))),
        ("4:b4!!", [], .invalidBase64),
        ("4\u{1E}4", [], .invalidLength),
    ])
    func `what is behind a bad packet does not count`(body: String, packets: [String], error: EnginePacketError) {
        #expect(read(utf8(body), .counted) == (packets, error))
    }

    @Test func `text has to be UTF-8`() {
        #expect(read(utf8("2:4a2:4") + [0xC3], .counted) == ([], .invalidUTF8))
        #expect(read(utf8("2:4") + [0xED, 0xA0, 0x80], .counted) == ([], .invalidUTF8))
    }

    @Test func `a length may have as many digits as the limit, and not one more`() {
        let zeroes = String(repeating: "0", count: EnginePayloadReader.maxLengthDigits - 1)
        #expect(read(utf8(zeroes + "1:2"), .counted) == (["ping "], nil))
        #expect(read(utf8("0" + zeroes + "1:2"), .counted) == ([], .invalidLength))
    }

    @Test(arguments: [EnginePayloadFormat.counted, .binary])
    func `a payload may have as many packets as the limit, and not one more`(format: EnginePayloadFormat) {
        var limits = EngineLimits()
        limits.packetsPerPayload = 3
        let ping: [UInt8] = format == .counted ? utf8("1:2") : [0, 1, 255, 50]
        #expect(read(ping + ping + ping, format, limits: limits) == (["ping ", "ping ", "ping "], nil))
        #expect(
            read(ping + ping + ping + ping, format, limits: limits) == (["ping ", "ping ", "ping "], .tooManyPackets))
    }

    @Test func `packets of nothing count against the limit, too`() {
        var limits = EngineLimits()
        limits.packetsPerPayload = 3
        #expect(read(utf8("0:0:1:2"), .counted, limits: limits) == (["ping "], nil))
        #expect(read(utf8("0:0:0:1:2"), .counted, limits: limits) == ([], .tooManyPackets))
    }

    // MARK: Binary

    @Test(
        arguments: [
            // The vectors of the protocol's test suite.
            ([0, 6, 255, 0x34, 0x68, 0x65, 0x6C, 0x6C, 0x6F], ["message hello"]),
            ([1, 5, 255, 4, 1, 2, 3, 4], ["binary [1, 2, 3, 4]"]),
            ([0, 4, 255, 0x34, 0xE2, 0x82, 0xAC, 1, 4, 255, 4, 1, 2, 3], ["message €", "binary [1, 2, 3]"]),
            ([1, 1, 255, 4], ["binary []"]),
            ([1, 1, 255, 2, 0, 1, 255, 0x32], ["ping ", "ping "]),
            // Found by the fuzzer: data of another packet than a message would have been bytes taken for text.
            ([1, 4, 255, 0, 0, 160, 0], ["open "]),
            ([0, 0, 0, 1, 255, 0x36], ["noop "]),
            ([0, 6, 255, 0x62, 0x34, 0x41, 0x51, 0x49, 0x44], ["binary [1, 2, 3]"]),
            ([0, 1, 0, 255] + utf8("4abcdefghi"), ["message abcdefghi"]),
        ] as [([UInt8], [String])])
    func `a binary payload has lengths in bytes`(body: [UInt8], packets: [String]) {
        #expect(read(body, .binary) == (packets, nil))
    }

    @Test(
        arguments: [
            ([], .empty),
            ([2, 1, 255, 0x32], .invalidMark(2)),
            (utf8("2:4a"), .invalidMark(0x32)),
            ([0], .invalidLength),
            ([0, 255], .invalidLength),
            ([0, 1], .invalidLength),
            ([0, 1, 255], .invalidLength),
            ([0, 10, 255, 0x32], .invalidLength),
            ([0, 0x31, 255, 0x32], .invalidLength),
            ([0, 2, 255, 0x32], .invalidLength),
            ([0, 9, 9, 9, 9, 9, 9, 9, 9, 255, 0x32], .invalidLength),
            ([0, 0, 255], .empty),
            ([1, 0, 255], .empty),
            ([0, 1, 255, 4], .unknownType(4)),
            ([1, 1, 255, 0x34], .unknownType(0x34)),
            ([1, 1, 255, 7], .unknownType(7)),
            ([0, 2, 255, 0x34, 0xFF], .invalidUTF8),
            ([0, 2, 255, 0x34, 0xC3], .invalidUTF8),
        ] as [([UInt8], EnginePacketError)])
    func `a bad binary payload`(body: [UInt8], error: EnginePacketError) {
        #expect(read(body, .binary) == ([], error))
        #expect(read([0, 1, 255, 0x32] + body, .binary) == (["ping "], body.isEmpty ? nil : error))
    }

    @Test func `a binary length may have as many digits as the limit, and not one more`() {
        let zeroes = [UInt8](repeating: 0, count: EnginePayloadReader.maxLengthDigits - 1)
        #expect(read([0] + zeroes + [1, 255, 0x32], .binary) == (["ping "], nil))
        #expect(read([0, 0] + zeroes + [1, 255, 0x32], .binary) == ([], .invalidLength))
    }

    @Test(arguments: [EnginePayloadFormat.counted, .binary])
    func `a payload that is cut short has the packets that are whole, and no others`(format: EnginePayloadFormat) {
        var queue = PacketQueue()
        queue.append(.message, utf8("a€😀").span.bytes)
        queue.append(binary: ([1, 2, 3] as [UInt8]).span.bytes)
        queue.append(.ping)
        let whole = queue.takeAll(format == .counted ? [.version3, .base64] : .version3)
        let all = ["message a€😀", "binary [1, 2, 3]", "ping "]
        #expect(read(whole, format) == (all, nil))
        var ends = 0
        for length in 0..<whole.count {
            let (packets, error) = read(Array(whole[..<length]), format)
            #expect(all.starts(with: packets))
            // Cut within a character, a text is none at all.
            if error == nil { ends += 1 }
        }
        #expect(ends == 2)
    }
}
