import SIOBytes
import Testing

@testable import SIOHTTP

@Suite struct CharactersTests {
    @Test func `a token has the bytes of RFC 9110 §5_6_2`() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max { #expect(byte.isTokenCharacter == tokens.contains(byte)) }
    }

    @Test(arguments: 0...24)
    func `each byte of a field's value is looked at, wherever it stands`(place: Int) {
        for other in [0x20, 0x7E, 0x09, 0x80, 0xFF] as [UInt8] {
            for byte in UInt8.min...UInt8.max {
                var value = [UInt8](repeating: other, count: 25)
                value[place] = byte
                let isValid = value.rawSpan.isFieldValue
                #expect(isValid == (byte == 0x09 || byte >= 0x20 && byte != 0x7F))
            }
        }
    }

    @Test func `nothing may be a field's value`() {
        let nothing: [UInt8] = []
        let isValid = nothing.rawSpan.isFieldValue
        #expect(isValid)
    }

    @Test(arguments: [
        ("", "", true), ("Host", "hOST", true), ("Sec-WebSocket-Key", "sec-websocket-key", true), ("a", "b", false),
        ("Sec-WebSocket-Key", "Sec-WebSocket-Kez", false), ("[", "{", false), ("@", "`", false), ("a", "ab", false),
    ])
    func `only the case of letters is ignored`(one: String, other: String, same: Bool) {
        let (there, back) = (one.rawSpan.equalsIgnoringCase(other), other.rawSpan.equalsIgnoringCase(one))
        #expect(there == same && back == same)
    }
}
