package import SIOBytes

/// Somebody who waits for a moment.
package protocol DeadlineOwner: AnyObject {
    /// The deadline came. It is no longer set; set it again for the next one.
    func deadlineReached(now: ContinuousClock.Instant)
}

/// One thing's next moment, kept in its loop's ``DeadlineQueue``.
///
/// Moving the moment later costs nothing but a store: the entry is found early by the queue, and put where it belongs.
package final class Deadline {
    // The queue alone changes these, and whoever sets or fires one holds what might go with it: nobody is called meanwhile.
    package typealias Instant = ContinuousClock.Instant

    /// Who waits: held while the deadline is set, and only then.
    @exclusivity(unchecked) fileprivate var owner: (any DeadlineOwner)?
    /// When the owner wants to be called; nil when it does not.
    package var instant: Instant? { due?.instant }
    /// The same.
    package fileprivate(set) var due: Moment? {
        get { moment }
        set { moment = newValue }
    }
    // Behind a function: another module's own access would be checked.
    @exclusivity(unchecked) private var moment: Moment?
    /// Whether the owner wants to be called.
    package var isSet: Bool { due != nil }
    /// The slot the entry lies in, ``noSlot`` if it lies in none, and its neighbours there.
    @exclusivity(unchecked) fileprivate var slot = Deadline.noSlot
    @exclusivity(unchecked) fileprivate unowned(unsafe) var previous: Deadline?
    @exclusivity(unchecked) fileprivate var next: Deadline?

    fileprivate static let noSlot: Int32 = -1

    package init() {}

    /// Takes the owner of a deadline that was found due; nil if it was moved or cleared since.
    package func fire(now: Instant) -> (any DeadlineOwner)? {
        guard slot == Self.noSlot, let due, due <= Moment(now), let owner else {
            return nil
        }
        self.due = nil
        self.owner = nil
        return owner
    }
}

