import SIOBytes
import SIONet
import SIOWebSocket

/// A WebSocket on its loop: between the channel and what the loop and its users share.
final class WebSocketDriver: WebSocketChannelDelegate, DeadlineOwner {
    /// What pongs may add to what waits to be sent: a peer that pings and pings and reads nothing is dropped.
    private static let pongAllowance = 1024 * 1024

    private let channel: WebSocketChannel
    private let state: ConnectionState
    private var keepAlive: WebSocketKeepAlive?
    private let messageTimeout: Duration
    /// When the message in fragments that has begun has to be there; nil where none has.
    private var messageEnd: ContinuousClock.Instant?
    private let deadline = Deadline()
    private var pings = PendingPings()
    /// Whether the connection was dropped because a ping was not answered.
    private var wasSilent = false

    private var connection: TCPConnection { channel.connection }
    private var core: LoopCore { connection.core }

    init(_ channel: WebSocketChannel, _ options: WebSocket.Options, sharing state: ConnectionState) {
        self.channel = channel
        self.state = state
        messageTimeout = options.messageTimeout
        connection.outboundLimit = options.sendBuffer + Self.pongAllowance
        if let wanted = options.keepAlive {
            keepAlive = WebSocketKeepAlive(interval: wanted.interval, timeout: wanted.timeout, now: core.now)
        }
        channel.delegate = self
        armDeadline()
    }

    // MARK: Receiving

    func received(text: RawSpan) { take(.text(text.string)) }

    func received(binary: RawSpan) { take(.binary(binary.array)) }

    func receivedFrame(byteCount: Int) {
        guard messageEnd == nil, channel.isWithinMessage else { return }
        messageEnd = core.now + messageTimeout
        armDeadline()
    }

    private func take(_ message: WebSocketMessage) {
        if messageEnd != nil {
            messageEnd = nil
            armDeadline()
        }
        guard state.received(message) else { return }
        connection.pauseInbound()
        keepAlive?.hold()
    }

    /// Reads the peer again.
    func resumeReading() {
        connection.resumeInbound()
        keepAlive?.resume()
    }

    // MARK: Sending

    /// Sends a message that there is room for.
    func send(_ message: WebSocketMessage) {
        switch message {
        case .text(let text): channel.send(text: text.utf8Span.span.bytes)
        case .binary(let bytes): channel.send(binary: bytes.span.bytes)
        }
        // What the application sends is its own affair; what pongs add to it is bounded.
        connection.outboundLimit = connection.outboundCount + Self.pongAllowance
        if !channel.isOpen { state.beginClosing() }
        state.handedOver(message.weight, waiting: connection.outboundCount)
    }

    func channelDrained() { state.left(connection.outboundCount) }

    func channelProgressed() { state.left(connection.outboundCount) }

    // MARK: Pings

    /// Sends a ping, and resumes with the time to its pong.
    func ping(_ ticket: WaitTicket, timeout: Duration, _ continuation: CheckedContinuation<Duration, any Error>) {
        guard channel.isOpen else {
            return continuation.resume(throwing: state.ending?.refusal ?? .closing)
        }
        // The loop's own time stands still within a turn.
        let ping = pings.add(ticket, continuation, to: self, now: .now)
        let payload = ping.payload
        channel.ping(payload.span.bytes)
        core.set(ping.deadline, of: ping, to: core.now + timeout)
    }

    func cancelPing(_ ticket: WaitTicket) {
        guard let ping = pings.remove(where: { $0.ticket === ticket }) else { return }
        settle(ping, .failure(CancellationError()))
    }

    func timedOut(_ ping: PendingPing) {
        guard pings.remove(where: { $0 === ping }) != nil else { return }
        settle(ping, .failure(WebSocketFailure(.pingTimeout, "the peer did not answer a ping in time")))
    }

    func received(pong: RawSpan) {
        let now = core.now
        if keepAlive?.receivedPong(pong, now: now) == nil {
            let answered = pings.removeAnswered(by: pong)
            for ping in answered { settle(ping, .success(.now - ping.sent)) }
            if !answered.isEmpty { keepAlive?.receivedLaterPong(now: now) }
        }
        armDeadline()
    }

    private func settle(_ ping: PendingPing, _ result: Result<Duration, any Error>) {
        core.set(ping.deadline, of: ping, to: nil)
        ping.continuation.resume(with: result)
    }

    private func armDeadline() {
        guard channel.delegate === self else { return }
        let due = keepAlive?.deadline
        core.set(deadline, of: self, to: messageEnd.map { min($0, due ?? $0) } ?? due)
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        guard channel.isOpen else { return }
        if let messageEnd, now >= messageEnd { return channel.fail(.messageTooSlow) }
        switch keepAlive?.deadlineReached(now: now, takesMore: connection.hasTakenMore) {
        case .sendPing(let payload):
            channel.ping(payload.span.bytes)
        case .drop:
            wasSilent = true
            return channel.abort()
        case .wait, nil:
            break
        }
        armDeadline()
    }

    // MARK: The end

    /// Begins the closing handshake; what was sent before goes before.
    func close(_ code: WebSocketCloseCode?, reason: String) {
        state.beginClosing()
        channel.close(code, reason: reason)
        // From here on the peer has the time that it has for its answer.
        keepAlive = nil
        messageEnd = nil
        armDeadline()
        // The peer's goodbye stands behind what nobody takes.
        connection.resumeInbound()
    }

    func abort() {
        channel.abort()
    }

    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {
        core.set(deadline, of: self, to: nil)
        let ending = ConnectionState.Ending(closure: closure, failure: self.failure(closure, failure))
        for ping in pings.removeAll() { settle(ping, .failure(ending.refusal)) }
        state.end(ending)
    }

    private func failure(_ closure: WebSocketClosure, _ fault: WebSocketError?) -> WebSocketFailure? {
        if wasSilent {
            return WebSocketFailure(.pingTimeout, "the peer did not answer a ping in time", closure: closure)
        }
        if let fault {
            return WebSocketFailure(.protocolViolation, "the peer was sent away: \(fault.reason)", closure: closure)
        }
        if closure.isClean { return nil }
        let cause = connection.tlsFailure.map { "TLS: \($0)" } ?? "nobody said goodbye"
        return WebSocketFailure(.connectionLost, "the connection was lost: \(cause)", closure: closure)
    }
}
