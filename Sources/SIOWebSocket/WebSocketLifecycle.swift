/// Decides when close frames go, and when the TCP connection ends (RFC 6455 §5.5.1, §7).
///
/// Each input answers with what the driver has to do. "Close the connection" means: send what is queued, then close TCP;
/// "drop" means: close TCP now.
package struct WebSocketLifecycle: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private enum State {
        /// Messages go both ways. Becomes `closing`, `ending` (a client's) or `closed`.
        case open
        /// Our close frame is out, the peer's is not in. Becomes `ending` (a client's) or `closed`.
        case closing(deadline: Instant)
        /// Both close frames are exchanged, and the server owes the end of TCP. Becomes `closed`.
        case ending(deadline: Instant)
        /// Terminal.
        case closed
    }

    private var state = State.open
    private let role: WebSocketRole
    private let closeTimeout: Duration

    /// How the connection came to its end; so far, while it has not.
    package private(set) var closure = WebSocketClosure()

    /// - Parameters:
    ///   - role: This side's.
    ///   - closeTimeout: How long the peer may take to answer a close frame, and then (a server, to its client)
    ///     to end the TCP connection.
    package init(role: WebSocketRole, closeTimeout: Duration = .seconds(10)) {
        self.role = role
        self.closeTimeout = closeTimeout
    }

    /// When ``deadlineReached(now:)`` is to be called.
    package var deadline: Instant? {
        switch state {
        case .closing(let deadline), .ending(let deadline): deadline
        case .open, .closed: nil
        }
    }

    /// Whether messages go both ways: none is sent behind a close frame (RFC 6455 §5.5.1).
    ///
    /// What comes behind our own is still decoded, and thrown away.
    package var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    /// Whether a ping is to be answered (RFC 6455 §5.5.2: unless a close frame has come).
    package var answersPings: Bool {
        switch state {
        case .open, .closing: true
        case .ending, .closed: false
        }
    }

    /// Whether nothing more is to be done, apart from closing TCP if an action said so.
    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }
}

// MARK: Inputs

extension WebSocketLifecycle {
    package enum CloseAction: Equatable, Sendable {
        /// Send the frame, and go on receiving.
        case send(WebSocketCloseFrame)
        /// A close frame has gone before.
        case none
    }

    /// This side wants to end the connection.
    package mutating func close(_ code: WebSocketCloseCode? = nil, reason: String = "", now: Instant) -> CloseAction {
        guard case .open = state else { return .none }
        let frame = WebSocketCloseFrame(code: code, reason: reason)
        closure.initiator = .local
        closure.sent = frame
        state = .closing(deadline: now + closeTimeout)
        return .send(frame)
    }

    package enum ReceivedCloseAction: Equatable, Sendable {
        /// A server's: send the frame, then close the connection.
        case replyAndCloseConnection(WebSocketCloseFrame)
        /// A client's: send the frame, and wait for the server to close the connection.
        case reply(WebSocketCloseFrame)
        /// A server's: both frames are exchanged.
        case closeConnection
        /// A client's: wait for the server to close the connection.
        case wait
    }

    /// The peer's close frame came.
    package mutating func receivedClose(_ frame: WebSocketCloseFrame, now: Instant) -> ReceivedCloseAction {
        switch state {
        case .open:
            // RFC 6455 §5.5.1: the reply echoes the status code; the reason was for us.
            let reply = WebSocketCloseFrame(code: frame.code)
            closure.initiator = .remote
            closure.received = frame
            closure.sent = reply
            exchanged(now: now)
            return role == .server ? .replyAndCloseConnection(reply) : .reply(reply)
        case .closing:
            closure.received = frame
            exchanged(now: now)
            return role == .server ? .closeConnection : .wait
        case .ending, .closed:
            return .wait
        }
    }

    package enum FailureAction: Equatable, Sendable {
        /// Send the frame, then close the connection without waiting for an answer (RFC 6455 §7.1.7).
        case sendAndCloseConnection(WebSocketCloseFrame)
        /// A close frame has gone before, or the connection is at its end: nothing more to say.
        case drop
    }

    /// The decoder threw: the peer does not keep to the protocol, or to the limits.
    package mutating func failed(_ error: WebSocketError) -> FailureAction {
        guard case .open = state else {
            state = .closed
            return .drop
        }
        let frame = WebSocketCloseFrame(code: error.closeCode, reason: error.reason)
        closure.initiator = .local
        closure.sent = frame
        state = .closed
        return .sendAndCloseConnection(frame)
    }

    /// The TCP connection ended, or broke.
    ///
    /// - Returns: How it came to its end: ``WebSocketClosure/isClean``, or 1006 if the peer had not said goodbye.
    package mutating func receivedEnd() -> WebSocketClosure {
        state = .closed
        return closure
    }

    package enum DeadlineAction: Equatable, Sendable {
        /// The peer did not answer our close frame, or did not end the connection, in time.
        case drop
        case wait
    }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    package mutating func deadlineReached(now: Instant) -> DeadlineAction {
        guard let deadline, now >= deadline else { return .wait }
        state = .closed
        return .drop
    }

    /// Both close frames are exchanged.
    ///
    /// RFC 6455 §7.1.1: the server closes TCP first, so that TIME_WAIT is its own and the client can connect again at once.
    private mutating func exchanged(now: Instant) {
        state = role == .server ? .closed : .ending(deadline: now + closeTimeout)
    }
}
