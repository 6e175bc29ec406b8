import SIOBytes

/// Decides when the server pings, and when silence means that the client is gone.
///
/// EIO4 "Heartbeat": the server pings `interval` after the last pong; the client answers within `timeout`. In the third
/// version it is the client who pings, and `interval` and `timeout` together may pass between two of its pings.
package struct Heartbeat: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// How long is waited for what: the same for all sessions of a server, which share it.
    package final class Times: Sendable {
        let interval: Duration
        let timeout: Duration

        /// - Precondition: Both are more than nothing.
        package init(interval: Duration, timeout: Duration) {
            precondition(interval > .zero && timeout > .zero, "a heartbeat needs time")
            self.interval = interval
            self.timeout = timeout
        }
    }

    private enum State {
        /// Nothing is owed. Becomes `awaitingPong` at `nextPing`.
        case quiet(nextPing: Moment)
        /// A ping is out. Becomes `quiet` on a pong, `lost` at `deadline`.
        case awaitingPong(deadline: Moment)
        /// The client pings (EIO3). Becomes itself on a ping, `lost` at `deadline`.
        case awaitingPing(deadline: Moment)
        /// Terminal: the client fell silent.
        case lost
    }

    package enum DeadlineAction: Equatable, Sendable {
        case sendPing
        case close(EngineDisconnectReason)
        case wait
    }

    private let times: Times
    private var state: State

    /// A heartbeat of a session that opens `now`.
    package init(
        interval: Duration, timeout: Duration, version: EngineProtocolVersion = .v4, now: Instant
    ) {
        self.init(Times(interval: interval, timeout: timeout), version: version, now: now)
    }

    /// A heartbeat of a session that opens `now`, one of many with the same times.
    package init(_ times: Times, version: EngineProtocolVersion = .v4, now: Instant) {
        self.times = times
        let now = Moment(now)
        state =
            switch version {
            case .v3: .awaitingPing(deadline: now + times.interval + times.timeout)
            case .v4: .quiet(nextPing: now + times.interval)
            }
    }

    /// When to call ``deadlineReached(now:)`` next.
    package var deadline: Instant? { due?.instant }

    /// The same.
    var due: Moment? {
        switch state {
        case .quiet(let nextPing): nextPing
        case .awaitingPong(let deadline), .awaitingPing(let deadline): deadline
        case .lost: nil
        }
    }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    package mutating func deadlineReached(now: Instant) -> DeadlineAction {
        let now = Moment(now)
        switch state {
        case .quiet(let nextPing) where now >= nextPing:
            state = .awaitingPong(deadline: now + times.timeout)
            return .sendPing
        case .awaitingPong(let deadline) where now >= deadline, .awaitingPing(let deadline) where now >= deadline:
            state = .lost
            return .close(.pingTimeout)
        case .quiet, .awaitingPong, .awaitingPing, .lost:
            return .wait
        }
    }

    /// A pong arrived.
    ///
    /// One that nobody asked for changes nothing, so a client cannot put off the next ping.
    package mutating func pongReceived(now: Instant) {
        guard case .awaitingPong = state else { return }
        state = .quiet(nextPing: Moment(now) + times.interval)
    }

    /// A ping arrived: the client's sign of life in the third version.
    package mutating func pingReceived(now: Instant) {
        guard case .awaitingPing = state else { return }
        state = .awaitingPing(deadline: Moment(now) + times.interval + times.timeout)
    }
}
