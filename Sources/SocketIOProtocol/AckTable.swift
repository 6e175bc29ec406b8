/// The acknowledgements that one socket waits for.
///
/// Finding one costs O(1), registering and expiring O(log n). A deadline that was met is dropped when it reaches the
/// front, or when such deadlines are the majority.
package struct AckTable<Value> {
    package typealias Instant = ContinuousClock.Instant

    fileprivate struct Entry {
        var value: Value
        var deadline: Instant?
    }

    private var entries: [UInt64: Entry] = [:]
    /// A binary heap, the earliest in front; some are no more.
    private var queue: [AckDeadline] = []
    private var nextID: UInt64

    /// An empty table.
    ///
    /// - Parameter firstID: The first id to be given.
    package init(firstID: UInt64 = 0) {
        nextID = firstID
    }

    /// The number of acknowledgements that are waited for.
    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// When ``expire(now:)`` wants to be called; nil if nothing can expire.
    @inline(__always)
    package var deadline: Instant? { queue.isEmpty ? nil : queue[0].deadline }

    /// Begins to wait.
    ///
    /// - Parameters:
    ///   - value: What to hand back with the answer.
    ///   - deadline: When to give up; nil: never.
    /// - Returns: The id to send.
    package mutating func register(_ value: Value, deadline: Instant? = nil) -> UInt64 {
        repeat {
            let id = nextID
            nextID = id < PacketLimits.largestID ? id + 1 : 0
            if entries[id] == nil {
                insert(value, id: id, deadline: deadline)
                return id
            }
        } while true
    }

    /// Begins to wait for an id that was given elsewhere, as a broadcast shares one among its sockets.
    ///
    /// - Parameters:
    ///   - value: What to hand back with the answer.
    ///   - id: An id that nobody waits for.
    ///   - deadline: When to give up; nil: never.
    package mutating func insert(_ value: Value, id: UInt64, deadline: Instant? = nil) {
        let before = entries.updateValue(Entry(value: value, deadline: deadline), forKey: id)
        precondition(before == nil, "an acknowledgement id used twice")
        if let deadline { push(AckDeadline(deadline: deadline, id: id)) }
    }

    /// Ends the wait for an id, because the answer came or nobody wants it any more.
    ///
    /// - Returns: What was registered; nil if nothing was (a peer may send any id).
    package mutating func take(_ id: UInt64) -> Value? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        if entry.deadline != nil { prune() }
        return entry.value
    }

    /// Ends the waits whose time is over.
    ///
    /// - Returns: What was registered, the earliest deadline first.
    package mutating func expire(now: Instant) -> [Value] {
        var expired: [Value] = []
        while let due = queue.first, due.deadline <= now {
            pop()
            if isAlive(due), let entry = entries.removeValue(forKey: due.id) { expired.append(entry.value) }
        }
        prune()
        return expired
    }

    /// Ends all waits, because the socket is gone.
    ///
    /// Ids go on from where they were.
    ///
    /// - Returns: What was registered, in the order of ids.
    package mutating func removeAll() -> [Value] {
        // Almost always. And no key path: one of a generic type is made anew in each call, for microseconds.
        if entries.isEmpty, queue.isEmpty { return [] }
        let values = entries.sorted { $0.key < $1.key }.map { $0.value.value }
        entries = [:]
        queue = []
        return values
    }

    // MARK: The queue

    private func isAlive(_ due: AckDeadline) -> Bool { entries[due.id]?.deadline == due.deadline }

    /// Drops what is no more from the front, and everywhere if that is more than half.
    private mutating func prune() {
        if queue.count > 32, queue.count > entries.count * 2 {
            let old = queue
            queue = []
            for due in old where isAlive(due) { push(due) }
        }
        while let due = queue.first, !isAlive(due) { pop() }
    }

    private mutating func push(_ due: AckDeadline) {
        queue.append(due)
        var child = queue.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard queue[child].isBefore(queue[parent]) else { return }
            queue.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() {
        let last = queue.removeLast()
        guard !queue.isEmpty else { return }
        queue[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < queue.count {
                if queue[child].isBefore(queue[least]) { least = child }
            }
            guard least != parent else { return }
            queue.swapAt(parent, least)
            parent = least
        }
    }
}

/// When a wait ends; a type apart, because one within a generic type is made anew for each of its types.
private struct AckDeadline: Sendable {
    var deadline: ContinuousClock.Instant
    var id: UInt64

    func isBefore(_ other: AckDeadline) -> Bool { (deadline, id) < (other.deadline, other.id) }
}

extension AckTable: Sendable where Value: Sendable {}
extension AckTable.Entry: Sendable where Value: Sendable {}
