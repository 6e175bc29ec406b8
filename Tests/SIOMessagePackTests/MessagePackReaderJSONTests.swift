import SIOBytes
import SIOMessagePack
import Testing

@Suite struct MessagePackReaderJSONTests {
    /// The bytes as JSON, and the number of binary values beside it.
    private func json(_ bytes: [UInt8], _ limits: MessagePackLimits = MessagePackLimits()) throws -> (String, Int) {
        let (text, attachments) = try MessagePack.json(from: bytes.span.bytes, limits: limits)
        return (text.span.bytes.string, attachments.count)
    }

    @Test(
        arguments: [
            ([0xC0], "null"), ([0xC2], "false"), ([0xC3], "true"), ([0x07], "7"), ([0xE0], "-32"),
            ([0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "18446744073709551615"),
            ([0xCA, 0x3F, 0x80, 0, 0], "1"), ([0xCA, 0x3F, 0xC0, 0, 0], "1.5"),
            ([0xCB, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0], "null"), ([0xCB, 0xFF, 0xF0, 0, 0, 0, 0, 0, 0], "null"),
            ([0xCB, 0x80, 0, 0, 0, 0, 0, 0, 0], "0"),
            ([0xD4, 0, 0], "null"), ([0x91, 0xD4, 0, 0], "[null]"),
            ([0xD7, 0, 0, 0, 0, 0, 0, 0, 0, 1], #""1970-01-01T00:00:00.001Z""#),
            ([0xD6, 0xFF, 0, 0, 0, 60], #""1970-01-01T00:01:00.000Z""#),
            ([0xA3, 0x61, 0x22, 0x01], #""a\"\u0001""#), ([0xA3, 0xE2, 0x82, 0xAC], "\"€\""),
            ([0x90], "[]"), ([0x80], "{}"), ([0xDC, 0, 0], "[]"), ([0xDF, 0, 0, 0, 0], "{}"),
            ([0x92, 0x01, 0x02], "[1,2]"), ([0x93, 0x90, 0x91, 0x01, 0x80], "[[],[1],{}]"),
            ([0x82, 0xA1, 0x61, 0x01, 0xA1, 0x62, 0x91, 0x02], #"{"a":1,"b":[2]}"#),
            ([0x81, 0xA1, 0x61, 0x81, 0xA1, 0x62, 0xC0], #"{"a":{"b":null}}"#),
            (
                [0x83, 0x01, 0x02, 0xFF, 0x03, 0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x04],
                #"{"1":2,"-1":3,"18446744073709551615":4}"#
            ),
            ([0x81, 0xAC] + Array("_placeholder".utf8) + [0xC3], #"{"_placeholder":true}"#),
        ] as [([UInt8], String)])
    func `values become JSON`(bytes: [UInt8], expected: String) throws {
        let (text, binaries) = try json(bytes)
        #expect(text == expected && binaries == 0)
    }

    @Test func `binary is put beside the text`() throws {
        let bytes: [UInt8] = [0x93, 0xC4, 2, 1, 2, 0x81, 0xA1, 0x61, 0xC4, 0, 0xC7, 1, 0, 9]
        let (text, attachments) = try MessagePack.json(from: bytes.span.bytes)
        #expect(
            text.span.bytes.string
                == #"[{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":2}]"#
        )
        #expect(attachments == [[1, 2], [], [9]])
    }

    @Test(
        arguments: [
            ([0xA1, 0xFF], .invalidUTF8), ([0x81, 0xA1, 0xFF, 0xC0], .invalidUTF8), ([0xA2, 0xC0, 0x80], .invalidUTF8),
            ([0xC0, 0xC0], .trailingBytes), ([0x90, 0x00], .trailingBytes),
            ([0x81, 0xC0, 0xC0], .invalidKey), ([0x81, 0x90, 0xC0], .invalidKey), ([0x81, 0xC3, 0xC0], .invalidKey),
            ([0x81, 0xC4, 0, 0xC0], .invalidKey), ([0x81, 0xCB, 0, 0, 0, 0, 0, 0, 0, 0, 0xC0], .invalidKey),
            ([0x92, 0xC4, 0, 0x81, 0xAC] + Array("_placeholder".utf8) + [0xC3], .ambiguousPlaceholder),
            ([0x91, 0xC1], .neverUsed), ([0xDD, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
        ] as [([UInt8], MessagePackError)])
    func `what is none is refused`(bytes: [UInt8], expected: MessagePackError) {
        #expect(throws: expected) { try json(bytes) }
        #expect(!expected.description.isEmpty)
    }

    @Test(arguments: [UInt8(0x91), 0x81])
    func `arrays and maps go as deep as the limit, and no deeper`(format: UInt8) throws {
        var limits = MessagePackLimits()
        limits.depth = 5
        // A map's key in front of what is in it.
        let level: [UInt8] = format == 0x81 ? [0x81, 0x01] : [0x91]
        let five = Array(repeatElement(level, count: 5).joined()) + [0xC0]
        #expect(throws: Never.self) { try json(five, limits) }
        #expect(throws: MessagePackError.tooDeep) { try json(level + five, limits) }
        let bomb = Array(repeatElement(level, count: 500_000).joined()) + [0xC0]
        #expect(throws: MessagePackError.tooDeep) { try json(bomb) }
    }

    @Test func `each limit holds to the last`() throws {
        let bytes: [UInt8] = [0x93, 0xC4, 0, 0xC4, 0, 0xC0]
        var limits = MessagePackLimits()
        limits.bytes = bytes.count
        limits.elements = 4
        limits.binaries = 2
        #expect(throws: Never.self) { try json(bytes, limits) }
        for (limit, error): (WritableKeyPath<MessagePackLimits, Int>, MessagePackError) in [
            (\.bytes, .tooLong), (\.elements, .tooManyElements), (\.binaries, .tooManyBinaries),
        ] {
            var less = limits
            less[keyPath: limit] -= 1
            #expect(throws: error) { try json(bytes, less) }
        }
    }

    @Test func `a document that is cut anywhere is refused`() {
        let bytes: [UInt8] = [
            0x84, 0xA1, 0x61, 0x92, 0x01, 0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xA1, 0x62, 0xC4, 2, 1, 2, 0xA1, 0x63,
            0xD4, 0,
            0, 0xA1, 0x64, 0xD9, 2, 0x68, 0x69,
        ]
        #expect(throws: Never.self) { try json(bytes) }
        for count in 0..<bytes.count {
            #expect(throws: MessagePackError.truncated) { try json(Array(bytes[..<count])) }
        }
    }
}
