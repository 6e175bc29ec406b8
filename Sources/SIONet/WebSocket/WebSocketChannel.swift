import CLibUV
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
    /// What is no message, and costs something all the same: a ping, a pong, or a part of a message that is not the last.
    func receivedFrame(byteCount: Int)
    /// A pong, asked for or not, behind ``receivedFrame(byteCount:)``; the bytes are gone when the call returns.
    func received(pong: RawSpan)
    /// All that was sent has been handed to the system.
    func channelDrained()
    /// A part of what was sent has been handed to the system.
    func channelProgressed()
    /// The channel is closed. Nothing comes after this.
    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?)
}

extension WebSocketChannelDelegate {
    package func receivedFrame(byteCount: Int) {}
    package func received(pong: RawSpan) {}
    package func channelProgressed() {}
}

/// A WebSocket on a connection: the driver of SIOWebSocket's machines.
package final class WebSocketChannel: ConnectionStage, DeadlineOwner {
    // In front what each message passes, which is not checked for overlapping accesses: nothing that the decoder does comes
    // back here.
    package let connection: TCPConnection
    /// What the lifecycle says, for each message to ask.
    @exclusivity(unchecked) private(set) var isTakingMessages = true
    @exclusivity(unchecked) private var answersPings = true
    private let role: WebSocketRole
    /// The bytes that a message needs to be compressed.
    private let compressionThreshold: Int
    /// Held until the channel is closed.
    package var delegate: (any WebSocketChannelDelegate)? {
        get { receiver }
        set { receiver = newValue }
    }
    // Behind a function: another module's own access would be checked.
    @exclusivity(unchecked) private var receiver: (any WebSocketChannelDelegate)?

    @exclusivity(unchecked) private var decoder: WebSocketDecoder
    /// Made when the end begins: until then there is nothing to know.
    @exclusivity(unchecked) private var ending: Ending?
    /// Nil where compression was not agreed on.
    let deflate: Compression?
    /// The bytes that a message may become when it is decompressed.
    let maxMessageSize: Int
    private let closeTimeout: Duration
    @exclusivity(unchecked) private var needed = 0
    @exclusivity(unchecked) package private(set) var messageCount = 0

    /// A channel's way to its end.
    private final class Ending {
        var lifecycle: WebSocketLifecycle
        var failure: WebSocketError?
        let deadline = Deadline()

        init(_ lifecycle: WebSocketLifecycle) {
            self.lifecycle = lifecycle
        }
    }

    /// A channel's compression: most have none, and no room for it.
    final class Compression {
        var state: WebSocketDeflate

        init(_ state: WebSocketDeflate) {
            self.state = state
        }
    }

    package init(
        _ connection: TCPConnection,
        role: WebSocketRole,
        limits: WebSocketLimits,
        deflate: WebSocketDeflate? = nil,
        closeTimeout: Duration = .seconds(10)
    ) {
        self.connection = connection
        self.role = role
        decoder = WebSocketDecoder(role: role, limits: limits, mayBeCompressed: deflate != nil)
        self.deflate = deflate.map(Compression.init)
        compressionThreshold = deflate?.threshold ?? .max
        maxMessageSize = limits.maxMessageSize
        self.closeTimeout = closeTimeout
    }

    // MARK: Receiving

    package var bytesWanted: Int { needed }

    /// Whether a message in fragments has begun, and not ended.
    package var isWithinMessage: Bool { decoder.isWithinMessage }

    package func received(_ window: inout MutableRawSpan) -> Int {
        // Behind its fault nothing that the peer sends means anything.
        if let ending, ending.failure != nil { return window.byteCount }
        var offset = 0
        messageCount = 0
        // Held for the whole window. One that lets go of the channel meanwhile has closed it, and is handed nothing more.
        let delegate = self.delegate
        do throws(WebSocketError) {
            while offset < window.byteCount {
                if let message = try decoder.nextMessage(in: &window, from: offset) {
                    offset = message.payload.upperBound
                    deliver(message.kind, window.bytes.extracting(message.payload), to: delegate)
                } else if let step = try decoder.next(in: &window, from: offset) {
                    offset = step.end
                    try handle(step.event, window.bytes, delegate)
                } else {
                    break
                }
                messageCount += 1
                if connection.takesNothing { return offset }
            }
            // Behind a close frame nothing is looked at (RFC 6455 §1.4).
            if !answersPings { return window.byteCount }
            needed = offset < window.byteCount ? decoder.bytesNeeded(in: window.bytes, from: offset) ?? 0 : 0
        } catch {
            fail(error)
            return window.byteCount
        }
        return offset
    }

    @inline(never)
    private func handle(
        _ event: WebSocketEvent, _ window: RawSpan, _ delegate: (any WebSocketChannelDelegate)?
    ) throws(WebSocketError) {
        switch event {
        case .message(let kind, .window(let range)):
            deliver(kind, window.extracting(range), to: delegate)
        case .message(let kind, .assembled(let bytes)):
            deliver(kind, bytes.span.bytes, to: delegate)
        case .compressed(let kind, let payload):
            try inflate(kind, payload, window, for: delegate)
        case .fragment:
            delegate?.receivedFrame(byteCount: 0)
        case .pong(let range):
            delegate?.receivedFrame(byteCount: 0)
            delegate?.received(pong: window.extracting(range))
        case .ping(let range):
            delegate?.receivedFrame(byteCount: range.count)
            guard answersPings else { return }
            // A peer that pings and reads nothing would have us keep pongs without end.
            if connection.isOverflowing { return connection.abort() }
            write(.pong, window.extracting(range))
        case .close(let frame):
            received(frame)
        }
    }

    @inline(__always)
    func deliver(
        _ kind: WebSocketMessageKind, _ bytes: RawSpan, to delegate: (any WebSocketChannelDelegate)?
    ) {
        guard isTakingMessages else { return }
        switch kind {
        case .text: delegate?.received(text: bytes)
        case .binary: delegate?.received(binary: bytes)
        }
    }

    private func received(_ frame: WebSocketCloseFrame) {
        switch withLifecycle({ $0.receivedClose(frame, now: connection.core.now) }) {
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

    /// Sends the peer away, because of what it did, or did not do in time.
    package func fail(_ error: WebSocketError) {
        guard !connection.isClosed else { return }
        let action = withLifecycle { $0.failed(error) }
        if let ending, ending.failure == nil { ending.failure = error }
        switch action {
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
    ///
    /// It is compressed where that was agreed on, the caller wants it, and it is long enough.
    package func send(text: inout ByteBuffer, compress: Bool = true) {
        guard isOpen else { return }
        if text.count >= compressionThreshold, compress { return writeCompressed(.text, text.bytes) }
        WebSocketFrame.prependHeader(.text, maskingKey: maskingKey(), to: &text)
        connection.write(text.bytes)
    }

    /// Sends a text message, compressed as the other is.
    package func send(text: RawSpan, compress: Bool = true) {
        guard isOpen else { return }
        if text.byteCount >= compressionThreshold, compress { return writeCompressed(.text, text) }
        write(.text, text)
    }

    /// Sends a binary message, compressed as a text is.
    package func send(binary: RawSpan, compress: Bool = true) {
        guard isOpen else { return }
        if binary.byteCount >= compressionThreshold, compress { return writeCompressed(.binary, binary) }
        write(.binary, binary)
    }

    /// Sends a frame that was built before, for many; compressed, if it is, once for all of them.
    package func send(frame: SharedBytes, compress: Bool = true) {
        guard isOpen else { return }
        if frame.count >= compressionThreshold, compress { return writeCompressed(frame) }
        connection.write(frame)
    }

    /// Has brought into the cache what a broadcast will reach for soon: the connection, and three objects more.
    package func prefetchConnection(
        and first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ third: UnsafeRawPointer
    ) {
        sio_prefetch(Uncounted(connection).address)
        sio_prefetch(first)
        sio_prefetch(second)
        sio_prefetch(third)
    }

    /// Sends a ping of at most 125 bytes (RFC 6455 §5.5.2).
    package func ping(_ bytes: RawSpan) {
        guard isOpen else { return }
        write(.ping, bytes)
    }

    /// Begins the closing handshake (RFC 6455 §7.1.2).
    package func close(_ code: WebSocketCloseCode? = nil, reason: String = "") {
        guard !connection.isClosed else { return }
        let action = withLifecycle { $0.close(code, reason: reason, now: connection.core.now) }
        guard case .send(let frame) = action else { return }
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

    @inline(__always)
    func maskingKey() -> WebSocketMaskingKey? {
        if case .server = role { nil } else { makeMaskingKey() }
    }

    @inline(never)
    private func makeMaskingKey() -> WebSocketMaskingKey {
        WebSocketMaskingKey(using: &connection.core.random)
    }

    // MARK: The end

    package func receivedEnd() {
        connection.abort()
    }

    /// Whether the delegate is told each time that what it sent, or a part of it, has been handed to the system.
    package var reportsDrained: Bool {
        get { connection.reportsDrained }
        set { connection.reportsDrained = newValue }
    }

    package func drained() {
        delegate?.channelDrained()
    }

    package func progressed() {
        delegate?.channelProgressed()
    }

    package func closed() {
        if let ending { connection.core.set(ending.deadline, of: self, to: nil) }
        deflate?.state.release(to: connection.core.compression.pool)
        // Most connections end without a farewell: for that nothing need be kept.
        let closure = ending?.lifecycle.receivedEnd() ?? WebSocketClosure()
        isTakingMessages = false
        let failure = ending?.failure
        let delegate = self.delegate
        self.delegate = nil
        delegate?.channelClosed(closure, failure: failure)
    }

    private func armDeadline() {
        guard let ending else { return }
        connection.core.set(ending.deadline, of: self, to: ending.lifecycle.deadline)
    }

    package func deadlineReached(now: ContinuousClock.Instant) {
        switch withLifecycle({ $0.deadlineReached(now: now) }) {
        case .drop: connection.abort()
        case .wait: armDeadline()
        }
    }

    private func withLifecycle<Action>(_ body: (inout WebSocketLifecycle) -> Action) -> Action {
        let ending = self.ending ?? Ending(WebSocketLifecycle(role: role, closeTimeout: closeTimeout))
        self.ending = ending
        let action = body(&ending.lifecycle)
        isTakingMessages = ending.lifecycle.isOpen
        answersPings = ending.lifecycle.answersPings
        return action
    }
}
