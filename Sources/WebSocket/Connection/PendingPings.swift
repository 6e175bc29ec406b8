import SIOBytes
import SIONet

/// A ping that somebody waits for the answer of.
final class PendingPing: DeadlineOwner {
    let ticket: WaitTicket
    let payload: [UInt8]
    let sent: ContinuousClock.Instant
    let continuation: CheckedContinuation<Duration, any Error>
    let deadline = Deadline()
    private let driver: WebSocketDriver

    init(
        _ ticket: WaitTicket, payload: [UInt8], sent: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<Duration, any Error>, _ driver: WebSocketDriver
    ) {
        self.ticket = ticket
        self.payload = payload
        self.sent = sent
        self.continuation = continuation
        self.driver = driver
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        driver.timedOut(self)
    }
}

/// The pings of a WebSocket's users, in the order in which they were sent.
struct PendingPings {
    private var all: [PendingPing] = []
    private var count: UInt64 = 0

    mutating func add(
        _ ticket: WaitTicket, _ continuation: CheckedContinuation<Duration, any Error>, to driver: WebSocketDriver,
        now: ContinuousClock.Instant
    ) -> PendingPing {
        count += 1
        // Nine bytes: those of the keep-alive have eight.
        let payload = [UInt8(ascii: "p")] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * UInt64($0))) }
        let ping = PendingPing(ticket, payload: payload, sent: now, continuation, driver)
        all.append(ping)
        return ping
    }

    mutating func remove(where isIt: (PendingPing) -> Bool) -> PendingPing? {
        all.firstIndex(where: isIt).map { all.remove(at: $0) }
    }

    /// Takes the ping that a pong answers, and those before it: a peer may answer the last of several alone
    /// (RFC 6455 §5.5.3).
    mutating func removeAnswered(by pong: RawSpan) -> [PendingPing] {
        let payload = pong.array
        guard let place = all.firstIndex(where: { $0.payload == payload }) else { return [] }
        defer { all.removeFirst(place + 1) }
        return Array(all[...place])
    }

    mutating func removeAll() -> [PendingPing] {
        defer { all = [] }
        return all
    }
}
