import SIOBytes

/// What is sent one after the other, each until it is answered or was tried often enough: so the order is kept.
///
/// A machine without clock: the caller sends what it is told to, and says what became of it.
package struct RetryQueue<Item> {
    /// What to do when the one that is on its way was not answered in time.
    package enum Verdict {
        /// Send it again.
        case again(Item)
        /// It was tried often enough; send the next, if there is one.
        case failed(Item, next: Item?)
    }

    /// The first is on its way.
    private var entries = Queue<(item: Item, retries: Int)>()
    /// The most that wait, the one on its way among them.
    private let limit: Int

    package init(limit: Int) {
        self.limit = limit
    }

    package var count: Int { entries.count }
    package var isFull: Bool { count >= limit }

    /// Takes an item in, behind all others; the queue must not be full.
    ///
    /// - Parameters:
    ///   - item: What is to be sent.
    ///   - retries: How often it may be sent again.
    /// - Returns: The item, if it is to be sent now.
    package mutating func enqueue(_ item: Item, retries: Int) -> Item? {
        precondition(!isFull, "a queue that is full takes nothing")
        entries.append((item, max(0, retries)))
        return count == 1 ? item : nil
    }

    /// What is on its way was answered, or is not to be sent any more.
    ///
    /// - Returns: The item that follows it, to be sent now.
    package mutating func settled() -> Item? {
        _ = entries.popFirst()
        return count > 0 ? entries[0].item : nil
    }

    /// What is on its way was not answered in time; nil if nothing is.
    package mutating func timedOut() -> Verdict? {
        guard count > 0 else { return nil }
        let item = entries[0].item
        guard entries[0].retries > 0 else { return .failed(item, next: settled()) }
        entries[0].retries -= 1
        return .again(item)
    }

    /// Takes out one that waits behind the one on its way; nil if there is none such.
    package mutating func removeWaiting(where isIt: (Item) -> Bool) -> Item? {
        guard let place = (0..<count).dropFirst().first(where: { isIt(entries[$0].item) }) else { return nil }
        return entries.remove(at: place).item
    }

    /// Takes everything out, in order.
    package mutating func removeAll() -> [Item] {
        entries.removeAll().map(\.item)
    }
}
