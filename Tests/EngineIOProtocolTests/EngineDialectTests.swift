import EngineIOProtocol
import SIOBytes
import Testing

@Suite struct EngineDialectTests {
    @Test(
        arguments: [
            (.v4, false, false, []),
            (.v4, true, false, .base64),
            // The fourth version knows no scripts.
            (.v4, false, true, []),
            (.v3, false, false, .version3),
            (.v3, true, false, [.version3, .base64]),
            (.v3, false, true, [.version3, .jsonp, .base64]),
        ] as [(EngineProtocolVersion, Bool, Bool, EngineDialect)])
    func `a dialect is made of a version and the queries`(
        version: EngineProtocolVersion, b64: Bool, j: Bool, dialect: EngineDialect
    ) {
        #expect(EngineDialect(version, b64: b64, j: j) == dialect)
        #expect(dialect.version == version && dialect.isVersion3 == (version == .v3))
        #expect(dialect.isPlain == (dialect == []))
    }

    @Test(
        arguments: [
            ([], [1, 2, 3], false),
            (.version3, [4, 1, 2, 3], false),
            (.base64, utf8("bAQID"), true),
            ([.version3, .base64], utf8("b4AQID"), true),
        ] as [(EngineDialect, [UInt8], Bool)])
    func `a binary message on a WebSocket`(dialect: EngineDialect, bytes: [UInt8], isText: Bool) {
        var buffer = ByteBuffer()
        #expect(dialect.append(binaryMessage: ([1, 2, 3] as [UInt8]).span.bytes, to: &buffer) == isText)
        #expect(buffer.array == bytes)
    }

    @Test(
        arguments: [
            ([0, 2, 255, 52, 97], true), ([1, 2, 255, 4, 97], true), (utf8("2:4a"), false), (utf8("0:"), false),
            ([], false),
        ] as [([UInt8], Bool)])
    func `a payload tells by its first byte whether it is binary`(payload: [UInt8], isBinary: Bool) {
        #expect(EngineDialect.isBinary(payload: payload) == isBinary)
    }

    @Test func `a session keeps it in one byte`() {
        #expect(MemoryLayout<EngineDialect>.size == 1)
    }
}
