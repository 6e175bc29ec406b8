import SIOBytes
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 §10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    private func encode(_ bytes: [UInt8]) -> String {
        var buffer = ByteBuffer()
        Base64.encode(bytes.span.bytes, into: &buffer)
        #expect(buffer.count == Base64.encodedCount(bytes.count))
        return buffer.bytes.string
    }

    private func decode(_ text: String) -> [UInt8]? {
        Base64.decode(Array(text.utf8).span.bytes)
    }

    @Test(arguments: vectors)
    func `the vectors of RFC 4648 hold both ways`(plain: String, text: String) {
        #expect(encode(Array(plain.utf8)) == text)
        #expect(Base64.text(of: plain.utf8Span.span.bytes) == text)
        #expect(decode(text) == Array(plain.utf8))
    }

    @Test(arguments: vectors)
    func `missing padding is accepted`(plain: String, text: String) {
        #expect(decode(text.filter { $0 != "=" }) == Array(plain.utf8))
    }

    @Test func `every character of the alphabet stands for its value`() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        var bytes: [UInt8] = []
        for first in stride(from: 0, to: 64, by: 4) {
            let group = first << 18 | (first + 1) << 12 | (first + 2) << 6 | (first + 3)
            bytes += [UInt8(group >> 16), UInt8(group >> 8 & 0xFF), UInt8(group & 0xFF)]
        }
        #expect(encode(bytes) == alphabet)
        #expect(decode(alphabet) == bytes)
    }

    @Test(arguments: [
        "A", "Zm9vY", "=", "==", "===", "====", "A===", "Zg=", "Zm8==", "Z=g=", "=Zg=", "Zg==Zg==", "Zm=v", "Zm9v=",
        "Zm9v====", "Zm9-", "Zm9_", "Zm9v\n", "Zm 9v", " Zm9v", "Zm9\u{0}", "Zm9é", "Zg=\u{0}", "!!!!",
    ])
    func `what is no base64 is refused`(text: String) {
        #expect(decode(text) == nil)
    }

    @Test func `only the alphabet is in the alphabet`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect((Base64.decode([0x41, byte, 0x41, 0x41].span.bytes) != nil) == alphabet.contains(byte))
            #expect(Base64.areCharacters([byte].span.bytes) == alphabet.contains(byte))
        }
    }

    @Test func `bytes of every length come back`() {
        var generator = SeededGenerator(seed: 3)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(decode(encode(bytes)) == bytes)
        }
    }

    @Test func `text goes behind what the buffer holds`() {
        var buffer = ByteBuffer()
        buffer.append("b")
        Base64.encode([UInt8]([1, 2, 3]).span.bytes, into: &buffer)
        #expect(buffer.bytes.string == "bAQID")
    }
}
