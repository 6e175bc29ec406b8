import EngineIOProtocol
import SIOBytes
import Testing

@Suite struct EngineHandshakeTests {
    private let full = EngineHandshake(
        sid: "S", upgrades: [.websocket], pingInterval: .seconds(25), pingTimeout: .seconds(20), maxPayload: 1_000_000)
    private let text =
        #"{"sid":"S","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#

    @Test func `the handshake is written as the reference does`() {
        var buffer = ByteBuffer()
        full.append(to: &buffer)
        #expect(buffer.bytes.string == text)
    }

    @Test func `the handshake comes back`() throws {
        #expect(try EngineHandshake(utf8(text).span.bytes) == full)
        let odd = EngineHandshake(
            sid: "a\"\\\u{1}€😀", upgrades: [], pingInterval: .milliseconds(1), pingTimeout: .milliseconds(2),
            maxPayload: nil)
        var buffer = ByteBuffer()
        odd.append(to: &buffer)
        #expect(try EngineHandshake(buffer.bytes) == odd)
    }

    private static let times = #""pingInterval":1,"pingTimeout":2"#

    @Test(arguments: [
        #" { "sid" : "S" , "upgrades" : [ ] , "pingInterval" : 1 , "pingTimeout" : 2 } "#,
        #"{"pingTimeout":2.0,"pingInterval":1.5,"sid":"S"}"#,
        #"{"x":{"a":[1,{"b":"]}"}],"c":null},"y":[true,false],"z":-1.5,"sid":"S",\#(times)}"#,
        #"{"sid":"x","sid":"\u0053",\#(times)}"#,
        #"{"sid":"S","upgrades":["webtransport"],\#(times),"maxPayload":0}"#,
    ])
    func `other spellings of a handshake are understood`(text: String) throws {
        let handshake = try EngineHandshake(utf8(text).span.bytes)
        #expect(
            handshake
                == EngineHandshake(
                    sid: "S", upgrades: [], pingInterval: .milliseconds(1), pingTimeout: .milliseconds(2),
                    maxPayload: nil))
    }

    @Test func `escapes in an id are resolved`() throws {
        let text = #"{"sid":"\"\\\/\b\f\n\r\t\ud83d\ude00\ud800x",\#(Self.times)}"#
        #expect(try EngineHandshake(utf8(text).span.bytes).sid == "\"\\/\u{8}\u{C}\n\r\t😀\u{FFFD}x")
    }

    @Test(arguments: [
        "", "{", "[]", "{}x", "null", "abc", #"{"sid":"S""#, #"{"sid":"S",}"#, #"{"sid":"S"} x"#, #"{sid:"S"}"#,
        #"{"sid":"S","pingInterval":1e3,"pingTimeout":2}"#, #"{"sid":"S","pingInterval":99999999999999999999}"#,
        #"{"sid":"S\"#, #"{"sid":"\x"}"#, #"{"sid":"\u12"}"#, "{\"sid\":\"\n\"}", #"{"a":[["#, #"{"a":nul}"#,
        #"{"a":1.}"#, #"{"a":-}"#, #"{"a" 1}"#, #"{"a":["x""#,
    ])
    func `what is no JSON object is malformed`(text: String) {
        #expect(throws: EngineHandshakeError.malformed) { try EngineHandshake(utf8(text).span.bytes) }
    }

    @Test func `an id must be UTF-8`() {
        let text = utf8(#"{"sid":""#) + [0xFF] + utf8("\"}")
        #expect(throws: EngineHandshakeError.malformed) { try EngineHandshake(text.span.bytes) }
    }

    @Test(arguments: [
        ("sid", "{\(times)}"), ("sid", #"{"sid":1,\#(times)}"#), ("sid", #"{"sid":"",\#(times)}"#),
        ("upgrades", #"{"sid":"S","upgrades":[1],\#(times)}"#),
        ("upgrades", #"{"sid":"S","upgrades":"websocket",\#(times)}"#),
        ("pingInterval", #"{"sid":"S","pingTimeout":2}"#),
        ("pingInterval", #"{"sid":"S","pingInterval":0,"pingTimeout":2}"#),
        ("pingInterval", #"{"sid":"S","pingInterval":-5,"pingTimeout":2}"#),
        ("pingInterval", #"{"sid":"S","pingInterval":2147483648,"pingTimeout":2}"#),
        ("pingTimeout", #"{"sid":"S","pingInterval":2147483647,"pingTimeout":"2"}"#),
        ("maxPayload", #"{"sid":"S",\#(times),"maxPayload":"1"}"#),
    ])
    func `each key has its type and its range`(key: String, text: String) {
        #expect(throws: EngineHandshakeError.invalid(key: key)) { try EngineHandshake(utf8(text).span.bytes) }
    }

    @Test func `a handshake may be as long as the limit, and not one byte more`() throws {
        var limits = EngineLimits()
        limits.handshakeBytes = text.utf8.count
        #expect(try EngineHandshake(utf8(text).span.bytes, limits: limits) == full)
        limits.handshakeBytes -= 1
        #expect(throws: EngineHandshakeError.tooLong) { try EngineHandshake(utf8(text).span.bytes, limits: limits) }
    }

    @Test func `an id may be as long as the limit, and not one byte more`() throws {
        var limits = EngineLimits()
        limits.sessionIDBytes = 3
        #expect(try EngineHandshake(utf8(#"{"sid":"abc",\#(Self.times)}"#).span.bytes, limits: limits).sid == "abc")
        #expect(throws: EngineHandshakeError.invalid(key: "sid")) {
            try EngineHandshake(utf8(#"{"sid":"abcd",\#(Self.times)}"#).span.bytes, limits: limits)
        }
    }

    @Test func `a handshake may be as deep as the limit, and not deeper`() throws {
        var limits = EngineLimits()
        limits.handshakeDepth = 3
        #expect(
            try EngineHandshake(utf8(#"{"a":[{}],"sid":"S",\#(Self.times)}"#).span.bytes, limits: limits).sid == "S")
        #expect(throws: EngineHandshakeError.malformed) {
            try EngineHandshake(utf8(#"{"a":[{"b":[]}],"sid":"S",\#(Self.times)}"#).span.bytes, limits: limits)
        }
    }
}
