import EngineIOProtocol
import SIOBytes
import Testing

@Suite struct EnginePacketTests {
    @Test(arguments: zip(EnginePacketType.allCases, "0123456".utf8))
    func `each type has its digit`(type: EnginePacketType, digit: UInt8) {
        #expect(type.digit == digit)
        #expect(EnginePacketType(digit: digit) == type)
    }

    @Test(arguments: ["7", "8", "9", "/", "b", " ", "\u{0}", "a"])
    func `nothing else is a type`(character: String) {
        #expect(EnginePacketType(digit: utf8(character)[0]) == nil)
        #expect(throws: EnginePacketError.unknownType(utf8(character)[0])) {
            try EnginePacket.type(ofText: utf8(character + "x").span.bytes)
        }
    }

    @Test func `a text of no bytes is no packet`() {
        #expect(throws: EnginePacketError.empty) { try EnginePacket.type(ofText: [UInt8]().span.bytes) }
        #expect(EnginePacketError.empty.disconnectReason == .parseError)
    }

    @Test func `a packet is written as its digit and its data`() throws {
        var buffer = ByteBuffer()
        EnginePacket.append(.message, utf8("hello").span.bytes, to: &buffer)
        #expect(buffer.array == utf8("4hello"))
        #expect(try EnginePacket.type(ofText: buffer.bytes) == .message)
    }
}
