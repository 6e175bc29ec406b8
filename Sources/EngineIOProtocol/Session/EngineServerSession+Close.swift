/// The ways a session ends.
extension EngineServerSession {
    /// Closes the session behind all that was sent.
    ///
    /// A polling session without a held GET waits for the next one, or for ``EngineConfiguration/closeTimeout``.
    package mutating func close(now: Instant) {
        guard isOpen else { return }
        if transport == .websocket {
            finish(.forcedClose)
        } else if isPollHeld {
            enqueue(.close)
            respondHeldPoll(takeQueue())
            finish(.forcedClose)
        } else {
            phase = .closing
            let deadline = now + configuration.closeTimeout
            closeDeadline = deadline
        }
    }

    /// Closes the session at once; what waits here is lost.
    package mutating func discard(now: Instant, reason: EngineDisconnectReason = .forcedClose) {
        guard !isClosed else { return }
        dropQueue()
        if isPollHeld { respondHeldPoll(.close) }
        finish(reason)
    }

    /// Ends a session that was closed in order, on this side.
    mutating func finish(_ reason: EngineDisconnectReason) {
        end()
        perform(.closed(reason, nil))
    }

    /// Ends a session that cannot go on; what waits is lost.
    mutating func fail(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        guard !isClosed else { return }
        dropQueue()
        if isPollHeld { respondHeldPoll(.close) }
        abortPost()
        end()
        perform(.closed(reason, fault))
    }

    /// Ends a session that the client has left with a close packet.
    mutating func peerLeft() {
        guard !isClosed else { return }
        dropQueue()
        if isPollHeld { respondHeldPoll(.noop) }
        end()
        perform(.closed(.transportClose, nil))
    }

    mutating func abortPost() {
        switch post {
        case .none, .failed: break
        case .receiving(_):
            post = .none
            perform(.abortPost)
        case .reading: post = .failed
        }
    }

    private mutating func end() {
        phase = .closed
        upgrade = .none
        isDirect = false
        if hasWebSocket {
            hasWebSocket = false
            perform(.closeWebSocket)
        }
    }
}
