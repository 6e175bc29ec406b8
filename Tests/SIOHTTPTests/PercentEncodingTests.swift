import SIOBytes
import Testing

@testable import SIOHTTP

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("", "", true), ("plain", "plain", true), ("%41%2f%2F", "A//", true), ("a+b", "a+b", true),
        ("%", "%", false), ("%4", "%4", false), ("%4g", "%4g", false), ("%%41", "%A", false), ("%41%", "A%", false),
    ])
    func `two digits behind a percent sign are a byte, and one without them stands for itself`(
        text: String, decoded: String, isWellFormed: Bool
    ) {
        let result = PercentEncoding.decode(text.rawSpan)
        #expect(String(decoding: result.bytes, as: UTF8.self) == decoded)
        #expect(result.isWellFormed == isWellFormed)
    }

    @Test func `in a query a plus is a space, an encoded one is not`() {
        #expect(PercentEncoding.decode("a+b%2B".rawSpan, plusIsSpace: true).bytes == Array("a b+".utf8))
    }

    @Test func `each byte comes back, and only those that are kept stay as they are`() {
        for byte in UInt8.min...127 {
            let text = String(decoding: [byte], as: UTF8.self)
            let encoded = PercentEncoding.encode(text) { $0.isUnreserved }
            #expect(encoded.utf8.count == (byte.isUnreserved ? 1 : 3))
            #expect(PercentEncoding.decode(encoded.rawSpan).bytes == [byte])
        }
        #expect(PercentEncoding.encode("a-._~ ü/") { $0.isUnreserved } == "a-._~%20%C3%BC%2F")
    }
}
