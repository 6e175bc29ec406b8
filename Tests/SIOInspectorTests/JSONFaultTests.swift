import SIOJSON
import Testing

@testable import SIOInspector

@Suite struct `Where a text stops being JSON` {
    @Test(arguments: [
        ("", 0, "a value"), ("[", 1, "a value"), ("{", 1, "a name in quotes"), ("{\"a\"}", 4, "a colon"),
        ("{\"a\":}", 5, "a value"), ("{\"a\":1,}", 7, "a name in quotes"), ("[1}", 2, "a comma or ]"),
        ("{\"a\":1]", 6, "a comma or }"), ("[1] x", 4, "nothing more"), ("\"abc", 4, "a closing quote"),
        ("\"a\\x\"", 3, "an escape"), ("\"\\u12g4\"", 5, "four hexadecimal digits"),
        ("\"a\u{1}\"", 2, "no control character"),
        ("-", 1, "a digit"), ("1.", 2, "a digit"), ("1e+", 3, "a digit"), ("01", 1, "no digit behind a zero"),
        ("nul", 3, "null"), ("[truE]", 4, "true"), ("[1 2]", 3, "a comma or ]"), ("  [ 1 , , ]", 8, "a value"),
    ])
    func `is found`(text: String, offset: Int, expected: String) {
        let fault = JSONFault(in: Array(text.utf8))
        #expect(fault?.offset == offset && fault?.expected == expected)
    }

    @Test func `is found exactly where the parser finds fault`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("[]{}:,\"\\ truefalsn01-.eEu".utf8)
        let seed = Array("{\"a\":[1,-2.5e3,null,true,false,\"x\\u00e9\\n\"],\"b\":{}}".utf8)
        for round in 0..<50_000 {
            var text = seed
            if round.isMultiple(of: 2) {
                text = (0..<Int.random(in: 0..<8, using: &generator)).compactMap { _ in
                    alphabet.randomElement(using: &generator)
                }
            } else if let byte = alphabet.randomElement(using: &generator) {
                text[Int.random(in: text.indices, using: &generator)] = byte
            }
            let isValid = (try? RawJSON(validating: text)) != nil
            #expect((JSONFault(in: text) == nil) == isValid, "\(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test func `is found however deep it is`() {
        #expect(JSONFault(in: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))?.offset == 1_000_000)
    }
}
