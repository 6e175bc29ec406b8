import SIOBytes

/// What was sent in a namespace, in the order in which each of its loops sends it.
///
/// Every loop has a place here up to which it has sent, so that a client that comes back, on whatever loop, has missed
/// exactly what stands behind the last event it received. What else other threads have a loop do, and must not change
/// places with an event, waits here, too, until that loop is there: a room that is joined, an answer that is given.
/// A machine without clock and locks.
struct RecoveryLog {
    typealias Instant = ContinuousClock.Instant

    /// Whom an event is sent to.
    enum Target {
        /// One, on its loop.
        case socket(String, loop: Int)
        case many(BroadcastOptions)

        /// Whether it reached, or would have reached, a socket that was in these rooms.
        func includes(_ id: String, in rooms: Set<String>) -> Bool {
            switch self {
            case .socket(let other, _): other == id
            case .many(let options):
                (options.rooms.isEmpty || !options.rooms.isDisjoint(with: rooms))
                    && options.except.isDisjoint(with: rooms)
            }
        }
    }

    /// An event that was sent.
    struct Entry {
        var packet: EventPacket
        var target: Target
        var compress: Bool
        fileprivate var time: Instant
        fileprivate var ticket: Ticket
    }

    /// Counts what is handed in, in the order of the calls.
    typealias Ticket = UInt64
    typealias Work = @Sendable (NamespaceShard) -> Void

    /// What a loop does next.
    enum Step {
        /// Sends an event, and is at this position then.
        case send(Int, Entry)
        case run(Work)
    }

    private let limits: ConnectionStateRecovery
    /// Those from `start` on; in front of them, `gone` places that are empty already.
    private var entries: ContiguousArray<Entry?> = []
    private var gone = 0
    private var bytes = 0
    private var lastTicket: Ticket = 0
    /// What each loop has to do besides, and is forgotten once it was taken.
    private var work: [Queue<(ticket: Ticket, body: Work)>]
    /// Where each loop goes on.
    private var cursors: [Int]
    /// Where the packets with these offsets stand.
    private var positions: [UInt64: Int] = [:]

    /// The position of the oldest event that is kept.
    private(set) var start = 0

    init(_ limits: ConnectionStateRecovery, loops: Int) {
        self.limits = limits
        cursors = Array(repeating: 0, count: loops)
        work = Array(repeating: Queue(), count: loops)
    }

    /// The position behind the last event.
    var end: Int { start + entries.count - gone }

    var isEmpty: Bool { start == end }
    /// The offsets whose places are known.
    var offsetCount: Int { positions.count }

    /// Writes down an event.
    ///
    /// - Returns: Up to where loops have to be told to go on.
    @discardableResult
    mutating func append(_ packet: EventPacket, to target: Target, compress: Bool, now: Instant) -> Ticket {
        if let offset = packet.offset { positions[offset] = end }
        // Loops that have nothing to send stay with the end: what is behind the slowest is not forgotten, and nobody would
        // wake one whose sockets are sent nothing.
        if case .socket(_, let own) = target {
            for loop in cursors.indices where loop != own && cursors[loop] == end { cursors[loop] += 1 }
        }
        lastTicket += 1
        entries.append(Entry(packet: packet, target: target, compress: compress, time: now, ticket: lastTicket))
        bytes += packet.size
        evict(now: now)
        return lastTicket
    }

    /// Has a loop do something behind all that it was to send until now.
    ///
    /// - Returns: Up to where the loop has to be told to go on.
    mutating func append(_ body: @escaping Work, for loop: Int) -> Ticket {
        lastTicket += 1
        work[loop].append((lastTicket, body))
        return lastTicket
    }

    /// Takes out again what a loop was to do; nil if that was taken already.
    mutating func remove(_ ticket: Ticket, for loop: Int) -> Work? {
        let place = (0..<work[loop].count).first { work[loop][$0].ticket == ticket }
        return place.map { work[loop].remove(at: $0).body }
    }

    /// The next that a loop has to do of all that was handed in up to a ticket.
    mutating func next(for loop: Int, upTo last: Ticket) -> Step? {
        skipOthers(loop)
        let entry = entry(at: cursors[loop])
        if !work[loop].isEmpty {
            let ticket = work[loop][0].ticket
            if ticket < entry?.ticket ?? .max {
                return ticket <= last ? work[loop].popFirst().map { .run($0.body) } : nil
            }
        }
        guard let entry, entry.ticket <= last else { return nil }
        defer { cursors[loop] += 1 }
        return .send(cursors[loop], entry)
    }

    /// Leaves out what others send, because nobody would wake the loop for it.
    private mutating func skipOthers(_ loop: Int) {
        while let entry = entry(at: cursors[loop]), case .socket(_, let own) = entry.target, own != loop {
            cursors[loop] += 1
        }
    }

    /// Up to where a loop has sent.
    func cursor(of loop: Int) -> Int { cursors[loop] }

    /// The events from a position on that were meant for a socket; nil if some of them may be forgotten.
    func entries(from position: Int, for id: String, in rooms: Set<String>) -> [EventPacket]? {
        guard position >= start else { return nil }
        return (position..<max(end, position)).compactMap { position in
            entry(at: position).flatMap { $0.target.includes(id, in: rooms) ? $0.packet : nil }
        }
    }

    /// From where on a client has missed what was meant for it, behind the last event it has received.
    func missed(of session: RecoverySessions.Session, behind received: UInt64?) -> Int {
        // Who has all that was ever sent to it needs nothing that was sent before its end, long forgotten or not.
        if received == session.place.sent { return session.end }
        // An offset from before, which clients keep, says that it has received nothing since; so does none.
        let behind = received.flatMap { positions[$0] }.map { $0 + 1 } ?? 0
        return max(behind, session.place.start)
    }

    private func entry(at position: Int) -> Entry? {
        position >= start && position < end ? entries[gone + position - start] : nil
    }

    /// Forgets what is too old or too much, but nothing that a loop has still to send.
    mutating func evict(now: Instant) {
        let sent = cursors.min() ?? end
        while start < sent, let oldest = entries[gone] {
            let isTooOld = oldest.time + limits.maxDisconnectionDuration <= now
            guard isTooOld || end - start > limits.maxPackets || bytes > limits.maxBytes else { break }
            if let offset = oldest.packet.offset { positions[offset] = nil }
            bytes -= oldest.packet.size
            entries[gone] = nil
            gone += 1
            start += 1
        }
        guard gone > 64, gone * 2 > entries.count else { return }
        entries.removeFirst(gone)
        gone = 0
    }
}
