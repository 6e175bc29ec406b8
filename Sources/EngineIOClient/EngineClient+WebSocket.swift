import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIONet
package import SIOWebSocket

/// The WebSocket: the session's own, or one that is tried (EIO4 "Upgrade").
extension EngineClient {
    func openWebSocket() {
        beginOpening()
        let url = requests.url(.websocket, id: machine.id, using: &core.random)
        var request = WebSocketRequest(url)
        request.headers = requests.headers(.websocket, cookies: cookies(for: url))
        request.subprotocols = options.protocols
        request.deflate = options.perMessageDeflate
        request.limits = WebSocketLimits(
            maxMessageSize: options.maxMessageSize, maxFrameSize: options.maxMessageSize)
        request.connect = options.connect
        opening = WebSocketOpening(request, core: core) { [self] result in
            opening = nil
            switch result {
            case .success(let opened):
                store(opened.response.headers, from: url)
                opened.channel.connection.outboundLimit = options.maxSendBufferSize
                opened.channel.delegate = self
                channel = opened.channel
                machine.webSocketOpened(now: core.now)
            case .failure(let error):
                if case .refused(let response) = error { store(response.headers, from: url) }
                failure = EngineClientError(error, .handshake)
                machine.webSocketFailed(now: core.now)
            }
            drain()
        }
        opening?.start()
    }

    /// Closes the WebSocket behind what was written on it.
    func closeWebSocket() {
        opening?.cancel()
        opening = nil
        guard let channel = channel.take() else { return }
        channel.delegate = nil
        // Only the session's own carried what was sent; one that was tried may end when it likes.
        if machine.isClosed, machine.transport == .websocket {
            farewell = WebSocketFarewell(channel) { [weak self] in
                self?.farewell = nil
                self?.left()
            }
        }
        channel.close()
    }

    /// Drops the WebSocket at once.
    func abandonWebSocket() {
        opening?.cancel()
        opening = nil
        let channel = self.channel
        self.channel = nil
        channel?.delegate = nil
        channel?.abort()
    }
}

extension EngineClient: WebSocketChannelDelegate {
    package func received(text: RawSpan) {
        switch machine.textReceived(text, now: core.now) {
        case .message: delegate?.received(text: text.extracting(droppingFirst: 1))
        case .binary(let bytes): delegate?.received(binary: bytes.span.bytes)
        case .none, .messageBehindType: drainAnswers()
        }
    }

    package func received(binary: RawSpan) {
        switch machine.binaryReceived(now: core.now) {
        case .message: delegate?.received(binary: binary)
        case .none, .binary, .messageBehindType: drainAnswers()
        }
    }

    /// Does what the machine made of a message that was for itself.
    private func drainAnswers() {
        drain()
        // A server that pings and pings, and reads nothing.
        if let channel, channel.isOverflowing {
            machine.discard(now: core.now, reason: .sendBufferOverflow)
            drain()
        }
    }

    package func channelDrained() {
        if machine.isOpen, machine.transport == .websocket { delegate?.drained() }
    }

    package func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {
        let connection = channel?.connection
        channel = nil
        self.failure = EngineClientError(closure, failure, network: connection?.failure)
        if failure != nil {
            machine.webSocketFailed(now: core.now)
        } else {
            machine.webSocketClosed(now: core.now)
        }
        drain()
    }
}
