/// The ways a session ends.
extension EngineClientSession {
    /// Closes the session behind all that was sent.
    ///
    /// On polling that takes until the POST underway, and those that follow, are answered, and until an upgrade that
    /// has got as far as its answered probe is through; a server that takes longer than
    /// ``EngineClientConfiguration/closeTimeout`` for one of them loses the rest.
    package mutating func close(now: Instant) {
        switch phase {
        case .closing, .closed: return
        case .opening:
            owesClose = transport == .polling
            end()
            perform(.closed(.forcedClose, nil))
        case .open:
            phase = .closing
            if transport == .websocket { return finish() }
            closeDeadline = now + configuration.closeTimeout
            closeIfDrained()
        }
    }

    /// Closes the session at once; what was sent and has not left yet is lost.
    package mutating func discard(now: Instant, reason: EngineDisconnectReason = .forcedClose) {
        fail(reason, nil)
    }

    /// Closes a polling session that is closing, when nothing is left to be sent.
    mutating func closeIfDrained() {
        guard phase == .closing, transport == .polling, queue.isEmpty, !isPosting else { return }
        if case .pausing = upgrade { return }
        perform(.post(WireText.close))
        finish()
    }

    mutating func finish() {
        end()
        perform(.closed(.forcedClose, nil))
    }

    /// Ends a session that cannot go on; what waits is lost.
    mutating func fail(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        guard phase != .closed else { return }
        queue.removeAll()
        // A GET whose answer is being read has nothing left to be given up.
        if isPolling && reader == nil || isPosting { perform(.abortRequests) }
        end()
        perform(.closed(reason, fault))
    }

    /// Ends a session that could not be opened, unless there is another transport to try.
    mutating func openingFailed(_ fault: EngineFault) {
        guard phase == .opening, configuration.tryAllTransports, let next = others.popFirst() else {
            return fail(.transportError, fault)
        }
        if hasWebSocket {
            hasWebSocket = false
            perform(.closeWebSocket)
        }
        transport = next
        connect()
    }

    /// Ends a session that the server has left with a close packet.
    mutating func peerLeft() {
        queue.removeAll()
        if isPosting { perform(.abortRequests) }
        end()
        perform(.closed(.transportClose, nil))
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
