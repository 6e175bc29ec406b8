import Testing

@testable import SocketIOProtocol

@Suite struct RetryQueueTests {
    @Test func `one is on its way at a time, and the order is kept`() {
        var queue = RetryQueue<Int>(limit: 10)
        #expect(queue.enqueue(1, retries: 0) == 1)
        #expect(queue.enqueue(2, retries: 0) == nil)
        #expect(queue.enqueue(3, retries: 0) == nil)
        #expect(queue.settled() == 2)
        #expect(queue.settled() == 3)
        #expect(queue.settled() == nil && queue.count == 0)
        #expect(queue.settled() == nil)
        #expect(queue.enqueue(4, retries: 0) == 4)
    }

    @Test(arguments: [0, 1, 3]) func `one that is not answered is sent again so often, and then the next`(retries: Int)
    {
        var queue = RetryQueue<Int>(limit: 10)
        _ = queue.enqueue(1, retries: retries)
        _ = queue.enqueue(2, retries: 0)
        for _ in 0..<retries {
            guard case .again(1) = queue.timedOut() else { Issue.record("not again"); return }
        }
        guard case .failed(1, next: 2) = queue.timedOut() else { Issue.record("not failed"); return }
        guard case .failed(2, next: nil) = queue.timedOut() else { Issue.record("not failed"); return }
        if queue.timedOut() != nil { Issue.record("something is on its way") }
    }

    @Test func `only so many wait`() {
        var queue = RetryQueue<Int>(limit: 2)
        _ = queue.enqueue(1, retries: -5)
        #expect(!queue.isFull)
        _ = queue.enqueue(2, retries: 0)
        #expect(queue.isFull)
        _ = queue.settled()
        #expect(!queue.isFull)
    }

    @Test func `one that waits can be taken out, and one on its way cannot`() {
        var queue = RetryQueue<Int>(limit: 10)
        for item in 1...3 { _ = queue.enqueue(item, retries: 0) }
        #expect(queue.removeWaiting { $0 == 1 } == nil)
        #expect(queue.removeWaiting { $0 == 2 } == 2)
        #expect(queue.settled() == 3)
        #expect(queue.removeAll() == [3] && queue.removeAll().isEmpty)
    }

    @Test func `a queue that never empties keeps no memory of what is gone`() {
        var queue = RetryQueue<Int>(limit: 3)
        _ = queue.enqueue(0, retries: 0)
        for item in 1...10_000 {
            _ = queue.enqueue(item, retries: 0)
            #expect(queue.settled() == item)
        }
        #expect(queue.removeAll() == [10_000])
    }
}
