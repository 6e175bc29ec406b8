import Testing

@testable import SIONet

@Suite struct RandomPoolTests {
    @Test func `no number comes twice, also when new ones are fetched`() {
        var pool = RandomPool()
        let count = RandomPool.size * 2 + 1
        let numbers = Set((0..<count).map { _ in pool.next() })
        #expect(numbers.count == count)
        #expect(!numbers.contains(0))
    }

    @Test func `every bit is set about half of the time`() {
        var pool = RandomPool()
        var counts = [Int](repeating: 0, count: 64)
        for _ in 0..<RandomPool.size * 8 {
            let number = pool.next()
            for bit in 0..<64 where number >> bit & 1 == 1 { counts[bit] += 1 }
        }
        // 2048 of 4096 each: ten standard deviations are 320.
        #expect(counts.allSatisfy { (1728...2368).contains($0) })
    }

    @Test func `what was handed out is erased`() {
        var pool = RandomPool()
        let number = pool.next()
        var kept = ""
        dump(pool, to: &kept)
        #expect(kept.contains("512 elements") && !kept.contains("\(number)"))
    }

    @Test func `two pools have different numbers`() {
        var (one, other) = (RandomPool(), RandomPool())
        #expect(one.next() != other.next())
    }
}
