/// What the network between a cluster's servers does to their messages: in virtual time, and the same for each seed.
///
/// It holds messages and hands them out when they are due; from one server to another they keep their order.
package struct ClusterNetwork<Message> {
    package typealias Instant = ContinuousClock.Instant

    private struct Parcel {
        let due: Instant
        let number: UInt64
        let from: Int
        let to: Int
        let message: Message
    }

    private struct Link: Hashable {
        let from: Int
        let to: Int
    }

    /// The time that a message takes.
    package var latency: ClosedRange<Duration> = .zero ... .zero
    /// The part of all messages that is lost, 0…1.
    package var loss = 0.0
    private var random: SeededGenerator
    /// Those on their way, in no order.
    private var parcels: [Parcel] = []
    private var lastNumber: UInt64 = 0
    /// When the last message on each link is due.
    private var lastDue: [Link: Instant] = [:]
    /// The servers that nobody reaches.
    private var cutOff: Set<Int> = []

    package init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// When ``take(now:)`` has something; nil if nothing is on its way.
    package var nextDue: Instant? { parcels.map(\.due).min() }

    /// Sends a message from one server to another.
    package mutating func send(_ message: Message, from: Int, to: Int, now: Instant) {
        let delay = random.duration(in: latency)
        let isLost = loss > 0 && Double.random(in: 0..<1, using: &random) < loss
        guard !isLost, !cutOff.contains(from), !cutOff.contains(to) else { return }
        let link = Link(from: from, to: to)
        let due = max(now + delay, lastDue[link] ?? now)
        lastDue[link] = due
        lastNumber += 1
        parcels.append(Parcel(due: due, number: lastNumber, from: from, to: to, message: message))
    }

    /// The next message that has arrived; nil if there is none yet.
    package mutating func take(now: Instant) -> (from: Int, to: Int, message: Message)? {
        let due = parcels.indices.filter { parcels[$0].due <= now }
        let first = due.min { (parcels[$0].due, parcels[$0].number) < (parcels[$1].due, parcels[$1].number) }
        guard let first else { return nil }
        let parcel = parcels.remove(at: first)
        return (parcel.from, parcel.to, parcel.message)
    }

    /// Cuts a server off: what is on its way from and to it is lost, too.
    package mutating func cut(_ server: Int) {
        cutOff.insert(server)
        parcels.removeAll { $0.from == server || $0.to == server }
    }

    /// Joins a server that was cut off to the others again.
    package mutating func mend(_ server: Int) {
        cutOff.remove(server)
    }
}
