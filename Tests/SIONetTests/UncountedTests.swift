import SIONet
import Testing

@Suite struct UncountedTests {
    private final class Object {
        var value = 7
    }

    private struct Failure: Error {}

    @Test func `it leads to its object, and keeps it not alive`() {
        var object: Object? = Object()
        weak let watched = object
        guard let uncounted = object.map({ Uncounted($0) }) else { return }
        #expect(uncounted.object === object)
        #expect(uncounted.use { $0.value } == 7)
        uncounted.use { $0.value = 8 }
        #expect(object?.value == 8)
        object = nil
        #expect(watched == nil)
    }

    @Test func `what is taken from it is counted, and may outlive the first owner`() {
        var object: Object? = Object()
        weak let watched = object
        let taken = object.map { Uncounted($0).object }
        object = nil
        #expect(watched != nil && taken?.value == 7)
        withExtendedLifetime(taken) {}
    }

    @Test func `what the body throws is thrown`() {
        let object = Object()
        #expect(throws: Failure.self) { try Uncounted(object).use { _ in throw Failure() } }
        withExtendedLifetime(object) {}
    }
}
