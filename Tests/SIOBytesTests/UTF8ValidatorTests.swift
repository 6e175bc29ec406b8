import SIOBytes
import TestSupport
import Testing

@Suite struct UTF8ValidatorTests {
    /// The first and last of each row of the Unicode standard's table 3-7, and some text.
    static let wellFormed: [[UInt8]] = [
        [], [0x00], [0x7F], [0xC2, 0x80], [0xDF, 0xBF],
        [0xE0, 0xA0, 0x80], [0xE0, 0xBF, 0xBF], [0xE1, 0x80, 0x80], [0xEC, 0xBF, 0xBF],
        [0xED, 0x80, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF],
        [0xF0, 0x90, 0x80, 0x80], [0xF0, 0xBF, 0xBF, 0xBF], [0xF1, 0x80, 0x80, 0x80],
        [0xF3, 0xBF, 0xBF, 0xBF], [0xF4, 0x80, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        Array("plain text that is longer than two words of eight".utf8),
        Array("κόσμε, 漢字 und 🦊: gemischt mit ASCII".utf8),
        Array("1234567é".utf8), Array("12345678é".utf8), Array("🦊🦊🦊🦊".utf8),
    ]

    /// Sequences that break exactly one rule of that table.
    static let illFormed: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2, 0x7F], [0xC2, 0xC0], [0xDF, 0x00],
        [0xE0, 0x9F, 0xBF], [0xE0, 0x80, 0x80], [0xE1, 0x7F, 0x80], [0xE1, 0x80, 0xC0], [0xE1, 0x80, 0x7F],
        [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xC0, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x00], [0xF3, 0x80, 0xC0, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xF4, 0xBF, 0xBF, 0xBF], [0xF5, 0x80, 0x80, 0x80], [0xF8], [0xFC], [0xFE], [0xFF],
        [0xC2, 0x80, 0x80], [0xE1, 0x80, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x80, 0x80],
        Array("12345678".utf8) + [0xFF], Array("1234567".utf8) + [0xFF] + Array("12345678".utf8),
        // CESU-8: a pair of surrogates, three bytes each.
        [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80],
    ]

    /// Sequences that are right as far as they go.
    static let incomplete: [[UInt8]] = [
        [0xC2], [0xE0], [0xE0, 0xA0], [0xED, 0x9F], [0xF0], [0xF0, 0x90], [0xF0, 0x90, 0x80], [0xF4, 0x8F, 0xBF],
        Array("12345678".utf8) + [0xE1, 0x80],
    ]

    private enum Verdict: Equatable {
        case complete
        case incomplete
        case illFormed
    }

    private func isValid(_ text: [UInt8]) -> Bool {
        UTF8Validator.isValid(text.span.bytes)
    }

    private func verdict(of chunks: [[UInt8]]) -> Verdict {
        var validator = UTF8Validator()
        for chunk in chunks where !validator.consume(chunk.span.bytes) { return .illFormed }
        return validator.isComplete ? .complete : .incomplete
    }

    @Test(arguments: wellFormed)
    func `well-formed text passes however it is cut`(text: [UInt8]) {
        #expect(isValid(text))
        for chunks in cuts(of: text) { #expect(verdict(of: chunks) == .complete) }
    }

    @Test(arguments: illFormed)
    func `ill-formed text is refused however it is cut`(text: [UInt8]) {
        #expect(!isValid(text))
        for chunks in cuts(of: text) { #expect(verdict(of: chunks) == .illFormed) }
    }

    @Test(arguments: incomplete)
    func `text that ends within a character is incomplete however it is cut`(text: [UInt8]) {
        #expect(!isValid(text))
        for chunks in cuts(of: text) { #expect(verdict(of: chunks) == .incomplete) }
    }

    @Test func `a fault shows at the first byte that cannot be right`() {
        #expect(verdict(of: [[0xED]]) == .incomplete)
        #expect(verdict(of: [[0xED], [0xA0]]) == .illFormed)
    }

    @Test func `every sequence of two bytes is judged as the standard library does`() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let bytes = [first, second]
                let expected = String(validating: bytes, as: UTF8.self) != nil
                if isValid(bytes) != expected { Issue.record("\(bytes)") }
            }
        }
    }

    @Test func `every sequence of interesting bytes is judged as the standard library does`() {
        let interesting: [UInt8] = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4,
            0xF5,
        ]
        for a in interesting {
            for b in interesting {
                for c in interesting {
                    for d in interesting {
                        let bytes = [a, b, c, d]
                        let expected = String(validating: bytes, as: UTF8.self) != nil
                        if isValid(bytes) != expected { Issue.record("\(bytes)") }
                        // Text behind it, which has each of its bytes looked at as the first of four.
                        if isValid(bytes + [0x78, 0x79, 0x7A]) != expected { Issue.record("\(bytes) and more") }
                    }
                }
            }
        }
    }
}
