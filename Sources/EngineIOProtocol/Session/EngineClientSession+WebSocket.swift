import SIOBytes

/// The WebSocket: the session's own, or one that is tried (EIO4 "Upgrade").
extension EngineClientSession {
    /// The WebSocket is open.
    package mutating func webSocketOpened(now: Instant) {
        guard case .connecting(let deadline) = upgrade else { return }
        upgrade = .probing(deadline: deadline)
        perform(.writeText(WireText.pingProbe))
    }

    /// A text message arrived on the WebSocket.
    ///
    /// It is well-formed UTF-8.
    @inlinable
    package mutating func textReceived(_ text: RawSpan, now: Instant) -> ReceiveAction {
        if isDirect, text.byteCount > 0, text[0] == EnginePacketType.message.digit { return .message }
        return textPacketReceived(text, now: now)
    }

    /// A binary message arrived on the WebSocket.
    @inlinable
    package mutating func binaryReceived(now: Instant) -> ReceiveAction {
        isDirect ? .message : binaryMessageReceived()
    }

    @usableFromInline
    mutating func textPacketReceived(_ text: RawSpan, now: Instant) -> ReceiveAction {
        guard hasWebSocket else { return .none }
        guard transport == .websocket else {
            probeReceived(text)
            return .none
        }
        do throws(EnginePacketError) {
            // A server that was asked for it (`b64`) sends binary messages as base64.
            if phase != .opening, text.byteCount > 0, text[0] == UInt8(ascii: "b") {
                guard let bytes = Base64.decode(text.extracting(droppingFirst: 1)) else { throw .invalidBase64 }
                return .binary(bytes)
            }
            let type = try EnginePacket.type(ofText: text)
            return packetReceived(type, text.extracting(droppingFirst: 1), now: now) ? .message : .none
        } catch {
            openingFailed(.invalidPacket)
            return .none
        }
    }

    @usableFromInline
    mutating func binaryMessageReceived() -> ReceiveAction {
        guard hasWebSocket else { return .none }
        if transport == .polling {
            abandonUpgrade()
        } else if phase == .opening {
            fail(.transportError, .invalidHandshake)
        } else {
            return .message
        }
        return .none
    }

    /// The WebSocket was closed by the server, or its connection ended, or it could not be opened.
    package mutating func webSocketClosed(now: Instant) {
        webSocketEnded(.transportClose, nil)
    }

    /// The WebSocket failed: the server broke its rules, or the connection was reset or refused.
    package mutating func webSocketFailed(now: Instant) {
        webSocketEnded(.transportError, .webSocketFailed)
    }

    private mutating func webSocketEnded(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        guard hasWebSocket else { return }
        hasWebSocket = false
        if transport == .polling {
            returnToPolling()
        } else if phase == .opening {
            openingFailed(.webSocketFailed)
        } else {
            fail(reason, fault)
        }
    }

    // MARK: Packets

    /// A packet of text on the session's own transport.
    ///
    /// - Returns: Whether it is a message for the application.
    mutating func packetReceived(_ type: EnginePacketType, _ data: RawSpan, now: Instant) -> Bool {
        if phase == .opening {
            if type == .open { open(data, now: now) } else { fail(.transportError, .invalidHandshake) }
            return false
        }
        switch type {
        case .message: return true
        case .ping: pingReceived(now: now)
        case .close: peerLeft()
        case .open, .pong, .upgrade, .noop: break
        }
        return false
    }

    private mutating func open(_ data: RawSpan, now: Instant) {
        do throws(EngineHandshakeError) {
            let handshake = try EngineHandshake(data, limits: configuration.limits)
            self.handshake = handshake
            id = handshake.sid
            heartbeat = ClientHeartbeat(
                pingInterval: handshake.pingInterval, pingTimeout: handshake.pingTimeout, now: now)
            phase = .open
            perform(.opened(handshake))
            if transport == .websocket { pending.append(.drainQueue) } else { startUpgrade(handshake, now: now) }
        } catch {
            fail(.transportError, .invalidHandshake)
        }
    }

    private mutating func pingReceived(now: Instant) {
        heartbeat?.pingReceived(now: now)
        pingCount += 1
        if isDirect {
            perform(.writeText(WireText.pong))
        } else if phase == .open, !owesPong {
            // One pong answers any number of pings, so a server cannot fill the queue with them. A session that is
            // closing owes none: what is left to be sent has an end, which the server cannot put off.
            owesPong = true
            queue.append(.pong)
        }
    }

    // MARK: The upgrade

    private mutating func startUpgrade(_ handshake: EngineHandshake, now: Instant) {
        guard configuration.upgrade, configuration.transports.contains(.websocket),
            handshake.upgrades.contains(.websocket)
        else { return }
        hasWebSocket = true
        upgrade = .connecting(deadline: now + configuration.upgradeTimeout)
        perform(.openWebSocket)
    }

    /// A text on the WebSocket that is being tried: only the answer to the probe is right, and only once.
    private mutating func probeReceived(_ text: RawSpan) {
        guard case .probing = upgrade, text.equals("3probe") else { return abandonUpgrade() }
        upgrade = .pausing
        completeUpgradeIfSilent()
    }

    /// Moves to the WebSocket when the probe was answered and no request of polling is underway.
    mutating func completeUpgradeIfSilent() {
        guard case .pausing = upgrade, !isPolling, !isPosting, phase != .closed else { return }
        upgrade = .none
        transport = .websocket
        perform(.writeText(WireText.upgrade))
        perform(.upgraded)
        pending.append(.drainQueue)
        if phase == .closing { finish() }
    }

    mutating func abandonUpgrade() {
        guard transport == .polling, hasWebSocket else { return }
        hasWebSocket = false
        perform(.closeWebSocket)
        returnToPolling()
    }

    /// The session stays on polling, and takes it up again if it had paused.
    private mutating func returnToPolling() {
        upgrade = .none
        perform(.upgradeFailed)
        if !isPolling, phase == .open || phase == .closing {
            isPolling = true
            perform(.poll)
        }
        closeIfDrained()
    }
}
