import SIOBytes
import Testing

@Suite struct ApartTests {
    @Test func `without a value it takes a word`() {
        #expect(MemoryLayout<Apart<(Int, Int, Int, Int)>>.size == MemoryLayout<Int>.size)
        let nothing = Apart<[Int]>()
        #expect(nothing.value == nil)
        #expect(nothing.read { $0.count } == nil)
    }

    @Test func `a value is changed where it is, and given up`() {
        var numbers = Apart([1])
        #expect(numbers.change { $0.append(2) } != nil)
        #expect(numbers.read { $0.count } == 2)
        #expect(numbers.value == [1, 2])
        numbers.clear()
        #expect(numbers.value == nil)
        #expect(numbers.change { $0.append(3) } == nil)
    }

    @Test func `a copy is another value`() {
        var one = Apart([1])
        let other = one
        one.change { $0.append(2) }
        #expect(other.value == [1])
        one.clear()
        #expect(other.value == [1])
    }
}
