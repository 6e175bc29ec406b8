import SIOBytes
import Testing

@Suite struct RawSpanBytesTests {
    private func index(of byte: UInt8, in bytes: [UInt8], from start: Int = 0) -> Int? {
        bytes.span.bytes.firstIndex(of: byte, from: start)
    }

    @Test func `a byte is found wherever it lies, and only behind the start`() {
        for count in 0..<40 {
            for place in 0..<count {
                var bytes = [UInt8](repeating: 0x0B, count: count)
                bytes[place] = 0x0A
                for start in 0...count {
                    #expect(index(of: 0x0A, in: bytes, from: start) == (start <= place ? place : nil))
                }
            }
        }
    }

    @Test func `the first of several is found`() {
        let bytes: [UInt8] = [9, 9, 9, 9, 9, 1, 0, 1, 0, 1, 9, 9, 9, 9, 1, 9, 1, 9]
        #expect(index(of: 1, in: bytes) == 5)
        #expect(index(of: 0, in: bytes) == 6)
        #expect(index(of: 1, in: bytes, from: 10) == 14)
        #expect(index(of: 5, in: bytes) == nil)
        #expect(index(of: 5, in: []) == nil)
    }

    // The trick with the difference of words must not see a byte that only resembles the one it looks for.
    @Test func `no byte is taken for another`() {
        for wanted in UInt8.min...UInt8.max {
            let bytes = (UInt8.min...UInt8.max).map { $0 }
            #expect(index(of: wanted, in: bytes) == Int(wanted))
            let others = bytes.filter { $0 != wanted }
            #expect(index(of: wanted, in: others) == nil)
        }
    }

    @Test func `a span equals a text of the same bytes only`() {
        func equal(_ bytes: [UInt8], _ text: StaticString) -> Bool { bytes.span.bytes.equals(text) }
        let bytes = Array("polling".utf8)
        #expect(equal(bytes, "polling"))
        #expect(!equal(bytes, "Polling"))
        #expect(!equal(bytes, "pollin"))
        #expect(!equal(bytes, "pollings"))
        #expect(equal([], ""))
    }

    @Test func `a span is copied as bytes and as text`() {
        #expect([UInt8]([1, 2, 3]).span.bytes.array == [1, 2, 3])
        #expect(Array("é漢".utf8).span.bytes.string == "é漢")
        #expect([UInt8]([0x61, 0xFF, 0x62]).span.bytes.string == "a\u{FFFD}b")
    }

    @Test func `a byte outside the span is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2]
            _ = bytes.span.bytes[2]
        }
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2]
            _ = bytes.span.bytes[-1]
        }
    }

    // Words are compared, of which the last two overlap, below eight bytes two halves, and below four single bytes.
    @Test(arguments: 0...40)
    func `the same bytes are the same, and have one hash; with one other byte, or one more, they are others`(count: Int)
    {
        func hash(_ bytes: [UInt8]) -> UInt64 { bytes.span.bytes.hash }
        func areSame(_ bytes: [UInt8], _ others: [UInt8]) -> Bool {
            bytes.span.bytes.hasSameBytes(as: others.span.bytes)
        }
        let bytes = (0..<count).map { UInt8($0) }
        let same = bytes.map { $0 }
        #expect(areSame(bytes, same) && hash(bytes) == hash(same))
        let longer = bytes + [0]
        #expect(!areSame(bytes, longer) && !areSame(longer, bytes) && hash(bytes) != hash(longer))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!areSame(bytes, other) && hash(bytes) != hash(other))
        }
    }

    @Test func `the highest bits of hashes spread names that are much alike`() {
        let names = (0..<1000).flatMap { ["e\($0)", "room:\($0):message", "\($0)/changed"] }
        let found = Set(names.map { unsafe $0.utf8Span.span.bytes.hash >> 48 })
        // Of 65,536 values, 3000 that are chosen by chance are some 2930 different ones.
        #expect(found.count > 2800)
    }
}
