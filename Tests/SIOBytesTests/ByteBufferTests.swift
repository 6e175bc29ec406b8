import SIOBytes
import Testing

@Suite struct ByteBufferTests {
    @Test func `bytes come out in the order they went in`() {
        var buffer = ByteBuffer()
        buffer.append("abc")
        buffer.consume(1)
        buffer.append([1, 2])
        #expect(buffer.array == [98, 99, 1, 2])
        #expect(buffer.bytes.array == [98, 99, 1, 2])
    }

    @Test func `every kind of append adds the same bytes`() {
        let text = "a é 漢 🦊"
        let bytes = Array(text.utf8)
        var (one, whole, span, string) = (ByteBuffer(), ByteBuffer(), ByteBuffer(), ByteBuffer())
        for byte in bytes { one.append(byte) }
        whole.append(bytes)
        span.append(ByteBuffer(bytes).bytes)
        string.append(text)
        var literal = ByteBuffer()
        literal.append("a é 漢 🦊" as StaticString)
        for buffer in [one, whole, span, string, literal] { #expect(buffer.array == bytes) }
    }

    @Test(arguments: [("", ""), ("=", "="), ("é", "é")] as [(StaticString, String)])
    func `a literal of any length is appended`(literal: StaticString, text: String) {
        var buffer = ByteBuffer()
        buffer.append(literal)
        #expect(buffer.array == Array(text.utf8))
    }

    @Test(arguments: [0, 7, 10, 12345, -1, Int.max, Int.min])
    func `numbers are appended in decimal`(number: Int) {
        var buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(buffer.array == Array("\(number)".utf8))
    }

    @Test func `a new buffer is empty, and so is one that was consumed`() {
        var buffer = ByteBuffer()
        #expect(buffer.isEmpty && buffer.count == 0 && buffer.array == [])
        buffer.append([1, 2, 3])
        #expect(!buffer.isEmpty && buffer.count == 3)
        buffer.consume(3)
        #expect(buffer.isEmpty && buffer.count == 0 && buffer.bytes.byteCount == 0)
    }

    @Test func `consuming nothing is allowed, consuming too much is not`() async {
        var buffer = ByteBuffer([1])
        buffer.consume(0)
        #expect(buffer.array == [1])
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer([1])
            buffer.consume(2)
        }
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer([1])
            buffer.consume(-1)
        }
    }

    @Test func `bytes are changed in place, the unread ones only`() {
        var buffer = ByteBuffer([1, 2, 3, 4])
        buffer.consume(2)
        let count = buffer.withMutableBytes { bytes in
            bytes.storeBytes(of: 9, toByteOffset: 0, as: UInt8.self)
            return bytes.byteCount
        }
        #expect(count == 2)
        #expect(buffer.array == [9, 4])
    }

    @Test func `a copy does not see what happens to the original`() {
        var buffer = ByteBuffer([1, 2])
        let copy = buffer
        buffer.withMutableBytes { $0.storeBytes(of: 9, toByteOffset: 0, as: UInt8.self) }
        buffer.consume(1)
        #expect(copy.array == [1, 2])
        #expect(buffer.array == [2])
    }

    @Test func `taking hands over what is unread and leaves nothing`() {
        var buffer = ByteBuffer([1, 2, 3])
        buffer.consume(1)
        #expect(buffer.take() == [2, 3])
        #expect(buffer.isEmpty)
        #expect(buffer.capacity == 0)
    }

    @Test func `removing all may keep the storage`() {
        var buffer = ByteBuffer()
        buffer.reserve(1000)
        buffer.append([1, 2])
        buffer.removeAll(keepingCapacity: true)
        #expect(buffer.isEmpty)
        #expect(buffer.capacity >= 1000)
        buffer.removeAll(keepingCapacity: false)
        #expect(buffer.capacity == 0)
    }

    @Test func `reserved room is there`() {
        var buffer = ByteBuffer([1])
        buffer.reserve(500)
        let capacity = buffer.capacity
        #expect(capacity >= 501)
        buffer.append([UInt8](repeating: 0, count: 500))
        #expect(buffer.capacity == capacity)
    }

    enum Append: CaseIterable {
        case byte
        case array
        case span
        case string
        case literal
    }

    // A connection's buffer may never run empty: one message is always on its way.
    @Test(arguments: Append.allCases)
    func `a queue that never runs empty does not grow`(append: Append) {
        var buffer = ByteBuffer([1, 2])
        for _ in 0..<100_000 {
            switch append {
            case .byte: buffer.append(0x61)
            case .array: buffer.append([0x61])
            case .span: buffer.append([UInt8(0x61)].span.bytes)
            case .string: buffer.append(String("a"))
            case .literal: buffer.append("a" as StaticString)
            }
            buffer.consume(1)
        }
        #expect(buffer.array == [0x61, 0x61])
        #expect(buffer.capacity <= 256)
    }

    @Test func `what lies in front of a large rest is not moved for each look at it`() {
        var buffer = ByteBuffer([UInt8](repeating: 7, count: 200_000))
        let start = buffer.withMutableBytes { unsafe $0.withUnsafeMutableBytes { Int(bitPattern: $0.baseAddress) } }
        buffer.consume(10)
        let moved = buffer.withMutableBytes { unsafe $0.withUnsafeMutableBytes { Int(bitPattern: $0.baseAddress) } }
        #expect(moved == start + 10)
    }

    @Test func `random writing and reading agrees with an array`() {
        var generator = SeededGenerator(seed: 7)
        var (buffer, model) = (ByteBuffer(), [UInt8]())
        for _ in 0..<20_000 {
            if Bool.random(using: &generator) {
                let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                buffer.append(bytes)
                model += bytes
            } else {
                let count = Int.random(in: 0...min(50, model.count), using: &generator)
                buffer.consume(count)
                model.removeFirst(count)
            }
            #expect(buffer.count == model.count)
            if buffer.array != model || buffer.bytes.array != model {
                Issue.record("the buffer holds something else")
                return
            }
        }
    }
}
