import SIOBytes

/// The parts of what is kept apart, as if they were the session's own; without it, they are as they were at the beginning.
extension EngineServerSession {
    var upgrade: PollingState.Upgrade {
        get { polling.read { $0.upgrade } ?? .none }
        set { polling.change { $0.upgrade = newValue } }
    }

    var isPollHeld: Bool {
        get { polling.read { $0.isPollHeld } ?? false }
        set { polling.change { $0.isPollHeld = newValue } }
    }

    var post: PollingState.Post {
        get { polling.read { $0.post } ?? .none }
        set { polling.change { $0.post = newValue } }
    }

    var closeDeadline: Instant? {
        get { polling.read { $0.closeDeadline } }
        set { polling.change { $0.closeDeadline = newValue } }
    }

    // MARK: The queue

    /// Whether anything waits to be sent.
    var hasQueue: Bool { polling.read { !$0.queue.isEmpty } ?? false }

    /// Adds a packet without data to what waits.
    mutating func enqueue(_ type: EnginePacketType) {
        polling.change { $0.queue.append(type) }
    }

    /// Hands over all that waits, as one payload.
    mutating func takeQueue() -> [UInt8] {
        let dialect = dialect
        return polling.change { $0.queue.takeAll(dialect) } ?? []
    }

    /// Drops all that waits.
    mutating func dropQueue() {
        polling.change { $0.queue.removeAll() }
    }
}
