import Testing

@testable import SIONet

@Suite struct DeadlineQueueTests {
    private final class Owner: DeadlineOwner {
        let name: Int
        let deadline = Deadline()
        init(_ name: Int) { self.name = name }
        func deadlineReached(now: ContinuousClock.Instant) {}
    }

    private let start = ContinuousClock.Instant.now

    private func names(_ due: [Deadline]) -> [Int] {
        due.compactMap { ($0.fire(now: .now + .seconds(1_000_000_000)) as? Owner)?.name }.sorted()
    }

    @Test func `a deadline is never early and at most one tick late`() {
        var queue = DeadlineQueue(now: start)
        let owner = Owner(1)
        queue.set(owner.deadline, of: owner, to: start + .milliseconds(100))
        #expect(queue.takeDue(now: start + .milliseconds(99)).isEmpty)
        #expect(names(queue.takeDue(now: start + .milliseconds(100) + DeadlineQueue.tick)) == [1])
        #expect(queue.count == 0)
    }

    @Test func `moving a deadline later or earlier is kept`() {
        var queue = DeadlineQueue(now: start)
        let late = Owner(1)
        let soon = Owner(2)
        queue.set(late.deadline, of: late, to: start + .milliseconds(50))
        queue.set(late.deadline, of: late, to: start + .seconds(5))
        queue.set(soon.deadline, of: soon, to: start + .seconds(5))
        queue.set(soon.deadline, of: soon, to: start + .milliseconds(50))
        #expect(names(queue.takeDue(now: start + .seconds(1))) == [2])
        #expect(names(queue.takeDue(now: start + .milliseconds(5008))) == [1])
    }

    @Test func `a cleared deadline does not come`() {
        var queue = DeadlineQueue(now: start)
        let owner = Owner(1)
        queue.set(owner.deadline, of: owner, to: start + .milliseconds(50))
        queue.set(owner.deadline, of: owner, to: nil)
        #expect(queue.next() == nil)
        #expect(queue.takeDue(now: start + .seconds(60)).isEmpty)
    }

    @Test func `a deadline many rounds of the wheel ahead comes in its round`() {
        var queue = DeadlineQueue(now: start)
        let owner = Owner(1)
        queue.set(owner.deadline, of: owner, to: start + .seconds(45))
        var now = start
        while let next = queue.next(), next < start + .seconds(45) {
            now = max(next, now + .milliseconds(8))
            #expect(queue.takeDue(now: now).isEmpty)
        }
        #expect(names(queue.takeDue(now: start + .seconds(45) + DeadlineQueue.tick)) == [1])
    }

    @Test func `the wheel agrees with a sorted list on random deadlines`() {
        var random = SystemRandomNumberGenerator()
        var queue = DeadlineQueue(now: start)
        let owners = (0..<500).map { Owner($0) }
        var expected: [Int: ContinuousClock.Instant] = [:]
        var now = start
        for _ in 0..<5000 {
            let owner = owners[Int.random(in: 0..<500, using: &random)]
            let instant = now + .milliseconds(Int.random(in: 0...30_000, using: &random))
            let clears = Int.random(in: 0..<10, using: &random) == 0
            queue.set(owner.deadline, of: owner, to: clears ? nil : instant)
            expected[owner.name] = clears ? nil : instant
            now += .milliseconds(Int.random(in: 0...40, using: &random))
            for name in names(queue.takeDue(now: now)) {
                #expect(expected[name].map { $0 <= now } == true)
                expected[name] = nil
            }
            #expect(!expected.values.contains { $0 + DeadlineQueue.tick < now })
            if let first = expected.values.min() {
                #expect(queue.next().map { $0 <= max(first, now) + DeadlineQueue.tick } == true)
            }
        }
        #expect(queue.count == expected.count)
        _ = queue.removeAll()
    }

