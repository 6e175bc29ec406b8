import EngineIOProtocol
import SIOBytes
import SocketIOTesting
import Testing

@Suite struct PacketQueueTests {
    private func queue(_ texts: String...) -> PacketQueue {
        var queue = PacketQueue()
        for text in texts { queue.append(.message, utf8(text).span.bytes) }
        return queue
    }

    @Test func `all packets leave as one payload`() {
        var queue = queue("a", "b")
        queue.append(binary: ([1, 2, 3] as [UInt8]).span.bytes)
        queue.append(.noop)
        #expect(queue.count == 4)
        #expect(queue.byteCount == 13)
        #expect(queue.takeAll() == utf8("4a\u{1E}4b\u{1E}bAQID\u{1E}6"))
        #expect(queue.isEmpty)
        #expect(queue.byteCount == 0)
    }

    @Test func `packets leave one by one as WebSocket messages`() {
        var queue = queue("a\u{1E}4x")
        queue.append(binary: ([255] as [UInt8]).span.bytes)
        queue.append(.ping)
        #expect(queue.popFirst() == .text(utf8("4a\u{1E}4x")))
        #expect(queue.popFirst() == .binary([255]))
        #expect(queue.popFirst() == .text(utf8("2")))
        #expect(queue.popFirst() == nil)
    }

    @Test(arguments: [(1, "4a"), (4, "4a"), (5, "4a\u{1E}4b"), (7, "4a\u{1E}4b"), (8, "4a\u{1E}4b\u{1E}4c")])
    func `a part of the packets leaves as a payload of the size that is allowed`(limit: Int, payload: String) {
        var queue = queue("a", "b", "c")
        #expect(queue.take(upTo: limit) == utf8(payload))
        let rest = queue.takeAll()
        #expect(utf8(payload) + (rest.isEmpty ? [] : [0x1E] + rest) == utf8("4a\u{1E}4b\u{1E}4c"))
    }

    @Test func `a packet that is too large leaves alone`() {
        var queue = queue("abcdef", "b")
        #expect(queue.take(upTo: 3) == utf8("4abcdef"))
        #expect(queue.take(upTo: 3) == utf8("4b"))
        #expect(queue.take(upTo: 3) == [])
    }

    @Test func `whatever way they leave, packets keep their order`() {
        var generator = SeededGenerator(seed: 1)
        var queue = PacketQueue()
        var next = 0
        var expected = 0
        for _ in 0..<20_000 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...3:
                queue.append(.message, utf8("\(next)").span.bytes)
                next += 1
            case 4, 5:
                guard case .text(let bytes)? = queue.popFirst() else { continue }
                #expect(bytes == utf8("4\(expected)"))
                expected += 1
            case 6:
                let limit = Int.random(in: 1..<40, using: &generator)
                let payload = queue.take(upTo: limit)
                for packet in payload.split(separator: 0x1E) {
                    #expect(Array(packet) == utf8("4\(expected)"))
                    expected += 1
                }
            default:
                if next % 50 == 0 { queue.removeAll(); expected = next }
            }
            #expect(queue.count == next - expected)
        }
    }
}
