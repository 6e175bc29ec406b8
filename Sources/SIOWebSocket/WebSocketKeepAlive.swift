import SIOBytes

/// Sends pings, and decides when silence means that the peer is gone (RFC 6455 §5.5.2, §5.5.3).
///
/// Only the pong that holds the bytes of the ping that is out counts as its answer.
package struct WebSocketKeepAlive: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private enum State {
        /// Nothing is owed. Becomes `awaitingPong` at `nextPing`.
        case quiet(nextPing: Instant)
        /// A ping is out. Becomes `quiet` on its pong, `lost` at `deadline`.
        case awaitingPong(sent: Instant, deadline: Instant)
        /// This side does not read: silence says nothing. Becomes `quiet`.
        case held
        /// Terminal: the peer fell silent.
        case lost
    }

    package enum DeadlineAction: Equatable, Sendable {
        /// Send a ping with these bytes.
        case sendPing([UInt8])
        /// The pong did not come in time.
        case drop
        case wait
    }

    private var state: State
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

    /// When ``deadlineReached(now:)`` is to be called.
    package var deadline: Instant? {
        switch state {
        case .quiet(let nextPing): nextPing
        case .awaitingPong(_, let deadline): deadline
        case .held, .lost: nil
        }
    }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    package mutating func deadlineReached(now: Instant) -> DeadlineAction {
        switch state {
        case .quiet(let nextPing) where now >= nextPing:
            pings += 1
            state = .awaitingPong(sent: now, deadline: now + timeout)
            return .sendPing(payload)
        case .awaitingPong(_, let deadline) where now >= deadline:
            state = .lost
            return .drop
        case .quiet, .awaitingPong, .held, .lost:
            return .wait
        }
    }

    /// A pong came.
    ///
    /// - Returns: The time from ping to pong, or nil for a pong that answers no ping that is out.
    package mutating func receivedPong(_ bytes: RawSpan, now: Instant) -> Duration? {
        guard case .awaitingPong(let sent, _) = state, bytes.array == payload else { return nil }
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

    /// This side stops reading, and could not see a pong.
    package mutating func hold() {
        guard deadline != nil else { return }
        state = .held
    }

    /// This side reads again.
    package mutating func resume(now: Instant) {
        guard case .held = state else { return }
        state = .quiet(nextPing: now + interval)
    }

    /// The number of the ping that is out, in eight bytes.
    private var payload: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: pings >> (56 - 8 * UInt64($0))) }
    }
}
