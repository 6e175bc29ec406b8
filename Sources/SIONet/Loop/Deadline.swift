/// Somebody who waits for a moment.
package protocol DeadlineOwner: AnyObject {
    /// The deadline came. It is no longer set; set it again for the next one.
    func deadlineReached(now: ContinuousClock.Instant)
}

/// One thing's next moment, kept in its loop's ``DeadlineQueue``.
///
/// Moving the moment later costs nothing but a store: the entry is found early by the queue, and put where it belongs.
package final class Deadline {
    package typealias Instant = ContinuousClock.Instant

    /// Who waits: held while the deadline is set, and only then.
    fileprivate var owner: (any DeadlineOwner)?
    /// When the owner wants to be called; nil when it does not.
    fileprivate(set) var instant: Instant?
    /// The slot the entry lies in, and its neighbours there.
    fileprivate var slot: Int?
    fileprivate unowned(unsafe) var previous: Deadline?
    fileprivate var next: Deadline?

    package init() {}

    /// Takes the owner of a deadline that was found due; nil if it was moved or cleared since.
    package func fire(now: Instant) -> (any DeadlineOwner)? {
        guard slot == nil, let instant, instant <= now, let owner else { return nil }
        self.instant = nil
        self.owner = nil
        return owner
    }
}

/// All deadlines of a loop: a wheel of slots, each a linked list.
///
/// Setting, moving and clearing cost O(1), whatever the number of entries; the loop needs one timer for all of them.
/// A deadline is never early, and late by at most one ``tick``.
package struct DeadlineQueue {
    package typealias Instant = ContinuousClock.Instant

    /// The width of a slot.
    package static let tick: Duration = .milliseconds(8)
    private static let slotCount = 1024

    private let epoch: Instant
    private var slots = [Deadline?](repeating: nil, count: slotCount)
    /// The first tick that was not looked at yet.
    private var cursor = 0
    /// No slot with an entry is looked at before this tick.
    private var earliest = 0
    package private(set) var count = 0

    package init(now: Instant) {
        epoch = now
    }

    /// Sets or moves the deadline; nil clears it.
    package mutating func set(_ deadline: Deadline, of owner: any DeadlineOwner, to instant: Instant?) {
        deadline.instant = instant
        deadline.owner = instant == nil ? nil : owner
        guard let instant else { return remove(deadline) }
        let tick = max(tickNumber(after: instant), cursor)
        if let slot = deadline.slot {
            // An entry that is met too early is put on; only an earlier moment must move it now.
            if ticksAhead(ofSlot: slot) <= tick - cursor { return }
            remove(deadline)
        }
        insert(deadline, slot: tick % Self.slotCount)
    }

    /// When to look next: nil when there is nothing to wait for.
    ///
    /// Asking again costs nothing while the answer is the same.
    package mutating func next() -> Instant? {
        guard count > 0 else { return nil }
        for tick in max(cursor, earliest)..<cursor + Self.slotCount where slots[tick % Self.slotCount] != nil {
            earliest = tick
            return epoch + Self.tick * tick
        }
        return nil
    }

    /// Takes out everything that is due, and puts on what was met too early.
    ///
    /// - Returns: What is to be fired, one after the other: firing one may move or clear another.
    package mutating func takeDue(now: Instant) -> [Deadline] {
        let last = tickNumber(before: now)
        guard last >= cursor else { return [] }
        var due: [Deadline] = []
        var early: [(Deadline, any DeadlineOwner)] = []
        let first = max(cursor, last - Self.slotCount + 1)
        for tick in first...last {
            var entry = slots[tick % Self.slotCount]
            while let deadline = entry {
                entry = deadline.next
                remove(deadline)
                guard let instant = deadline.instant, let owner = deadline.owner else { continue }
                if instant > now {
                    early.append((deadline, owner))
                } else {
                    due.append(deadline)
                }
            }
        }
        cursor = last + 1
        for (deadline, owner) in early { set(deadline, of: owner, to: deadline.instant) }
        return due
    }

    /// Clears all deadlines.
    package mutating func removeAll() {
        for slot in slots.indices {
            while let deadline = slots[slot] {
                remove(deadline)
                deadline.instant = nil
                deadline.owner = nil
            }
        }
    }

    // MARK: The wheel

    private func ticksAhead(ofSlot slot: Int) -> Int {
        (slot - cursor % Self.slotCount + Self.slotCount) % Self.slotCount
    }

    /// The first tick at or after the instant.
    private func tickNumber(after instant: Instant) -> Int {
        let milliseconds = (instant - epoch).wholeMilliseconds(.up)
        return (milliseconds + 7) / 8
    }

    /// The last tick at or before the instant.
    private func tickNumber(before instant: Instant) -> Int {
        (instant - epoch).wholeMilliseconds(.down) / 8
    }

    private mutating func insert(_ deadline: Deadline, slot: Int) {
        let head = slots[slot]
        deadline.slot = slot
        deadline.previous = nil
        deadline.next = head
        head?.previous = deadline
        slots[slot] = deadline
        count += 1
        earliest = min(earliest, cursor + ticksAhead(ofSlot: slot))
    }

    private mutating func remove(_ deadline: Deadline) {
        guard let slot = deadline.slot else { return }
        let next = deadline.next
        next?.previous = deadline.previous
        if let previous = deadline.previous { previous.next = next } else { slots[slot] = next }
        deadline.slot = nil
        deadline.previous = nil
        deadline.next = nil
        count -= 1
    }
}

extension Duration {
    /// The duration in milliseconds, a part of one rounded as asked; never negative, and never above 30,000 years.
    package func wholeMilliseconds(_ rounding: FloatingPointRoundingRule) -> Int {
        let (seconds, attoseconds) = min(self, .seconds(1_000_000_000_000)).components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let part = attoseconds / 1_000_000_000_000_000
        let rest = attoseconds % 1_000_000_000_000_000
        return Int(seconds) * 1000 + Int(part) + (rest > 0 && rounding == .up ? 1 : 0)
    }
}
