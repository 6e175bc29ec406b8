import Testing

@testable import EngineIOProtocol

@Suite struct PendingActionsTests {
    /// The elements as texts, taken one after the other.
    private func taken(_ pending: PendingActions) -> [String] {
        var pending = pending
        var texts: [String] = []
        while let first = pending.first {
            texts.append("\(first)")
            pending.removeFirst()
        }
        return texts
    }

    @Test(arguments: 0...4)
    func `what is to be done is done in order, however much it is`(count: Int) {
        var pending = PendingActions.none
        for number in 0..<count { pending.append(.action(.writeText([UInt8(number)]))) }
        #expect(taken(pending) == (0..<count).map { "\(PendingActions.Element.action(.writeText([UInt8($0)])))" })
    }

    @Test(arguments: 1...4)
    func `another element takes the first one's place, and no other's`(count: Int) {
        var pending = PendingActions.none
        for number in 0..<count { pending.append(.action(.writeText([UInt8(number)]))) }
        pending.replaceFirst(by: .drainQueue)
        let rest = (1..<count).map { "\(PendingActions.Element.action(.writeText([UInt8($0)])))" }
        #expect(taken(pending) == ["drainQueue"] + rest)
    }

    @Test func `where nothing is to be done nothing is taken or replaced`() {
        var pending = PendingActions.none
        pending.removeFirst()
        pending.replaceFirst(by: .drainQueue)
        #expect(pending.first == nil)
    }
}
