import CLibUV
import Testing

@testable import SIONet

@Suite struct OutboundQueueTests {
    /// What is appended and taken in random steps, beside an array of the same bytes.
    @Test(arguments: 0..<40)
    func `bytes leave in the order in which they came, however they are cut`(seed: Int) {
        var state = UInt64(seed) &+ 1
        func random(_ range: Range<Int>) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int(state >> 33) % range.count
        }
        var pool = BlockPool()
        var queue = OutboundQueue()
        var expected: [UInt8] = []
        var next: UInt8 = 0
        func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in
                next &+= 1
                return next
            }
        }
        for _ in 0..<300 {
            switch random(0..<8) {
            case 0, 1:
                let some = bytes(random(1..<600))
                some.withUnsafeBytes { queue.append($0, pool: &pool) }
                expected += some
            case 2, 3:
                // Small ones are gathered, or are all there is; large ones stay where they are.
                let some = bytes(random(0..<4) == 0 ? 5000 : 100)
                queue.append(SharedBytes(some.span.bytes), pool: &pool)
                expected += some
            case 4: queue.seal()
            default:
                guard !queue.isEmpty else { continue }
                var seen: [UInt8] = []
                queue.withBuffers { buffers in
                    for buffer in buffers { seen += UnsafeRawBufferPointer(start: buffer.base, count: buffer.len) }
                }
                #expect(seen == Array(expected.prefix(seen.count)))
                let taken = random(1..<seen.count + 1)
                queue.consume(taken, pool: &pool)
                expected.removeFirst(taken)
            }
            #expect(queue.count == expected.count)
        }
        queue.removeAll(pool: &pool)
        pool.deallocate()
    }
}
