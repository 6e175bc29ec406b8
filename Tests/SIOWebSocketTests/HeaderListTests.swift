import SIOBytes
import Testing

@testable import SIOWebSocket

@Suite struct `Lists in headers` {
    @Test(
        arguments: [
            ("", [""]), ("a", ["a"]), (" a\t", ["a"]), ("a,b", ["a", "b"]), ("a , ,b", ["a", "", "b"]),
            (",", ["", ""]),
            ("a b, c", ["a b", "c"]), (" \t ", [""]),
        ] as [(String, [String])])
    func `elements stand between commas`(value: String, elements: [String]) {
        #expect(HeaderList.elements(of: value) == elements)
    }

    @Test func `a token is found in any case, and only whole`() {
        #expect(contains("upgrade", in: "keep-alive, UpGrade"))
        #expect(!contains("upgrade", in: "keep-alive, upgrades"))
        #expect(!contains("upgrade", in: "upgrad"))
        #expect(!contains("upgrade", in: ""))
        #expect(contains("upgrade", in: "\tupgrade "))
        #expect(contains("upgrade", in: ",,upgrade"))
        #expect(!contains("upgrade", in: "up grade"))
        // Setting a bit makes a lower-case letter of more than the upper-case ones.
        #expect(!"\u{01}".withUTF8Bytes { HeaderList.equals($0, "!") })
    }

    private func contains(_ token: StaticString, in list: String) -> Bool {
        list.withUTF8Bytes { HeaderList.contains(token, in: $0) }
    }

    @Test func `a token has the bytes of RFC 9110 §5_6_2`() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...0x7F {
            #expect(HeaderList.isToken(String(UnicodeScalar(byte))) == tokens.contains(byte))
        }
        #expect(!HeaderList.isToken("") && !HeaderList.isToken("é") && HeaderList.isToken("v10.stomp"))
    }
}
