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
        var one = ByteBuffer()
        var whole = ByteBuffer()
        var span = ByteBuffer()
        var string = ByteBuffer()
        for byte in bytes { one.append(byte) }
        whole.append(bytes)
        span.append(ByteBuffer(bytes).bytes)
        string.append(text)
        var literal = ByteBuffer()
        literal.append("a é 漢 🦊" as StaticString)
        let all = [one.array, whole.array, span.array, string.array, literal.array]
        #expect(all.allSatisfy { $0 == bytes })
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

    @Test(arguments: [0, 9, 10, 1 << 53, .max] as [UInt64])
    func `numbers without a sign are appended in decimal`(number: UInt64) {
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

    @Test func `bytes that were handed over do not see what happens to the buffer`() {
        let bytes: [UInt8] = [1, 2]
        var buffer = ByteBuffer(bytes)
        let copy = buffer.array
        buffer.withMutableBytes { $0.storeBytes(of: 9, toByteOffset: 0, as: UInt8.self) }
        #expect(bytes == [1, 2] && copy == [1, 2] && buffer.array == [9, 2])
    }

    @Test func `two buffers change places, and each has its own memory`() {
        var one = ByteBuffer([1])
        var other = ByteBuffer([2, 3])
        swap(&one, &other)
        one.append(4)
        other = ByteBuffer()
        #expect(one.array == [2, 3, 4] && other.array == [])
    }

    @Test func `taking hands over what is unread and leaves nothing`() {
        var buffer = ByteBuffer([1, 2, 3])
        buffer.consume(1)
        #expect(buffer.take() == [2, 3])
        #expect(buffer.isEmpty && buffer.capacity == 0)
    }

    @Test func `removing all may keep the storage`() {
        var buffer = ByteBuffer()
        buffer.reserve(1000)
        buffer.append([1, 2])
        buffer.removeAll(keepingCapacity: true)
        #expect(buffer.isEmpty && buffer.capacity >= 1000)
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

    // MARK: The front

    /// Where the unread bytes lie.
    private func address(of buffer: inout ByteBuffer) -> Int {
        buffer.withMutableBytes { unsafe $0.withUnsafeMutableBytes { Int(bitPattern: $0.baseAddress) } }
    }

    @Test func `room in front is used without a move`() {
        var buffer = ByteBuffer([9, 9, 9])
        buffer.restart(roomInFront: 4, expecting: 100)
        #expect(buffer.isEmpty && buffer.array == [])
        buffer.append([5, 6])
        let start = address(of: &buffer)
        buffer.prepend(([3, 4] as [UInt8]).span.bytes)
        #expect(address(of: &buffer) == start - 2)
        buffer.prepend(([1, 2] as [UInt8]).span.bytes)
        #expect(address(of: &buffer) == start - 4)
        #expect(buffer.array == [1, 2, 3, 4, 5, 6] && buffer.count == 6)
        // Now there is none left.
        buffer.prepend(([0] as [UInt8]).span.bytes)
        #expect(buffer.array == [0, 1, 2, 3, 4, 5, 6])
        buffer.append(7)
        #expect(buffer.array == [0, 1, 2, 3, 4, 5, 6, 7])
    }

    @Test(arguments: 0...4, 0...4)
    func `without room in front what is unread is moved`(consumed: Int, length: Int) {
        var buffer = ByteBuffer([1, 2, 3, 4, 5])
        buffer.consume(consumed)
        let bytes = [UInt8](repeating: 7, count: length)
        buffer.prepend(bytes.span.bytes)
        #expect(buffer.array == bytes + [1, 2, 3, 4, 5].dropFirst(consumed))
        buffer.append(9)
        buffer.consume(length)
        #expect(buffer.array == Array([1, 2, 3, 4, 5].dropFirst(consumed)) + [9])
        var empty = ByteBuffer()
        empty.prepend(bytes.span.bytes)
        #expect(empty.array == bytes)
    }

    @Test(arguments: [0, 3, 8, 14], 1...8)
    func `a word's bytes are put in front, lowest first, whether or not there is room`(room: Int, count: Int) {
        var buffer = ByteBuffer()
        buffer.restart(roomInFront: room, expecting: 100)
        buffer.append([9, 10, 11])
        let word: UInt64 = 0x0807_0605_0403_0201 & (UInt64.max >> UInt64(64 - 8 * count))
        for round in 1...3 {
            buffer.prepend(word, count: count)
            let front = (0..<round).flatMap { _ in (1...count).map { UInt8($0) } }
            #expect(buffer.array == front + [9, 10, 11])
        }
    }

    @Test(arguments: [(0, 0), (4, 0), (0, 16), (4, 16), (14, 1024)])
    func `a buffer that outgrew what was expected is whole, its room used up or not`(room: Int, expected: Int) {
        var buffer = ByteBuffer()
        for round in 0..<200 {
            buffer.restart(roomInFront: room, expecting: expected)
            // Beyond what was expected, so that the storage grows, or takes back what lies in front.
            let payload = (0..<round * 37 % 3000).map { UInt8(truncatingIfNeeded: $0) }
            for byte in payload { buffer.append(byte) }
            #expect(buffer.array == payload)
            let front = [UInt8](repeating: UInt8(round), count: room)
            buffer.prepend(front.span.bytes)
            #expect(buffer.array == front + payload)
        }
    }

    @Test func `to begin anew again and again costs no more memory than a few times what is expected`() {
        var buffer = ByteBuffer()
        for round in 0..<10_000 {
            buffer.restart(roomInFront: 14, expecting: 100)
            buffer.append([UInt8](repeating: UInt8(truncatingIfNeeded: round), count: round % 100))
            buffer.prepend(([1, 2] as [UInt8]).span.bytes)
            #expect(buffer.count == 2 + round % 100)
        }
        #expect(buffer.capacity <= 114 * 16)
    }

    @Test func `the room in front outlives growth, so that what is put there moves nothing`() {
        var buffer = ByteBuffer()
        buffer.restart(roomInFront: 14, expecting: 0)
        buffer.append([1])
        buffer.append([UInt8](repeating: 2, count: 100_000))
        func place() -> Int {
            buffer.withMutableBytes { unsafe $0.withUnsafeMutableBytes { Int(bitPattern: $0.baseAddress) } }
        }
        let start = place()
        buffer.prepend(([7, 8] as [UInt8]).span.bytes)
        buffer.prepend(0x0201, count: 2)
        #expect(place() == start - 4)
        #expect(buffer.array.prefix(6) == [1, 2, 7, 8, 1, 2] && buffer.count == 100_005)
    }

    @Test func `truncating takes back what came last, and nothing of what lies in front`() async {
        var buffer = ByteBuffer()
        buffer.restart(roomInFront: 2, expecting: 100)
        buffer.append([1, 2, 3])
        buffer.truncate(to: 4)
        buffer.truncate(to: 3)
        #expect(buffer.array == [1, 2, 3])
        buffer.truncate(to: 1)
        #expect(buffer.array == [1])
        buffer.truncate(to: 0)
        #expect(buffer.isEmpty && buffer.array == [])
        buffer.append(4)
        buffer.prepend(([8, 9] as [UInt8]).span.bytes)
        #expect(buffer.array == [8, 9, 4])
        buffer.consume(1)
        buffer.truncate(to: 1)
        #expect(buffer.array == [9])
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer([1, 2])
            buffer.consume(1)
            buffer.truncate(to: -1)
        }
    }

    @Test func `random writing and reading agrees with an array`() {
        var generator = SeededGenerator(seed: 7)
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        func random() -> [UInt8] {
            (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        for _ in 0..<20_000 {
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<9:
                let bytes = random()
                buffer.append(bytes)
                model += bytes
            case 9..<16:
                let count = Int.random(in: 0...min(50, model.count), using: &generator)
                buffer.consume(count)
                model.removeFirst(count)
            case 16, 17:
                let bytes = random()
                buffer.prepend(bytes.span.bytes)
                model = bytes + model
            case 18:
                let count = Int.random(in: 0...model.count + 5, using: &generator)
                buffer.truncate(to: count)
                model = Array(model.prefix(count))
            default:
                buffer.restart(
                    roomInFront: Int.random(in: 0...20, using: &generator),
                    expecting: Int.random(in: 0...50, using: &generator))
                model = []
            }
            #expect(buffer.count == model.count)
            if buffer.array != model || buffer.bytes.array != model {
                Issue.record("the buffer holds something else")
                return
            }
        }
    }
}