    @Test func `firing a deadline may clear or move another one that is due`() {
        var queue = DeadlineQueue(now: start)
        let owners = (0..<3).map { Owner($0) }
        for owner in owners { queue.set(owner.deadline, of: owner, to: start + .milliseconds(10)) }
        let now = start + .milliseconds(20)
        let due = queue.takeDue(now: now)
        #expect(due.count == 3)
        queue.set(owners[0].deadline, of: owners[0], to: nil)
        queue.set(owners[1].deadline, of: owners[1], to: now + .milliseconds(50))
        #expect(names(due) == [2])
        #expect(names(queue.takeDue(now: now + .milliseconds(60))) == [1])
        #expect(owners.allSatisfy { $0.deadline.fire(now: now + .seconds(9)) == nil })
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(1_000_000_000_001), .seconds(-5), .zero])
    func `a deadline as far away as a duration goes is kept, one that has passed comes at once`(distance: Duration) {
        var queue = DeadlineQueue(now: start)
        let owner = Owner(1)
        queue.set(owner.deadline, of: owner, to: start + distance)
        let isFar = distance > .zero
        #expect(names(queue.takeDue(now: start + .seconds(100))) == (isFar ? [] : [1]))
        #expect(queue.count == (isFar ? 1 : 0))
        _ = queue.removeAll()
    }

    @Test func `clearing all deadlines lets go of their owners`() {
        var queue = DeadlineQueue(now: start)
        weak var gone: Owner?
        do {
            // A long list in one slot, which must not be torn down by recursion.
            for number in 0..<100_000 {
                let owner = Owner(number)
                gone = owner
                queue.set(owner.deadline, of: owner, to: start + .seconds(1))
            }
        }
        #expect(gone != nil)
        _ = queue.removeAll()
        #expect(gone == nil && queue.count == 0 && queue.next() == nil)
    }

    @Test(
        arguments: [
            (.zero, 0, 0), (.milliseconds(1), 1, 1), (.nanoseconds(1), 0, 1), (.microseconds(1500), 1, 2),
            (.milliseconds(-1), 0, 0), (.seconds(-1), 0, 0), (.seconds(45), 45_000, 45_000),
            (.seconds(45) + .nanoseconds(1), 45_000, 45_001), (.seconds(302_231), 302_231_000, 302_231_000),
            (.seconds(302_232), 302_232_000, 302_232_000),
            (.seconds(302_232) + .nanoseconds(1), 302_232_000, 302_232_001),
            (.seconds(Int64.max), 1_000_000_000_000_000, 1_000_000_000_000_000),
            (Duration(attoseconds: 1), 0, 1), (Duration(attoseconds: 999_999_999_999_999), 0, 1),
            (Duration(attoseconds: 1_000_000_000_000_001), 1, 2),
            (Duration(attoseconds: (1 << 78) - 1), 302_231_454, 302_231_455),
        ] as [(Duration, Int, Int)])
    func `milliseconds are whole, rounded down or up`(duration: Duration, down: Int, up: Int) {
        #expect(duration.wholeMilliseconds(.down) == down)
        #expect(duration.wholeMilliseconds(.up) == up)
    }

    @Test func `those who waited when all is cleared go behind it, and may clear what is theirs`() {
        final class Weak { weak var owner: Owner? }
        let left = Weak()
        var queue = DeadlineQueue(now: start)
        let deadline = Deadline()
        do {
            let owner = Owner(1)
            left.owner = owner
            queue.set(deadline, of: owner, to: start + .seconds(1))
        }
        let owners = queue.removeAll()
        #expect(queue.count == 0 && deadline.instant == nil)
        #expect(owners.count == 1 && owners.first === left.owner)
    }

    @Test func `deadlines keep their time when a loop has run for months`() {
        var queue = DeadlineQueue(now: start)
        let owner = Owner(1)
        var now = start
        for _ in 0..<100 {
            now += .seconds(30 * 60 * 60) + .microseconds(300)
            queue.set(owner.deadline, of: owner, to: now + .milliseconds(100))
            #expect(queue.takeDue(now: now + .milliseconds(99)).isEmpty)
            #expect(names(queue.takeDue(now: now + .milliseconds(100) + DeadlineQueue.tick)) == [1])
        }
    }
}
