import SIOBytes

/// Sends pings, and decides when silence means that the peer is gone (RFC 6455 §5.5.2, §5.5.3).
///
/// Only the pong that holds the bytes of the ping that is out counts as its answer. While this side does not read no pong can
/// be seen: then it counts whether the peer's system takes what is sent, pings at least.
package struct WebSocketKeepAlive: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private enum State {
        /// Nothing is owed. Becomes `awaitingPong` at `nextPing`.
        case quiet(nextPing: Instant)
        /// A ping is out. Becomes `quiet` on its pong; at `deadline` `lost`, or itself with the next ping where the pong could
        /// not be seen and the peer takes what is sent.
        case awaitingPong(sent: Instant, deadline: Instant, isSeen: Bool)
        /// Terminal: the peer fell silent.
        case lost
    }

    package enum DeadlineAction: Equatable, Sendable {
        /// Send a ping with these bytes.
        case sendPing([UInt8])
        /// The pong did not come in time; or, where it could not be seen, nothing was taken of what was sent.
        case drop
        case wait
    }

    private var state: State
    /// Whether this side does not read.
    private var isHeld = false
    private var pings: UInt64 = 0
    private let interval: Duration
    private let timeout: Duration

    /// - Parameters:
    ///   - interval: From one pong to the next ping.
    ///   - timeout: How long a pong may take.
    ///   - now: The interval counts from here at first.
    package init(interval: Duration, timeout: Duration, now: Instant) {
        precondition(interval > .zero && timeout > .zero, "an interval that no peer can keep")
        self.interval = interval
        self.timeout = timeout
        state = .quiet(nextPing: now + interval)
    }

    /// When ``deadlineReached(now:takesMore:)`` is to be called.
    package var deadline: Instant? {
        switch state {
        case .quiet(let nextPing): nextPing
        case .awaitingPong(_, let deadline, _): deadline
        case .lost: nil
        }
    }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - takesMore: Whether the peer has taken anything of what was sent since this was last asked: each ping asks, so that
    ///     it is told from when it left.
    /// - Returns: What is to be done.
    package mutating func deadlineReached(now: Instant, takesMore: () -> Bool) -> DeadlineAction {
        guard let deadline, now >= deadline else { return .wait }
        let isTaking = takesMore()
        if case .awaitingPong(_, _, let isSeen) = state, isSeen || !isTaking {
            state = .lost
            return .drop
        }
        pings += 1
        state = .awaitingPong(sent: now, deadline: now + timeout, isSeen: !isHeld)
        return .sendPing(payload)
    }

    /// A pong came.
    ///
    /// - Returns: The time from ping to pong, or nil for a pong that answers no ping that is out.
    package mutating func receivedPong(_ bytes: RawSpan, now: Instant) -> Duration? {
        guard case .awaitingPong(let sent, _, _) = state, bytes.array == payload else { return nil }
        state = .quiet(nextPing: now + interval)
        return now - sent
    }

    /// A pong came for a ping that was sent by somebody else, behind the one that is out.
    ///
    /// A peer may answer the last of several pings alone (RFC 6455 §5.5.3).
    package mutating func receivedLaterPong(now: Instant) {
        guard case .awaitingPong = state else { return }
        state = .quiet(nextPing: now + interval)
    }

    /// This side stops reading, and cannot see a pong.
    ///
    /// What is due stays due: a peer that sends and sends, and takes nothing, is lost all the same.
    package mutating func hold() {
        isHeld = true
        guard case .awaitingPong(let sent, let deadline, _) = state else { return }
        state = .awaitingPong(sent: sent, deadline: deadline, isSeen: false)
    }

    /// This side reads again.
    ///
    /// The ping that is out stays excused: its pong may stand behind all that was not read.
    package mutating func resume() {
        isHeld = false
    }

    /// The number of the ping that is out, in eight bytes.
    private var payload: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: pings >> (56 - 8 * UInt64($0))) }
    }
}
