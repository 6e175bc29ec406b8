import Testing

@testable import SIOBytes

@Suite struct QueueTests {
    @Test func `what comes first leaves first, however many wait`() {
        var queue = Queue<Int>()
        var next = 0
        for number in 0..<1000 {
            queue.append(number)
            if number % 3 == 0 {
                let first = queue.popFirst()
                #expect(first == next)
                next += 1
            }
            #expect(queue.count == number + 1 - next)
        }
        while let first = queue.popFirst() {
            #expect(first == next)
            next += 1
        }
        #expect(next == 1000 && queue.isEmpty)
    }

    @Test func `what was taken is not kept, and little memory is`() {
        final class Element {}
        var queue = Queue<Element>()
        weak var first: Element?
        for number in 0..<1000 {
            let element = Element()
            if number == 0 { first = element }
            queue.append(element)
        }
        _ = queue.popFirst()
        #expect(first == nil)
        // Places that are empty are given up when there are as many of them as of others.
        for _ in 0..<900 { _ = queue.popFirst() }
        #expect(queue.count == 99 && queue.storage.count < 200)
        while queue.popFirst() != nil {}
        #expect(queue.storage.capacity <= 64)
    }

    @Test func `places count from the first that waits`() {
        var queue = Queue<Int>()
        for number in 0..<10 { queue.append(number) }
        for _ in 0..<4 { _ = queue.popFirst() }
        #expect(queue[0] == 4 && queue[5] == 9)
        queue[0] = 40
        let removed = queue.remove(at: 2)
        #expect(removed == 6 && queue.count == 5)
        let all = queue.removeAll()
        #expect(all == [40, 5, 7, 8, 9])
        let none = queue.popFirst()
        #expect(queue.isEmpty && none == nil)
    }
}
