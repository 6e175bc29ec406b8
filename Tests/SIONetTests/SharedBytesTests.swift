import SIOBytes
import Testing

@testable import SIONet

@Suite struct `Bytes that many connections write` {
    @Test func `the compressed form is made once`() {
        let shared = SharedBytes(of: [1, 2, 3])
        let first = shared.compressed { [4] }
        #expect(first?.span.array == [4])
        #expect(shared.compressed { [5] } === first)
    }

    @Test func `that it is no use is found out once`() {
        let shared = SharedBytes(of: [1, 2, 3])
        #expect(shared.compressed { nil } == nil)
        #expect(shared.compressed { [5] } == nil)
    }
}
