/// The clients of a namespace that are away, and may come back.
///
/// A machine without clock and locks.
struct RecoverySessions {
    typealias Instant = ContinuousClock.Instant

    /// What a socket was when its connection was lost.
    struct Session {
        var id: String
        var rooms: Set<String>
        var data: [ObjectIdentifier: any Sendable]
        var place: RecoveryPlace
        /// Up to where the socket's loop had sent when it ended.
        var end: Int
    }

    private let limits: ConnectionStateRecovery
    private var sessions: [String: (session: Session, number: Int, time: Instant)] = [:]
    /// The private ids in the order of leaving, with the number of the leave: one that is not the session's is over.
    private var order: ContiguousArray<(id: String, number: Int)> = []
    private var head = 0
    private var number = 0
    /// Those that were forgotten, with data that is the application's: whoever holds a lock takes them, and lets go of them
    /// behind it.
    private var forgotten: [Session] = []

    init(_ limits: ConnectionStateRecovery) {
        self.limits = limits
    }

    var isEmpty: Bool { sessions.isEmpty }
    var count: Int { sessions.count }
    /// The entries that are kept to know who left first.
    var trackedCount: Int { order.count }

    /// A client is away.
    mutating func save(_ session: Session, as privateID: String, now: Instant) {
        number += 1
        if let old = sessions.updateValue((session, number, now), forKey: privateID) { forget(old.session) }
        order.append((privateID, number))
        evict(now: now)
        // Clients that come back and leave again, and again, behind one that stays away.
        guard order.count > 64, order.count > 2 * sessions.count else { return }
        order.removeAll { sessions[$0.id]?.number != $0.number }
        head = 0
    }

    /// A client is back, or not to come back: its session, unless it is too late.
    mutating func take(_ privateID: String, now: Instant) -> Session? {
        evict(now: now)
        return sessions.removeValue(forKey: privateID)?.session
    }

    mutating func forget(_ session: Session) { forgotten.append(session) }

    mutating func takeForgotten() -> [Session] {
        defer { forgotten = [] }
        return forgotten
    }

    /// Forgets those that are away too long, and those that are too many.
    mutating func evict(now: Instant) {
        while head < order.count {
            let (id, number) = order[head]
            if let kept = sessions[id], kept.number == number {
                let isTooLate = kept.time + limits.maxDisconnectionDuration <= now
                guard isTooLate || sessions.count > limits.maxSessions else { break }
                forget(kept.session)
                sessions[id] = nil
            }
            head += 1
        }
        guard head > 64, head * 2 > order.count else { return }
        order.removeFirst(head)
        head = 0
    }
}

/// Where a socket stands in its namespace's log.
struct RecoveryPlace {
    /// Where its loop stood when it connected: nothing before was meant for it.
    let start: Int
    /// The offset of the last event that was sent to it; nil if none was.
    var sent: UInt64?
    /// What stands in front of this was sent to it when it came back, and is not sent again.
    var skipped = 0

    init(start: Int) {
        self.start = start
    }
}
