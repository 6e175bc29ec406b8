import SIOBytes
import Testing

@Test func `bytes come out in the order they went in`() {
    var buffer = ByteBuffer()
    buffer.append("abc")
    buffer.consume(1)
    buffer.append([1, 2])
    #expect(buffer.array == [98, 99, 1, 2])
    #expect(buffer.bytes.array == [98, 99, 1, 2])
}
