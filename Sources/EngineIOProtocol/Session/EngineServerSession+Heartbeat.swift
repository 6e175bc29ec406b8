import SIOBytes

/// Who pings, and who answers (EIO4 "Heartbeat").
extension EngineServerSession {
    /// The client owes a pong from now on.
    mutating func ping() {
        if isDirect {
            perform(.writeText(WireText.ping))
        } else {
            enqueue(.ping)
            if isPollHeld { respondHeldPoll(takeQueue()) }
        }
    }

    /// A ping of the client's: its duty in the third version, and its fault in the fourth.
    ///
    /// - Returns: False if the session ended for it.
    @discardableResult
    mutating func pingReceived(now: Instant) -> Bool {
        guard dialect.version == .v3 else { return failForDirection() }
        heartbeat.pingReceived(now: now)
        if isDirect {
            perform(.writeText(WireText.pong))
            return true
        }
        let limits = configuration.limits
        if polling.change({ $0.enqueue(.pong, limits: limits) }) == false { discard(now: now) }
        return isOpen
    }

    /// A pong of the client's: its duty in the fourth version, and its fault in the third.
    ///
    /// - Returns: False if the session ended for it.
    @discardableResult
    mutating func pongReceived(now: Instant) -> Bool {
        guard dialect.version == .v4 else { return failForDirection() }
        heartbeat.pongReceived(now: now)
        return true
    }

    private mutating func failForDirection() -> Bool {
        fail(.transportError, .invalidHeartbeatDirection)
        return false
    }
}
