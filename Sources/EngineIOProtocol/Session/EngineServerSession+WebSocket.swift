import SIOBytes

/// The WebSocket: the session's own, or one that the client tries (EIO4 "Upgrade").
extension EngineServerSession {
    /// What to do with a WebSocket that was opened for this session.
    package enum WebSocketAction: Equatable, Sendable {
        /// Keep it, and report what happens to it.
        case accept
        /// Close it, and do not report it.
        case refuse
    }

    /// The client opened a WebSocket with this session's id.
    package mutating func webSocketArrived(now: Instant) -> WebSocketAction {
        guard !isClosed, transport == .polling, !hasWebSocket, configuration.allowUpgrades else { return .refuse }
        hasWebSocket = true
        let deadline = now + configuration.upgradeTimeout
        upgrade = .connected(deadline: deadline)
        return .accept
    }

    /// Whether a text that arrived on the WebSocket is a message, but for its first byte, and nothing else is to be done.
    ///
    /// The straight road; what is left is for ``textReceived(_:now:)``.
    @inlinable
    package func isMessage(_ text: RawSpan) -> Bool {
        guard isDirect, text.byteCount > 0 else { return false }
        return unsafe text.unsafeLoad(fromUncheckedByteOffset: 0, as: UInt8.self) == UInt8(ascii: "4")
    }

    /// A text message arrived on the WebSocket.
    ///
    /// It is well-formed UTF-8.
    package mutating func textReceived(_ text: RawSpan, now: Instant) -> ReceiveAction {
        isMessage(text) ? .message : packetReceived(text, now: now)
    }

    /// A binary message arrived on the WebSocket.
    package mutating func binaryReceived(_ binary: RawSpan, now: Instant) -> ReceiveAction {
        isDirect && !dialect.isVersion3 ? .message : binaryMessageReceived(binary, now: now)
    }

    private mutating func packetReceived(_ text: RawSpan, now: Instant) -> ReceiveAction {
        guard hasWebSocket else { return .none }
        guard transport == .websocket else {
            probeReceived(text, now: now)
            return .none
        }
        // A client that is told to use base64 does so on a WebSocket, too.
        do throws(EnginePacketError) {
            if text.byteCount > 0, text[0] == UInt8(ascii: "b") { return try base64Received(text, now: now) }
            if received(try EnginePacket.type(ofText: text), now: now) { return .message }
        } catch {
            fail(error.disconnectReason, .invalidPacket)
        }
        return .none
    }

    /// A packet arrived on the session's WebSocket; whether it is a message.
    private mutating func received(_ type: EnginePacketType, now: Instant) -> Bool {
        switch type {
        case .message: return true
        case .ping: pingReceived(now: now)
        case .pong: pongReceived(now: now)
        case .close: peerLeft()
        case .open, .upgrade, .noop: break
        }
        return false
    }

    /// `b` and base64, with the packet's type between them in the third version.
    private mutating func base64Received(_ text: RawSpan, now: Instant) throws(EnginePacketError) -> ReceiveAction {
        var data = text.extracting(droppingFirst: 1)
        var type = EnginePacketType.message
        if dialect.version == .v3 {
            type = try EnginePacket.type(ofText: data)
            data = data.extracting(droppingFirst: 1)
        }
        guard let bytes = Base64.decode(data) else { throw .invalidBase64 }
        return received(type, now: now) ? .binary(bytes) : .none
    }

    private mutating func binaryMessageReceived(_ binary: RawSpan, now: Instant) -> ReceiveAction {
        guard hasWebSocket else { return .none }
        guard transport == .websocket else {
            abandonUpgrade()
            return .none
        }
        guard dialect.version == .v3 else { return .message }
        do throws(EnginePacketError) {
            guard binary.byteCount > 0 else { throw .empty }
            guard let type = EnginePacketType(rawValue: binary[0]) else { throw .unknownType(binary[0]) }
            if received(type, now: now) { return .messageBehindType }
        } catch {
            fail(error.disconnectReason, .invalidPacket)
        }
        return .none
    }

    /// The WebSocket was closed by the client, or its connection ended.
    package mutating func webSocketClosed(now: Instant) {
        webSocketEnded(.transportClose, nil)
    }

    /// The WebSocket failed: the client broke its rules, or the connection was reset.
    package mutating func webSocketFailed(now: Instant) {
        webSocketEnded(.transportError, .webSocketFailed)
    }

    private mutating func webSocketEnded(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        guard hasWebSocket else { return }
        hasWebSocket = false
        upgrade = .none
        if transport == .websocket { fail(reason, fault) }
    }

    // MARK: The upgrade

    /// A text on the WebSocket that is being tried.
    private mutating func probeReceived(_ text: RawSpan, now: Instant) {
        if text.equals("2probe") {
            probeAnswered(now: now)
        } else if text.byteCount > 0, text[0] == EnginePacketType.upgrade.digit {
            // The reference does not insist on a probe before, and some clients send none.
            completeUpgrade()
        } else {
            abandonUpgrade()
        }
    }

    private mutating func probeAnswered(now: Instant) {
        switch upgrade {
        case .none: return
        case .connected(let deadline), .probed(let deadline, _):
            let nextNoop = now + configuration.noopInterval
            upgrade = .probed(deadline: deadline, nextNoop: nextNoop)
        }
        perform(.writeText(WireText.pongProbe))
        perform(.upgrading)
    }

    /// The client has left polling: what waits leaves on the WebSocket, in front of all that is sent from here on.
    private mutating func completeUpgrade() {
        upgrade = .none
        transport = .websocket
        // A client that kept its word has neither a GET nor a POST underway.
        if isPollHeld { respondHeldPoll(.noop) }
        abortPost()
        perform(.upgraded)
        pending.append(.drainQueue)
        if case .closing = phase { finish(.forcedClose) }
    }

    /// The session stays on polling.
    private mutating func abandonUpgrade() {
        guard transport == .polling, hasWebSocket else { return }
        hasWebSocket = false
        upgrade = .none
        perform(.closeWebSocket)
    }

    mutating func upgradeDeadlineReached(now: Instant) {
        switch upgrade {
        case .none: break
        case .connected(let deadline): if now >= deadline { abandonUpgrade() }
        case .probed(let deadline, let nextNoop):
            if now >= deadline {
                abandonUpgrade()
            } else if now >= nextNoop {
                let nextNoop = now + configuration.noopInterval
                upgrade = .probed(deadline: deadline, nextNoop: nextNoop)
                guard isPollHeld else { return }
                if hasQueue { respondHeldPoll(takeQueue()) } else { respondHeldPoll(.noop) }
            }
        }
    }
}
