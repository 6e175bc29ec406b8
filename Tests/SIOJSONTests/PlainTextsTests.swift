import SIOBytes
import SIOJSON
import Testing

/// Arrays of nothing but strings are read in a short way.
///
/// White space behind them sends them the long one, which has to come to the same.
@Suite struct PlainTextsTests {
    private let short = JSONParser()
    private let long = JSONParser()

    @Test(arguments: [
        #"["echo","text"]"#, #"[""]"#, #"["",""]"#, #"["a"]"#, #"["é","😀"]"#, "[\"\u{7F}\"]", "[]", "[", "[\"", "[\"a",
        #"["a""#, #"["a","#, #"["a",]"#, #"["a",1]"#, #"["a"]]"#, #"["a"]x"#, #"["a" ,"b"]"#, #"[ "a"]"#, #"["a""b"]"#,
        #"["a",["b"]]"#, #"["a",{"b":"c"}]"#, #"["\n"]"#, #"["\u0041"]"#, #"["\"","b"]"#, #"["\ud800"]"#, #"["\"]"#,
        "[\"\n\"]", "[\"\u{0}\"]", "[\"\u{1F}\"]", "[\"a\"\u{0}]", "[\"a\"]\u{0}", #"{"a":"b"}"#, #""a""#, "[,]",
        #"["a",,"b"]"#,
    ])
    func `the short way leads where the long one does`(text: String) {
        compare(Array(text.utf8))
    }

    @Test(
        arguments: [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF]]
            as [[UInt8]])
    func `text that is not UTF-8 is refused at each place`(bytes: [UInt8]) {
        for length in 0..<40 {
            let text = Array("[\"\(String(repeating: "a", count: length))".utf8) + bytes + Array(#"","b"]"#.utf8)
            #expect(throws: JSONError(.invalidUTF8)) { try short.parse(text) }
            compare(text)
        }
    }

    @Test func `each byte at each place is taken as the long way takes it`() {
        for length in [1, 16, 17, 33] {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    text[place] = byte
                    compare(Array("[\"".utf8) + text + Array("\",\"y\"]".utf8))
                }
            }
        }
    }

    /// Around what is looked at together: sixteen bytes, and behind the first of them sixty-four.
    @Test(arguments: [31...33, 78...82, 94...98, 142...146])
    func `what ends a string or is none of it is seen at each place of a long one`(lengths: ClosedRange<Int>) {
        for length in lengths {
            for place in 0..<length {
                for byte in [0x00, 0x1F, 0x20, 0x22, 0x5C, 0x5D, 0x7F, 0x80] as [UInt8] {
                    var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    text[place] = byte
                    compare(Array("[\"".utf8) + text + Array("\"]".utf8))
                }
            }
        }
    }

    @Test func `each escape stands for what the long way makes of it, wherever it is`() throws {
        for length in 0..<40 {
            let front = String(repeating: "x", count: length)
            for character in UInt8.min...UInt8.max {
                compare(Array("[\"\(front)\\".utf8) + [character] + Array("0041é\",\"y\"]".utf8))
            }
        }
        for length in 60..<150 {
            let front = String(repeating: "x", count: length)
            let text = #"["\#(front)\n\"\#(front)\\",""]"#
            compare(Array(text.utf8))
            #expect(try short.parse(Array(text.utf8)).elements.map(\.string) == ["\(front)\n\"\(front)\\", ""])
        }
    }

    @Test func `a long document that is cut anywhere is refused`() {
        let front = String(repeating: "x", count: 90)
        let text = Array(#"["\#(front)","\t\#(front)é","\#(front)"]"#.utf8)
        for end in 1..<text.count {
            let cut = Array(text[..<end])
            compare(cut)
            #expect(throws: JSONError.self) { try short.parse(cut) }
        }
    }

    @Test func `a string is taken for ASCII only where it is`() throws {
        for length in 0..<150 {
            let front = String(repeating: "x", count: length)
            for end in ["é", "\u{80}", "😀"] {
                let text = Array(#"["n","\#(front)\#(end)"]"#.utf8)
                let string = try #require(try short.parse(text).elements.compactMap(\.string).last)
                #expect(string == front + end && !string.utf8Span.isKnownASCII)
            }
            let text = Array(#"["n","\#(front)"]"#.utf8)
            let string = try #require(try short.parse(text).elements.compactMap(\.string).last)
            #expect(string == front && string.utf8Span.isKnownASCII)
        }
        // A document that is ASCII, in front of one whose strings are not.
        #expect(try short.parse(Array(#"["a"]"#.utf8)).elements.compactMap(\.string) == ["a"])
        #expect(try short.parse(Array(#"["\u00e9", 1]"#.utf8)).elements.compactMap(\.string) == ["é"])
    }

    @Test func `every length is read whole`() throws {
        for length in Array(0..<300) + Array(1000...1050) + [4095, 4096, 4097, 65_537] {
            let text = String(repeating: "é", count: length / 2) + String(repeating: "a", count: length % 2)
            let array = Array(#"["n","\#(text)",""]"#.utf8)
            compare(array)
            #expect(try short.parse(array).elements.map(\.string) == ["n", text, ""])
        }
    }

    @Test func `random texts, whole and damaged`() {
        var random = Generator()
        let pieces = [#"""#, #"\"#, ",", "[", "]", "a", "é", "😀", " ", "\n", "bcdefgh", "0123456789abcdefg", #"",""#]
        for _ in 0..<5000 {
            let strings = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                let parts = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    Bool.random(using: &random) ? "bcdefgh" : pieces.randomElement(using: &random) ?? ""
                }
                return "\"\(parts.joined())\""
            }
            var text = Array("[\(strings.joined(separator: ","))]".utf8)
            compare(text)
            text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            compare(text)
            text.removeLast(Int.random(in: 0...text.count, using: &random))
            compare(text)
        }
    }

    @Test func `depth is limited`() {
        var limits = JSONLimits()
        limits.depth = 0
        let parser = JSONParser(limits: limits)
        defer { withExtendedLifetime(parser) {} }
        #expect(throws: JSONError(.tooDeep)) { try parser.parse(#"["a"]"#) }
    }

    /// Numbers that are the same in each run.
    private struct Generator: RandomNumberGenerator {
        private var state: UInt64 = 7

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 32
        }
    }

    private func compare(_ text: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        let found = Result { try Reading(short.parse(text)) }
        let expected = Result { try Reading(long.parse(text + [UInt8(ascii: " ")])) }
        switch (found, expected) {
        case (.success(let found), .success(let expected)):
            #expect(found == expected, "\(text)", sourceLocation: sourceLocation)
        case (.failure(let found as JSONError), .failure(let expected as JSONError)):
            #expect(found == expected, "\(text)", sourceLocation: sourceLocation)
        default:
            Issue.record("\(found), where \(expected) was expected, of \(text)", sourceLocation: sourceLocation)
        }
    }

    /// All that a document says, and where it says it.
    private struct Reading: Equatable {
        let kind: JSONKind
        let count: Int
        let source: [UInt8]
        let strings: [String?]
        let sources: [[UInt8]]

        init(_ cursor: JSONCursor) {
            kind = cursor.kind
            count = cursor.count
            source = cursor.source.array
            strings = cursor.elements.map(\.string)
            sources = cursor.elements.map { $0.source.array }
        }
    }
}
