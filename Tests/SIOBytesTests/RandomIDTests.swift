import SIOBytes
import Testing

@Suite struct RandomIDTests {
    @Test func `an id has twenty characters of the URL-safe alphabet`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var generator = SeededGenerator(seed: 1)
        var used: Set<Character> = []
        for _ in 0..<1000 {
            let id = RandomID(using: &generator).text
            #expect(id.utf8.count == 20)
            #expect(alphabet.isSuperset(of: id))
            used.formUnion(id)
        }
        #expect(used == alphabet)
    }

    @Test func `the same numbers make the same id, other numbers another`() {
        var (one, same, other) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1), SeededGenerator(seed: 2))
        let id = RandomID(using: &one).text
        #expect(id == RandomID(using: &same).text)
        #expect(id != RandomID(using: &other).text)
        #expect(id != RandomID(using: &one).text)
    }

    @Test func `ids do not repeat`() {
        var generator = SeededGenerator(seed: 9)
        let ids = Set((0..<10_000).map { _ in RandomID(using: &generator).text })
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
            return RandomID(using: &generator).text
        }
        #expect(Set(ids).count == 120)
        #expect(!ids.contains(String(repeating: "A", count: 20)))
    }

    @Test func `an id is the same from its characters`() throws {
        var generator = SeededGenerator(seed: 3)
        var ids: Set<RandomID> = []
        for _ in 0..<1000 {
            let id = RandomID(using: &generator)
            #expect(RandomID(id.text) == id)
            ids.insert(id)
        }
        #expect(ids.count == 1000)
    }

    @Test(arguments: [
        "", "AAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAA=", "+AAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAA/AAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAé", "AAAAAAAAAAAAAAAAAAé", "AAAAAAAAA@[`{:AAAAAA",
    ])
    func `what is no id is none`(_ text: String) {
        #expect(RandomID(text) == nil)
    }
}
