import Testing

@testable import WebSocket

@Suite struct `Messages that wait to be taken` {
    private func message(_ count: Int) -> WebSocketMessage { .binary([UInt8](repeating: 0, count: count)) }

    @Test func `come out in order, and leave nothing`() {
        var inbox = Inbox(limit: .max)
        let nothing = inbox.take()?.message
        #expect(nothing == nil)
        var taken = 0
        for number in 0..<1000 {
            let isFull = inbox.append(message(number))
            #expect(!isFull)
            if number % 3 == 0, let (next, reads) = inbox.take() {
                #expect(next.count == taken && !reads)
                taken += 1
            }
        }
        while let (next, _) = inbox.take() {
            #expect(next.count == taken)
            taken += 1
        }
        #expect(taken == 1000 && inbox.weight == 0 && inbox.isEmpty)
    }

    @Test func `stop the peer at the mark, once, and let it go on at half of it`() {
        var inbox = Inbox(limit: 4 * message(100).weight)
        let stops = (0..<5).map { _ in inbox.append(message(100)) }
        #expect(stops == [false, false, false, true, false])
        #expect(inbox.isHeld)
        let reads = (0..<4).map { _ in inbox.take()?.reads }
        #expect(reads == [false, false, true, false])
        #expect(!inbox.isHeld)
    }

    @Test func `count for something though they are empty`() {
        var inbox = Inbox(limit: 10 * message(0).weight)
        let stops = (0..<10).map { _ in inbox.append(.text("")) }
        #expect(stops == [Bool](repeating: false, count: 9) + [true])
    }
}
