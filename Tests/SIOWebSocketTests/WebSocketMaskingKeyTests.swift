import SIOBytes
import Testing

@testable import SIOWebSocket

@Test(arguments: 0...16) func `masking agrees with masking byte by byte`(alignment: Int) {
    let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    for length in 0...100 {
        let plain = (0..<alignment + length + 9).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 5) }
        var masked = plain
        var expected = plain
        for index in 0..<length { expected[alignment + index] ^= key[index % 4] }
        var span = masked.mutableSpan
        var bytes = span.mutableBytes
        let isASCII = WebSocketMaskingKey(0x37, 0xFA, 0x21, 0x3D).apply(to: &bytes, in: alignment..<alignment + length)
        #expect(masked == expected)
        #expect(isASCII == expected[alignment..<alignment + length].allSatisfy { $0 < 0x80 })
    }
}

@Test func `one byte beyond ASCII is seen wherever it is`() {
    for length in 0...100 {
        for position in 0..<length {
            var text = [UInt8](repeating: 0x41, count: length)
            text[position] = 0x80
            var span = text.mutableSpan
            var bytes = span.mutableBytes
            #expect(!WebSocketMaskingKey(0, 0, 0, 0).apply(to: &bytes, in: 0..<length))
            #expect(WebSocketMaskingKey(0, 0, 0, 0).apply(to: &bytes, in: 0..<position))
        }
    }
}

@Test func `a key comes from the generator`() {
    var numbers = Numbers()
    var same = Numbers()
    #expect(WebSocketMaskingKey(using: &numbers) == WebSocketMaskingKey(using: &same))
    #expect(WebSocketMaskingKey(using: &numbers) != WebSocketMaskingKey(using: &numbers))
}