/// All deadlines of a loop: a wheel of slots, each a linked list.
///
/// Setting, moving and clearing cost O(1), whatever the number of entries; the loop needs one timer for all of them.
/// A deadline is never early, and late by at most one ``tick``.
package struct DeadlineQueue: ~Copyable {
    package typealias Instant = ContinuousClock.Instant

    /// The width of a slot.
    package static let tick: Duration = .milliseconds(tickMilliseconds)
    static let tickMilliseconds = 8
    /// A power of two, so that a tick's slot is found without a division.
    private static let slotCount = 1024
    /// The ticks from ``origin`` after which another one is chosen: a day, so that instants are near it.
    private static let ticksPerOrigin = 24 * 60 * 60 * 1000 / tickMilliseconds

    private let epoch: Moment
    /// A time that is not long ago, and its tick.
    private var origin: (time: Moment, tick: Int)
    private var slots = [Deadline?](repeating: nil, count: slotCount)
    /// The first tick that was not looked at yet.
    private var cursor = 0
    /// No slot with an entry is looked at before this tick.
    private var earliest = 0
    package private(set) var count = 0

    package init(now: Instant) {
        epoch = Moment(now)
        origin = (epoch, 0)
    }

    /// Sets or moves the deadline; nil clears it.
    ///
    /// A deadline is one owner's, who is held by the caller, so that nobody goes in the middle of this.
    package mutating func set(_ deadline: Deadline, of owner: any DeadlineOwner, to instant: Instant?) {
        set(deadline, of: owner, toMoment: instant.map(Moment.init))
    }

    /// The same.
    package mutating func set(_ deadline: Deadline, of owner: any DeadlineOwner, toMoment moment: Moment?) {
        guard let moment else {
            deadline.due = nil
            deadline.owner = nil
            return remove(deadline)
        }
        deadline.due = moment
        deadline.owner = owner
        let tick = max(origin.tick + (moment.time - origin.time.time).wholeTicks, cursor)
        if deadline.slot >= 0 {
            // An entry that is met too early is put on; only an earlier moment must move it now.
            if ticksAhead(ofSlot: Int(deadline.slot)) <= tick - cursor { return }
            remove(deadline)
        }
        insert(deadline, slot: tick & (Self.slotCount - 1))
    }

    /// When to look next: nil when there is nothing to wait for.
    package mutating func next() -> Instant? {
        nextTick().map { (epoch + Self.tick * $0).instant }
    }

    /// A tick that is not behind the one at which to look next; nil when there is nothing to wait for.
    @inline(__always)
    var nextTickAtLeast: Int? { count > 0 ? max(cursor, earliest) : nil }

    /// The tick at which to look next, counted from the queue's beginning; nil when there is nothing to wait for.
    ///
    /// Asking again costs nothing while the answer is the same.
    mutating func nextTick() -> Int? {
        guard count > 0 else { return nil }
        for tick in max(cursor, earliest)..<cursor + Self.slotCount where slots[tick & (Self.slotCount - 1)] != nil {
            earliest = tick
            return tick
        }
        return nil
    }

    /// Takes out everything that is due, and puts on what was met too early.
    ///
    /// - Returns: What is to be fired, one after the other: firing one may move or clear another.
    package mutating func takeDue(now: Instant) -> [Deadline] {
        let now = Moment(now)
        let last = origin.tick + (now.time - origin.time.time).wholeMilliseconds(.down) / Self.tickMilliseconds
        guard last >= cursor else { return [] }
        var due: [Deadline] = []
        var early: [(Deadline, any DeadlineOwner, Moment)] = []
        let first = max(cursor, last - Self.slotCount + 1)
        for tick in first...last {
            var entry = slots[tick & (Self.slotCount - 1)]
            while let deadline = entry {
                entry = deadline.next
                remove(deadline)
                guard let time = deadline.due, let owner = deadline.owner else { continue }
                if time > now {
                    early.append((deadline, owner, time))
                } else {
                    due.append(deadline)
                }
            }
        }
        cursor = last + 1
        if last - origin.tick > Self.ticksPerOrigin {
            origin = (origin.time + Self.tick * (last - origin.tick), last)
        }
        for (deadline, owner, time) in early { set(deadline, of: owner, toMoment: time) }
        return due
    }

    /// Clears all deadlines.
    ///
    /// - Returns: Those who waited. They have to go when the queue is not being changed any more: with an owner goes what
    ///   it holds, and the end of that may be to clear a deadline.
    package mutating func removeAll() -> [any DeadlineOwner] {
        var owners: [any DeadlineOwner] = []
        for slot in slots.indices {
            while let deadline = slots[slot] {
                remove(deadline)
                deadline.due = nil
                if let owner = deadline.owner.take() { owners.append(owner) }
            }
        }
        return owners
    }

    // MARK: The wheel

    private func ticksAhead(ofSlot slot: Int) -> Int {
        (slot - cursor) & (Self.slotCount - 1)
    }

    private mutating func insert(_ deadline: Deadline, slot: Int) {
        let head = slots[slot]
        deadline.slot = Int32(truncatingIfNeeded: slot)
        deadline.previous = nil
        deadline.next = head
        head?.previous = deadline
        slots[slot] = deadline
        let tick = cursor + ticksAhead(ofSlot: slot)
        earliest = count == 0 ? tick : min(earliest, tick)
        count += 1
    }

    private mutating func remove(_ deadline: Deadline) {
        guard deadline.slot >= 0 else { return }
        let next = deadline.next
        next?.previous = deadline.previous
        if let previous = deadline.previous { previous.next = next } else { slots[Int(deadline.slot)] = next }
        deadline.slot = Deadline.noSlot
        deadline.previous = nil
        deadline.next = nil
        count -= 1
    }
}

extension Duration {
    /// The ticks of a ``DeadlineQueue`` that it takes, the last one whole; never negative, and never above 30,000 years.
    fileprivate var wholeTicks: Int {
        let attoseconds = min(attoseconds, Duration.seconds(1_000_000_000_000).attoseconds)
        guard attoseconds > 0 else { return 0 }
        // A tick is 2¹⁸ · 5¹⁵ attoseconds: up to 27 days need no division of 128 bits.
        let divided = (attoseconds + (Int128(DeadlineQueue.tickMilliseconds) * 1_000_000_000_000_000 - 1)) >> 18
        return divided <= Int128(Int64.max)
            ? Int(Int64(truncatingIfNeeded: divided) / 30_517_578_125) : Int(divided / 30_517_578_125)
    }

    /// The duration in milliseconds, a part of one rounded as asked; never negative, and never above 30,000 years.
    package func wholeMilliseconds(_ rounding: FloatingPointRoundingRule) -> Int {
        let attoseconds = min(attoseconds, Duration.seconds(1_000_000_000_000).attoseconds)
        guard attoseconds > 0 else { return 0 }
        // A millisecond is 2¹⁵ · 5¹⁵ attoseconds: up to three days need no division of 128 bits.
        let halved = attoseconds >> 15
        let milliseconds =
            halved <= Int128(Int64.max)
            ? Int(Int64(truncatingIfNeeded: halved) / 30_517_578_125) : Int(halved / 30_517_578_125)
        let isWhole = Int128(milliseconds) * 1_000_000_000_000_000 == attoseconds
        return rounding == .up && !isWhole ? milliseconds + 1 : milliseconds
    }
}
