package import SIOBytes
package import SIOWebSocket

/// Who takes a channel's messages.
///
/// All calls come on the channel's loop.
package protocol WebSocketChannelDelegate: AnyObject {
    /// A text message; the bytes are gone when the call returns.
    func received(text: RawSpan)
    /// A binary message; the bytes are gone when the call returns.
    func received(binary: RawSpan)
    /// All that was sent has been handed to the system.
    func channelDrained()
    /// The channel is closed. Nothing comes after this.
    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?)
}

/// A WebSocket on a connection: the driver of SIOWebSocket's machines.
package final class WebSocketChannel: ConnectionStage, DeadlineOwner {
    package let connection: TCPConnection
    /// Held until the channel is closed.
    package var delegate: (any WebSocketChannelDelegate)?

    private let role: WebSocketRole
    // What each message passes is not checked for overlapping accesses: nothing that the decoder does comes back here.
    @exclusivity(unchecked) private var decoder: WebSocketDecoder
    private var lifecycle: WebSocketLifecycle {
        didSet { isTakingMessages = lifecycle.maySendMessages }
    }
    /// What the lifecycle says, for each message to ask.
    @exclusivity(unchecked) private var isTakingMessages = true
    private var failure: WebSocketError?
    private var needed = 0
    private var deadline: Deadline?

    package init(
        _ connection: TCPConnection, role: WebSocketRole, limits: WebSocketLimits, closeTimeout: Duration = .seconds(10)
    ) {
        self.connection = connection
        self.role = role
        decoder = WebSocketDecoder(role: role, limits: limits)
        lifecycle = WebSocketLifecycle(role: role, closeTimeout: closeTimeout)
    }

    // MARK: Receiving

    package var bytesWanted: Int { needed }

    package func received(_ window: inout MutableRawSpan) -> Int {
        // Behind its fault nothing that the peer sends means anything.
        if failure != nil { return window.byteCount }
        var offset = 0
        // Held for the whole window. One that lets go of the channel meanwhile has closed it, and is handed nothing more.
        let delegate = self.delegate
        do throws(WebSocketError) {
            while let step = try decoder.next(in: &window, from: offset) {
                offset = step.end
                handle(step.event, window.bytes, delegate)
                if connection.isClosed { return offset }
            }
            // Behind a close frame nothing is looked at (RFC 6455 §1.4).
            if !lifecycle.answersPings { return window.byteCount }
            needed = offset < window.byteCount ? decoder.bytesNeeded(in: window.bytes, from: offset) ?? 0 : 0
        } catch {
            fail(error)
            return window.byteCount
        }
        return offset
    }

    @inline(__always)
    private func handle(
        _ event: WebSocketEvent, _ window: RawSpan, _ delegate: (any WebSocketChannelDelegate)?
    ) {
        switch event {
        case .message(let kind, .window(let range)):
            deliver(kind, window.extracting(range), to: delegate)
        case .message(let kind, .assembled(let bytes)):
            deliver(kind, bytes.span.bytes, to: delegate)
        case .fragment, .pong:
            break
        case .ping(let range):
            guard lifecycle.answersPings else { return }
            // A peer that pings and reads nothing would have us keep pongs without end.
            if connection.isOverflowing { return connection.abort() }
            write(.pong, window.extracting(range))
        case .close(let frame):
            received(frame)
        }
    }

    @inline(__always)
    private func deliver(
        _ kind: WebSocketMessageKind, _ bytes: RawSpan, to delegate: (any WebSocketChannelDelegate)?
    ) {
        guard isTakingMessages else { return }
        switch kind {
        case .text: delegate?.received(text: bytes)
        case .binary: delegate?.received(binary: bytes)
        }
    }

    private func received(_ frame: WebSocketCloseFrame) {
        switch lifecycle.receivedClose(frame, now: connection.core.now) {
        case .replyAndCloseConnection(let reply):
            write(reply)
            connection.closeWhenDrained()
        case .reply(let reply):
            write(reply)
            armDeadline()
        case .closeConnection:
            connection.closeWhenDrained()
        case .wait:
            armDeadline()
        }
    }

    private func fail(_ error: WebSocketError) {
        failure = failure ?? error
        switch lifecycle.failed(error) {
        case .sendAndCloseConnection(let frame):
            write(frame)
            connection.closeWhenDrained()
        case .drop:
            connection.abort()
        }
    }

    // MARK: Sending

    /// Whether messages are still sent; one that is not is dropped.
    package var isOpen: Bool { isTakingMessages && !connection.isClosed }

    /// Whether more waits to be written than the connection allows.
    package var isOverflowing: Bool { connection.isOverflowing }

    /// Sends the buffer's bytes as a text message; the frame's header is put in front of them.
    package func send(text: inout ByteBuffer) {
        guard isOpen else { return }
        WebSocketFrame.prependHeader(.text, maskingKey: maskingKey(), to: &text)
        connection.write(text.bytes)
    }

    package func send(text: RawSpan) {
        guard isOpen else { return }
        write(.text, text)
    }

    package func send(binary: RawSpan) {
        guard isOpen else { return }
        write(.binary, binary)
    }

    /// Sends a frame that was built before, for many.
    package func send(frame: SharedBytes) {
        guard isOpen else { return }
        connection.write(frame)
    }

    /// Begins the closing handshake (RFC 6455 §7.1.2).
    package func close(_ code: WebSocketCloseCode? = nil, reason: String = "") {
        guard case .send(let frame) = lifecycle.close(code, reason: reason, now: connection.core.now) else { return }
        write(frame)
        armDeadline()
    }

    /// Drops the connection.
    package func abort() {
        connection.abort()
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: RawSpan) {
        connection.withScratch { scratch in
            WebSocketFrame.append(opcode, payload: payload, maskingKey: maskingKey(), to: &scratch)
        }
    }

    private func write(_ frame: WebSocketCloseFrame) {
        connection.withScratch { WebSocketFrame.append(frame, maskingKey: maskingKey(), to: &$0) }
    }

    private func maskingKey() -> WebSocketMaskingKey? {
        guard role == .client else { return nil }
        var random = SystemRandomNumberGenerator()
        return WebSocketMaskingKey(using: &random)
    }

    // MARK: The end

    package func receivedEnd() {
        connection.abort()
    }

    package func drained() {
        delegate?.channelDrained()
    }

    package func closed() {
        if let deadline { connection.core.set(deadline, of: self, to: nil) }
        let closure = lifecycle.receivedEnd()
        let delegate = self.delegate
        self.delegate = nil
        delegate?.channelClosed(closure, failure: failure)
    }

    private func armDeadline() {
        let deadline = self.deadline ?? Deadline()
        self.deadline = deadline
        connection.core.set(deadline, of: self, to: lifecycle.deadline)
    }

    package func deadlineReached(now: ContinuousClock.Instant) {
        switch lifecycle.deadlineReached(now: now) {
        case .drop: connection.abort()
        case .wait: armDeadline()
        }
    }
}
