import SIOBytes
import SIOJSON
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "1", "-1", "1.5", "-0.0", "1e3", "1E3", "1e+3", "1e-3", "0e1", "0.1e10",
        "123456789012345678", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "1e308", "5e-324",
        "1e-400", "1.7976931348623157e308", #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0041\u00e9""#,
        #""\ud83d\ude00""#, #""\u0000""#, #""\uFFFF""#, "\"é\u{2028}😀\"", "\"\u{7F}\"", "[]", "{}", "[[]]", "[{}]",
        "[1,2,3]", "[null,true]", "[ ]", "{ }", " [1] ", "\t[1]\r\n", "[1 , 2]", #"{"a":1}"#, #"{"a":1,"b":[{}]}"#,
        #"{"":0}"#, #"{"a":1,"a":2}"#, #"{"a" : 1}"#, #"{"\u0061":1}"#, #"["a",{"_placeholder":true,"num":0}]"#,
        // JavaScript writes these, and simdjson by itself refuses them.
        #""\ud800""#, #""\udc00""#, #""\ud800\ud800""#, #""\ude00\ud83d""#, #""a\ud800b""#, #"{"\ud800":1}"#,
        #""\ud800\u0041""#, #""\ud800\n""#, "18446744073709551616", "-9223372036854775809", "100000000000000000000",
        "123456789012345678901", "[18446744073709551616,1]", #"{"n":-99999999999999999999}"#,
        #"["\ud800",100000000000000000000]"#,
    ])
    func `takes what JavaScript can write`(text: String) {
        #expect(accepts(Array(text.utf8)))
    }

    @Test(arguments: [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[,]", "{,}", "[1 2]", "1 2", "[] []",
        "[]a",
        "nul", "nulll", "NULL", "True", "undefined", "NaN", "Infinity", "-Infinity", "-", "+1", ".5", "1.", "1.e3",
        "01",
        "-01", "1e", "1e+", "0x10", "1_000", "1e400", "--1", "2.", "[-]", "'a'", "\"", "\"a", "a", #""\x41""#,
        #""\u004""#,
        #""\u00g0""#, #""\'""#, #""\""#, #""\u""#, "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "{1:2}", "{a:1}",
        "{'a':1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a" 1}"#, #"{"a":1 "b":2}"#, #"{:1}"#, #"{"a"::1}"#,
        #"{"a":1"#, #"{"a":1]"#, "[1}", "//c\n1", "/*c*/1", "[1]//c", "\u{FEFF}[]", #"["a",]"#, "\u{B}1", "[1\u{0}]",
        "00000000000000000000000", "-00000000000000000000000", "1000000000000000000000000.", "99999999999999999999e",
        #""\ud800"#, #"["\ud800]"#, #""\ud800\""#, #""\ud80""#,
    ])
    func `refuses what is not JSON`(text: String) {
        #expect(!accepts(Array(text.utf8)))
    }

    @Test(
        arguments: [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF]]
            as [[UInt8]])
    func `refuses text that is not UTF-8`(bytes: [UInt8]) {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        #expect(throws: JSONError(.invalidUTF8)) {
            try parser.parse([0x5B, 0x22] + bytes + [0x22, 0x5D])
        }
        #expect(!accepts(bytes))
    }

    @Test func `lone surrogates become replacement characters, pairs stay`() throws {
        #expect(try decode(String.self, #""a\ud800b""#) == "a\u{FFFD}b")
        #expect(try decode(String.self, #""\ud83d\ude00\ude00""#) == "😀\u{FFFD}")
        #expect(try decode(String.self, #""\ud83d\ud83d\ude00""#) == "\u{FFFD}😀")
        #expect(try decode(String.self, #""\\ud800\ud800""#) == "\\ud800\u{FFFD}")
    }

    @Test func `integers beyond 64 bits become doubles`() throws {
        #expect(try decode(Double.self, "100000000000000000000") == 1e20)
        #expect(try decode([Double].self, "[-9223372036854775809,1]") == [-0x1p63, 1])
        #expect(try decode(UInt64.self, "18446744073709551615") == .max)
        #expect(try decode(Int64.self, "-9223372036854775808") == .min)
        #expect(throws: DecodingError.self) { try decode(Int.self, "100000000000000000000") }
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
    func `depth is limited`(open: String, close: String) {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        func text(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        #expect(throws: Never.self) { try parser.parse(text(parser.limits.depth)) }
        #expect(throws: JSONError(.tooDeep)) { try parser.parse(text(parser.limits.depth + 1)) }
    }

    @Test func `a megabyte of brackets fails at once`() {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let half = String(repeating: "[", count: 500_000)
        #expect(throws: JSONError(.tooDeep)) { try parser.parse(half + String(repeating: "]", count: 500_000)) }
        #expect(throws: JSONError(.invalidSyntax)) { try parser.parse(half) }
    }

    @Test func `a megabyte of digits costs no more than other text`() throws {
        let digits = String(repeating: "1", count: 1_000_000)
        #expect(throws: JSONError(.invalidSyntax)) { try JSONParser.reading(Array(digits.utf8).span.bytes) { _ in } }
        #expect(try decode(Double.self, "0.\(digits)") == 0.11111111111111111)
        #expect(try decode(Double.self, "0.\(String(repeating: "0", count: 1_000_000))1") == 0)
        let many = Array(repeating: "100000000000000000000", count: 50000).joined(separator: ",")
        #expect(try decode([Double].self, "[\(many)]").count == 50000)
    }

    @Test func `length is limited`() {
        var limits = JSONLimits()
        limits.documentBytes = 5
        let parser = JSONParser(limits: limits)
        defer { withExtendedLifetime(parser) {} }
        #expect(throws: Never.self) { try parser.parse("[123]") }
        #expect(throws: JSONError(.tooLong)) { try parser.parse("[1234]") }
    }

    @Test func `a small document gives back what a large one took`() throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let large = Array(#"["\#(String(repeating: "x", count: parser.limits.retainedBytes))"]"#.utf8)
        _ = try parser.parse(large)
        #expect(parser.capacity > parser.limits.retainedBytes)
        _ = try parser.parse("[1]")
        #expect(parser.capacity <= parser.limits.retainedBytes)
        parser.release()
        #expect(parser.capacity == 0)
        #expect(try parser.parse("[2]").decode([Int].self) == [2])
    }

    @Test func `a parser goes on after a refusal`() throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        #expect(throws: JSONError(.invalidSyntax)) { try parser.parse("[1,") }
        #expect(throws: JSONError(.invalidSyntax)) { try parser.parse("") }
        #expect(try parser.parse("[1]").decode([Int].self) == [1])
    }

    @Test func `every length of a string is read whole`() throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        for count in 0..<300 {
            let string = String(repeating: "é", count: count)
            #expect(try parser.parse("\"\(string)\"").string == string)
        }
    }

    @Test func `a cursor that outlived its document traps`() async {
        await #expect(processExitsWith: .failure) {
            let parser = JSONParser()
            defer { withExtendedLifetime(parser) {} }
        defer { withExtendedLifetime(parser) {} }
            let cursor = try parser.parse("[1]")
            _ = try parser.parse("[1]")
            _ = cursor.kind
        }
    }
}
