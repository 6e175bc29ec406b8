/// Decides which of a host's addresses is tried when: "Happy Eyeballs" (RFC 8305).
///
/// The families take turns, IPv6 first. The next attempt begins when the last one has failed, or has taken as long as
/// the delay; those under way go on, and the first one that succeeds wins. Attempts are named by their address's place.
struct ConnectionRace {
    typealias Instant = ContinuousClock.Instant

    enum Step: Equatable {
        /// Try the address at this place, too.
        case attempt(Int)
        /// Wait: for an attempt under way, or for ``ConnectionRace/deadline``.
        case wait
        /// All have failed.
        case exhausted
    }

    /// The most addresses that are tried: a name may have any number.
    static let maxAttempts = 32

    /// The places that were not tried yet, the next one last.
    private var waiting: [Int]
    private var running: Set<Int> = []
    private let delay: Duration
    private var isOver = false

    /// When ``deadlineReached(now:)`` is to be called.
    private(set) var deadline: Instant?

    /// - Parameters:
    ///   - isIPv6: What each address is.
    ///   - delay: How long an attempt runs alone (RFC 8305 §5: 250 ms).
    init(isIPv6: [Bool], delay: Duration = .milliseconds(250)) {
        self.delay = delay
        let sixes = isIPv6.indices.filter { isIPv6[$0] }
        let fours = isIPv6.indices.filter { !isIPv6[$0] }
        var order: [Int] = []
        for turn in 0..<max(sixes.count, fours.count) {
            if turn < sixes.count { order.append(sixes[turn]) }
            if turn < fours.count { order.append(fours[turn]) }
        }
        waiting = order.prefix(Self.maxAttempts).reversed()
    }

    /// The race begins.
    mutating func begin(now: Instant) -> Step { next(now: now) }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    mutating func deadlineReached(now: Instant) -> Step {
        guard let deadline, now >= deadline else { return .wait }
        return next(now: now)
    }

    /// An attempt failed.
    mutating func failed(_ place: Int, now: Instant) -> Step {
        guard running.remove(place) != nil else { return .wait }
        return next(now: now)
    }

    /// An attempt succeeded.
    ///
    /// - Returns: Those under way, which are to be given up.
    mutating func succeeded(_ place: Int) -> [Int] { end().filter { $0 != place } }

    /// Ends the race.
    ///
    /// - Returns: The attempts under way, which are to be given up.
    mutating func end() -> [Int] {
        isOver = true
        deadline = nil
        waiting = []
        defer { running = [] }
        return running.sorted()
    }

    private mutating func next(now: Instant) -> Step {
        guard !isOver else { return .wait }
        guard let place = waiting.popLast() else {
            deadline = nil
            return running.isEmpty ? .exhausted : .wait
        }
        running.insert(place)
        deadline = waiting.isEmpty ? nil : now + delay
        return .attempt(place)
    }
}
