import SIOBytes
import SIONet
package import SIOWebSocket

/// A session's WebSocket: how it comes to it, and what comes from it.
extension EngineSession {
    func open(on channel: WebSocketChannel) {
        adopt(channel)
        drain()
    }

    private func adopt(_ channel: WebSocketChannel) {
        self.channel = Uncounted(channel)
        if let meter = requests == nil ? shard.meter(for: self) : requests?.meter {
            meter.watch(channel)
        } else {
            channel.delegate = self
        }
        reportProgress()
    }

    func webSocketArrived(_ channel: WebSocketChannel) {
        switch machine.webSocketArrived(now: core.now) {
        case .accept:
            adopt(channel)
        case .refuse:
            channel.close()
        }
        drain()
    }

    /// Lets go of the WebSocket, and closes it behind what was written on it.
    func closeWebSocket() {
        guard let channel = channel.take()?.object else { return }
        (channel.delegate as? ClientMeter)?.letGo()
        channel.delegate = nil
        channel.close()
    }
}

extension EngineSession: WebSocketChannelDelegate {
    package func received(text: RawSpan) {
        guard machine.isMessage(text) else { return receivedPacket(text) }
        switch receiver {
        case .some(let receiver): receiver.value.received(text: text.extracting(droppingFirst: 1))
        case nil: break
        }
    }

    /// Anything but a message on the straight road: apart, because a time needs room on the stack that is to be asked for.
    @inline(never)
    private func receivedPacket(_ text: RawSpan) {
        switch machine.textReceived(text, now: core.now) {
        case .message, .messageBehindType: delegate?.received(text: text.extracting(droppingFirst: 1))
        case .binary(let bytes): delegate?.received(binary: bytes.span.bytes)
        case .none: drainAnswers()
        }
    }

    package func received(binary: RawSpan) {
        switch machine.binaryReceived(binary, now: core.now) {
        case .message: delegate?.received(binary: binary)
        case .messageBehindType: delegate?.received(binary: binary.extracting(droppingFirst: 1))
        case .none, .binary: drainAnswers()
        }
    }

    /// Does what the machine made of a message that was for itself.
    private func drainAnswers() {
        drain()
        // A client that probes and probes, or pings, and reads nothing.
        if let channel, channel.object.isOverflowing {
            machine.discard(now: core.now, reason: .sendBufferOverflow)
            drain()
        }
    }

    package func channelDrained() {
        if machine.transport == .websocket { delegate?.sessionDrained() }
        settleWaits()
    }

    package func channelProgressed() { settleWaits() }

    package func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {
        channel = nil
        if failure == .messageTooBig || failure == .frameTooBig {
            shard.limits.report(.maxHttpBufferSize, Double(shard.maxPayload), self)
        }
        if failure != nil {
            machine.webSocketFailed(now: core.now)
        } else {
            machine.webSocketClosed(now: core.now)
        }
        drain()
    }
}
