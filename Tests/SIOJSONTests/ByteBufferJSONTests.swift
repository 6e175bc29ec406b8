import SIOBytes
import SIOJSON
import Testing

@Suite struct ByteBufferJSONTests {
    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1, "1"), (-1, "-1"), (0.5, "0.5"), (-0.5, "-0.5"), (0.1, "0.1"), (1.5e-7, "1.5e-7"),
        (1e-6, "0.000001"), (1e-7, "1e-7"), (0.000123, "0.000123"), (123.456, "123.456"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"), (1.5e21, "1.5e+21"), (123_456_789_012_345_683_968, "123456789012345680000"),
        (9_007_199_254_740_991, "9007199254740991"), (9_007_199_254_740_992, "9007199254740992"),
        (-0x1p53, "-9007199254740992"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"), (1e16, "10000000000000000"),
        (12345678.9, "12345678.9"), (0.30000000000000004, "0.30000000000000004"), (100, "100"), (1e2, "100"),
        (4.35, "4.35"), (1e-5, "0.00001"), (-1.5e-9, "-1.5e-9"), (123e-20, "1.23e-18"),
    ])
    func `doubles are written as JavaScript writes them`(number: Double, text: String) throws {
        #expect(try encode(number) == text)
        #expect(try decode(Double.self, text) == number)
    }

    @Test func `random doubles come back as they were`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20000 {
            let number = Double(bitPattern: generator.next())
            guard number.isFinite else { continue }
            #expect(try decode(Double.self, encode(number)) == number)
        }
    }

    @Test func `floats have the digits of a float`() throws {
        #expect(try encode([0.1, 1.5, 16_777_216] as [Float]) == "[0.1,1.5,16777216]")
        #expect(try encode(3.4028235e38 as Float) == "3.4028235e+38")
        #expect(try decode(Float.self, "0.1") == 0.1)
        #expect(throws: DecodingError.self) { try decode(Float.self, "1e39") }
    }

    @Test func `integers keep all digits`() throws {
        #expect(try encode(Int64.min) == "-9223372036854775808")
        #expect(try encode(UInt64.max) == "18446744073709551615")
        #expect(try encode(Int128.min) == "\(Int128.min)")
        #expect(try encode([Int8.min, 0, .max]) == "[-128,0,127]")
        #expect(try encode([0, 7, -10, 1_000_000]) == "[0,7,-10,1000000]")
    }

    @Test(arguments: [
        ("", #""""#), ("a\"b", #""a\"b""#), ("\\", #""\\""#), ("/", #""/""#), ("\n\r\t\u{8}\u{C}", #""\n\r\t\b\f""#),
        ("\u{0}\u{1}\u{1F}", #""\u0000\u0001\u001f""#), ("\u{7F}é\u{2028}😀", "\"\u{7F}é\u{2028}😀\""),
        ("0123456789\"0123456789", #""0123456789\"0123456789""#), ("1234567\\", #""1234567\\""#),
        ("éééééééééééé\"", #""éééééééééééé\"""#), ("\"\"\"\"\"\"\"\"\"", #""\"\"\"\"\"\"\"\"\"""#),
    ])
    func `strings have only the escapes they need`(string: String, text: String) throws {
        #expect(try encode(string) == text)
        #expect(try decode(String.self, text) == string)
    }

    @Test func `each byte at each place is escaped or not`() throws {
        for scalar in 0..<0x180 {
            guard let scalar = Unicode.Scalar(scalar) else { continue }
            for place in 0..<41 {
                let string =
                    String(repeating: "x", count: place) + String(scalar) + String(repeating: "y", count: 40 - place)
                #expect(try decode(String.self, encode(string)) == string)
            }
        }
    }

    /// Around what is looked at together: sixteen bytes, and sixty-four.
    @Test func `what is escaped is seen at each place of each length, and nothing else is`() throws {
        for length in 0..<150 {
            let plain = [UInt8](repeating: UInt8(ascii: "x"), count: length)
            func written(_ bytes: [UInt8]) -> [UInt8] {
                var buffer = ByteBuffer()
                buffer.appendJSON(string: bytes.span.bytes, behind: UInt8(ascii: ","))
                return buffer.array
            }
            #expect(written(plain) == Array(",\"".utf8) + plain + [UInt8(ascii: "\"")])
            for place in 0..<length {
                for (byte, escape) in [(0x22, #"\""#), (0x5C, #"\\"#), (0x1F, #"\u001f"#), (0x21, "!")]
                    as [(UInt8, String)]
                {
                    var text = plain
                    text[place] = byte
                    let expected = ",\"" + String(repeating: "x", count: place) + escape
                    let rest = String(repeating: "x", count: length - place - 1) + "\""
                    if written(text) != Array((expected + rest).utf8) {
                        Issue.record("\(byte) at \(place) of \(length)")
                    }
                }
            }
        }
    }

    @Test func `strings of bytes that look alike are escaped where one by one is`() throws {
        // Neighbours of what is escaped, behind what is: where a look at eight bytes at once would go wrong.
        let alphabet: [UInt8] = [0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x00, 0x01, 0x7F, 0x78]
        var seed: UInt64 = 1
        for round in 0..<3000 {
            let bytes = (0..<round % 75).map { _ in
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(seed >> 33) % alphabet.count]
            }
            var expected = "\""
            for byte in bytes {
                switch byte {
                case 0x22: expected += #"\""#
                case 0x5C: expected += #"\\"#
                case 0x1F: expected += #"\u001f"#
                case 0x00: expected += #"\u0000"#
                case 0x01: expected += #"\u0001"#
                default: expected.unicodeScalars.append(Unicode.Scalar(byte))
                }
            }
            #expect(try encode(String(decoding: bytes, as: UTF8.self)) == expected + "\"")
        }
    }
}
