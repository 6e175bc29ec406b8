import SIOBytes
import SIOCrypto
import Testing

@Suite struct SHA1Tests {
    private func digest(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        let digest = SHA1.digest(of: bytes.span.bytes)
        return digest.indices.map { String([digits[Int(digest[$0] >> 4)], digits[Int(digest[$0] & 15)]]) }.joined()
    }

    /// RFC 3174 §7.3: a text, how often it is repeated, and its digest.
    static let vectors = [
        ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        (
            "0123456701234567012345670123456701234567012345670123456701234567", 10,
            "dea356a2cddd90c7a7ecedc5ebb563934f460452"
        ),
    ]

    @Test(arguments: vectors)
    func `the vectors of RFC 3174 hold`(text: String, count: Int, expected: String) {
        #expect(digest(Array(String(repeating: text, count: count).utf8)) == expected)
    }

    @Test func `nothing has a digest too`() {
        #expect(digest([]) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }

    @Test func `the opening handshake of RFC 6455 comes out`() {
        let bytes = Array("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
        var text = ByteBuffer()
        Base64.encode(SHA1.digest(of: bytes.span.bytes).span.bytes, into: &text)
        #expect(text.bytes.string == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func `a part of an array is digested without the rest`() {
        let bytes = Array("xabcx".utf8)
        let part = SHA1.digest(of: bytes.span.bytes.extracting(1..<4))
        let whole = SHA1.digest(of: Array("abc".utf8).span.bytes)
        #expect(part.span.bytes.array == whole.span.bytes.array)
    }

    @Test(arguments: 0...7)
    func `two pieces have the digest of the whole`(cut: Int) {
        let bytes = Array("a piece".utf8)
        let whole = SHA1.digest(of: bytes.span.bytes)
        let pieces = SHA1.digest(of: bytes.span.bytes.extracting(..<cut), bytes.span.bytes.extracting(cut...))
        #expect(pieces.span.bytes.array == whole.span.bytes.array)
    }
}
