import SIOBytes
import Testing

@Suite struct RandomIDTests {
    @Test func `an id has twenty characters of the URL-safe alphabet`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var generator = SeededGenerator(seed: 1)
        var used: Set<Character> = []
        for _ in 0..<1000 {
            let id = RandomID.make(using: &generator)
            #expect(id.utf8.count == 20)
            #expect(alphabet.isSuperset(of: id))
            used.formUnion(id)
        }
        #expect(used == alphabet)
    }

    @Test func `the same numbers make the same id, other numbers another`() {
        var (one, same, other) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1), SeededGenerator(seed: 2))
        let id = RandomID.make(using: &one)
        #expect(id == RandomID.make(using: &same))
        #expect(id != RandomID.make(using: &other))
        #expect(id != RandomID.make(using: &one))
    }

    @Test func `ids do not repeat`() {
        var generator = SeededGenerator(seed: 9)
        let ids = Set((0..<10_000).map { _ in RandomID.make(using: &generator) })
        #expect(ids.count == 10_000)
    }

    /// A generator of zeros but for one bit of one number.
    private struct OneBit: RandomNumberGenerator {
        var calls = 0
        let bit: Int

        mutating func next() -> UInt64 {
            defer { calls += 1 }
            return calls == bit / 60 ? 1 << UInt64(bit % 60) : 0
        }
    }

    @Test func `each of 120 bits makes a difference`() {
        let ids = (0..<120).map { bit in
            var generator = OneBit(bit: bit)
            return RandomID.make(using: &generator)
        }
        #expect(Set(ids).count == 120)
        #expect(!ids.contains(String(repeating: "A", count: 20)))
    }
}
