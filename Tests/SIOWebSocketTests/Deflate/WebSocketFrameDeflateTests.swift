import SIOBytes
import SIOWebSocket
import Testing

@Suite struct `Frames of compressed messages` {
    @Test(arguments: roles, [0, 125, 126, 65_535, 65_536])
    func `a frame has RSV1 and is another in nothing else`(role: WebSocketRole, size: Int) {
        let key = role == .server ? nil : WebSocketMaskingKey(1, 2, 3, 4)
        let payload = [UInt8](repeating: 7, count: size)
        var plain = ByteBuffer()
        var compressed = ByteBuffer()
        plain.append("before")
        compressed.append("before")
        plain.consume(3)
        compressed.consume(3)
        WebSocketFrame.append(.binary, payload: payload.span.bytes, maskingKey: key, to: &plain)
        WebSocketFrame.append(compressed: .binary, payload: payload.span.bytes, maskingKey: key, to: &compressed)
        var expected = plain.array
        #expect(expected[3] == 0x82)
        expected[3] = 0xC2
        #expect(compressed.array == expected)
    }

    @Test(arguments: [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)])
    func `a frame's payload is found again`(size: Int, start: Int) {
        let frame = WebSocketFrame.bytes(.text, payload: [UInt8](repeating: 7, count: size).span.bytes)
        let parts = WebSocketFrame.parts(of: frame.span.bytes)
        #expect(parts.opcode == .text && parts.start == start)
    }

    @Test func `a compressed control frame is the caller's mistake`() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            WebSocketFrame.append(compressed: .ping, payload: [UInt8(1)].span.bytes, to: &buffer)
        }
    }
}
