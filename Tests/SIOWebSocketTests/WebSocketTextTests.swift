import SIOBytes
import SIOWebSocket
import TestSupport
import Testing

@Suite struct `Autobahn 6: text is UTF-8` {
    static let valid: [[UInt8]] =
        [
            "", "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "Îñţérñåţîöñåļîžåţîöñ", "𝄞 music", "\u{0}", "\u{7F}", "\u{80}",
            "\u{7FF}",
            "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFD}", "\u{FFFE}", "\u{FFFF}", "\u{1FFFE}", "\u{10000}",
            "\u{10FFFF}",
            "long enough for words of ASCII, and then é",
        ].map { Array($0.utf8) }

    static let invalid: [[UInt8]] = [
        // Kuhn 3.1: continuation bytes without a beginning.
        [0x80], [0xBF], [0x80, 0xBF], [0x80, 0xBF, 0x80], Array(0x80...0xBF),
        // Kuhn 3.2: beginnings without continuation.
        [0xC2, 0x20], [0xDF, 0x20], [0xE0, 0x20], [0xEF, 0x20], [0xF0, 0x20], [0xF4, 0x20], [0xF8, 0x20], [0xFC, 0x20],
        // Kuhn 3.3: the last byte is missing.
        [0xC2], [0xDF], [0xE0, 0xA0], [0xEF, 0xBF], [0xF0, 0x90, 0x80], [0xF4, 0x8F, 0xBF], [0xF8, 0x88, 0x80, 0x80],
        [0xFC, 0x84, 0x80, 0x80, 0x80],
        // Kuhn 3.5: bytes that never are.
        [0xFE], [0xFF], [0xFE, 0xFE, 0xFF, 0xFF], [0xC0], [0xC1], [0xF5],
        // Kuhn 4.1, 4.2: longer than they need to be.
        [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF], [0xF8, 0x80, 0x80, 0x80, 0xAF],
        [0xFC, 0x80, 0x80, 0x80, 0x80, 0xAF], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF],
        [0xF8, 0x87, 0xBF, 0xBF, 0xBF],
        // Kuhn 4.3: NUL.
        [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80],
        // Kuhn 5.1, 5.2: surrogates, alone and in pairs.
        [0xED, 0xA0, 0x80], [0xED, 0xAD, 0xBF], [0xED, 0xAE, 0x80], [0xED, 0xAF, 0xBF], [0xED, 0xB0, 0x80],
        [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], [0xED, 0xAF, 0xBF, 0xED, 0xBF, 0xBF],
        // Beyond U+10FFFF.
        [0xF4, 0x90, 0x80, 0x80], [0xF7, 0xBF, 0xBF, 0xBF],
        // 6.3.1: a surrogate within text.
        Array("κόσμε".utf8) + [0xED, 0xA0, 0x80] + Array("edited".utf8),
        // Behind words of ASCII, on a word's last byte and first.
        Array("1234567".utf8) + [0xFF], Array("12345678".utf8) + [0xFF, 0x20], Array("12345678901".utf8) + [0xC2],
    ]

    @Test(arguments: each(valid)) func `valid text is a message, however it is cut`(role: WebSocketRole, text: [UInt8])
    {
        #expect(decode(frame(1, text, to: role), as: role) == Outcome(events: [.text(text)]))
        for cut in 0...text.count {
            let begun = frame(1, Array(text[..<cut]), fin: false, to: role)
            let bytes = begun + frame(0, Array(text[cut...]), to: role)
            #expect(decode(bytes, as: role) == Outcome(events: [.fragment, .text(text)]))
        }
    }

    @Test(arguments: each(invalid)) func `other bytes are none, however they are cut`(
        role: WebSocketRole, text: [UInt8]
    ) {
        #expect(String(validating: text, as: UTF8.self) == nil)
        #expect(decode(frame(1, text, to: role), as: role) == Outcome(failure: .textNotUTF8))
        for cut in 0...text.count {
            let begun = frame(1, Array(text[..<cut]), fin: false, to: role)
            let bytes = begun + frame(9, to: role) + frame(0, Array(text[cut...]), to: role)
            #expect(decode(bytes, as: role).failure == .textNotUTF8)
        }
    }

    @Test(
        arguments: each(
            [
                // 6.4: what follows cannot help; the offset is that of the first byte at which this is so.
                ([0xF4, 0x90, 0x80, 0x80], 1), ([0xED, 0xA0, 0x80], 1), ([0xE0, 0x80, 0x80], 1),
                ([0xF0, 0x8F, 0x80, 0x80], 1),
                ([0xC0, 0x80], 0), ([0xF5, 0x80], 0), ([0xE2, 0x82, 0x41], 2), ([0xF0, 0x9F, 0x98, 0x41], 3),
                ([0x80], 0),
            ] as [([UInt8], Int)]))
    func `text fails with the first fragment that cannot be continued`(role: WebSocketRole, row: ([UInt8], Int)) {
        let text = Array("κόσμε".utf8) + row.0 + Array("edited".utf8)
        let bytes = text.enumerated().flatMap { frame($0 == 0 ? 1 : 0, [$1], fin: false, to: role) }
        let fragments = [Found](repeating: .fragment, count: "κόσμε".utf8.count + row.1)
        #expect(decode(bytes, as: role) == Outcome(events: fragments, failure: .textNotUTF8))
    }

    @Test(arguments: roles) func `text must not end within a character`(role: WebSocketRole) {
        let bytes = frame(1, [0xE2], fin: false, to: role) + frame(0, [0x82], to: role)
        #expect(decode(bytes, as: role) == Outcome(events: [.fragment], failure: .textNotUTF8))
    }

    @Test(arguments: roles) func `a message does not inherit what another left open`(role: WebSocketRole) {
        let bytes = frame(1, [0xC3], fin: false, to: role) + frame(0, [0xA9], to: role) + frame(1, [0xA9], to: role)
        #expect(decode(bytes, as: role) == Outcome(events: [.fragment, .text("é")], failure: .textNotUTF8))
    }
}
