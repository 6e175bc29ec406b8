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
    package var next: Instant? {
        guard count > 0 else { return nil }
        for ahead in 0..<Self.slotCount where slots[(cursor + ahead) % Self.slotCount] != nil {
            return epoch + Self.tick * (cursor + ahead)
        }
        return nil
    }

    /// Takes out everything that is due, and puts on what was met too early.
    package mutating func takeDue(now: Instant) -> [any DeadlineOwner] {
        let last = tickNumber(before: now)
        guard last >= cursor else { return [] }
        var due: [any DeadlineOwner] = []
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
                    deadline.instant = nil
                    deadline.owner = nil
                    due.append(owner)
                }
            }
        }
        cursor = last + 1
        for (deadline, owner) in early { set(deadline, of: owner, to: deadline.instant) }
        return due
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
    /// The duration in milliseconds, a part of one rounded as asked; never negative.
    package func wholeMilliseconds(_ rounding: FloatingPointRoundingRule) -> Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let whole = Int(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue)
        let part = attoseconds / 1_000_000_000_000_000
        let rest = attoseconds % 1_000_000_000_000_000
        return whole + Int(part) + (rest > 0 && rounding == .up ? 1 : 0)
    }
}
