/// What the chat knows of somebody who has connected once.
struct PersonRecord {
    /// The secret that came with the id first.
    let key: String
    var name = ""
    /// The connections that have said hello; none while the person is away.
    var connections: Set<String> = []
    /// The folded names of the rooms the person is in.
    var rooms: Set<String> = []
    /// When the person was last seen to come or go.
    var seen: ContinuousClock.Instant

    /// What was sent last, for messages that come twice.
    private var sent: [(key: String, answer: Sent)] = []
    /// When the last messages were sent, the oldest first.
    private var times: [ContinuousClock.Instant] = []

    init(key: String, seen: ContinuousClock.Instant) {
        self.key = key
        self.seen = seen
    }

    var isOnline: Bool { !connections.isEmpty }

    /// What a message with this key was acknowledged with, if it came before.
    func answer(to key: String) -> Sent? {
        sent.last { $0.key == key }?.answer
    }

    /// Counts a message; false, and it does not count, if they come too fast.
    mutating func maySend(at now: ContinuousClock.Instant, limits: ChatLimits) -> Bool {
        times.removeAll { $0 + limits.ratePeriod <= now }
        guard times.count < limits.rate else { return false }
        times.append(now)
        return true
    }

    /// Remembers what a message was acknowledged with.
    mutating func remember(_ answer: Sent, to key: String, limits: ChatLimits) {
        sent.append((key, answer))
        if sent.count > limits.keys { sent.removeFirst() }
    }
}
