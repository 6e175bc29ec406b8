import SIOBytes

/// One session's life on the client: the mirror of ``EngineServerSession`` (EIO4).
///
/// The driver tells what happened, with the time, and drains ``nextAction()`` after every call. Once a turn of its
/// loop it calls ``flush()``, so that all that was sent meanwhile leaves in one POST; and it calls
/// ``deadlineReached(now:)`` when ``deadline`` has passed.
///
/// There is one WebSocket at a time: what happens to one that the driver was told to close is not reported any more.
package struct EngineClientSession: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// What the driver has to do.
    package enum Action: Equatable, Sendable {
        /// Send a GET, with ``EngineClientSession/id`` as its `sid` when there is one.
        case poll
        /// Send a POST with this payload.
        case post([UInt8])
        /// Give up the GET and the POST that are underway.
        case abortRequests
        /// Open a WebSocket, with ``EngineClientSession/id`` as its `sid` when there is one.
        case openWebSocket
        /// Write a text message on the WebSocket.
        case writeText([UInt8])
        /// Write a binary message on the WebSocket.
        case writeBinary([UInt8])
        /// Close the WebSocket, behind what was written on it.
        case closeWebSocket
        /// The session is open.
        case opened(EngineHandshake)
        /// The session is on the WebSocket now.
        case upgraded
        /// The WebSocket did not work out; the session stays on polling.
        case upgradeFailed
        /// The session is over. Requests underway that were not given up are left to finish.
        case closed(EngineDisconnectReason, EngineFault?)
    }

    package typealias SendAction = EngineServerSession.SendAction
    package typealias ReceiveAction = EngineServerSession.ReceiveAction

    enum Phase {
        /// The handshake is awaited. Becomes `open` or `closed`.
        case opening
        /// Packets go both ways. Becomes `closing` or `closed`.
        case open
        /// Closed on this side; what was sent is still leaving, or an upgrade is under way. Becomes `closed`.
        case closing
        /// Terminal.
        case closed
    }

    enum Upgrade {
        /// No WebSocket is being tried. Becomes `connecting`.
        case none
        /// The WebSocket is being opened. Becomes `probing`, or `none`.
        case connecting(deadline: Instant)
        /// The probe is out. Becomes `pausing`, or `none`.
        case probing(deadline: Instant)
        /// The probe was answered; the GET and the POST underway are awaited. Becomes `none`.
        case pausing
    }

    /// The session's id, once it is open.
    package internal(set) var id: String?
    /// The transport that carries the session, or is to open it.
    package internal(set) var transport: EngineTransport
    /// What the server told when the session was opened.
    package internal(set) var handshake: EngineHandshake?
    let configuration: EngineClientConfiguration

    var phase = Phase.opening
    var upgrade = Upgrade.none
    var heartbeat: ClientHeartbeat?
    /// The end of all patience with what was sent, in a session that is closing.
    var closeDeadline: Instant?
    /// The pings that came.
    package internal(set) var pingCount = 0
    /// The transports that were not tried yet.
    var others: ArraySlice<EngineTransport>
    var hasWebSocket = false
    var isPolling = false
    var isPosting = false
    /// The reader of the GET's body that is being handed out.
    var reader: EnginePayloadReader?
    /// Closed before the handshake arrived on polling: the server has to be told when it comes.
    var owesClose = false
    /// A pong waits in the queue.
    var owesPong = false
    var queue = PacketQueue()
    var pending: [Pending] = []
    /// Whether messages go straight to the WebSocket: the session is open, on it, and nothing waits in the queue.
    @usableFromInline var isDirect = false

    enum Pending {
        case action(Action)
        /// Everything in the queue leaves as WebSocket messages.
        case drainQueue
    }

    /// A session that is to be opened, on the first of the configuration's transports.
    package init(configuration: EngineClientConfiguration = EngineClientConfiguration()) {
        guard let first = configuration.transports.first else { preconditionFailure("no transports to choose from") }
        self.configuration = configuration
        transport = first
        others = configuration.transports.dropFirst()
        connect()
    }

    /// Tries to open the session on ``transport``.
    mutating func connect() {
        switch transport {
        case .polling:
            isPolling = true
            perform(.poll)
        case .websocket:
            hasWebSocket = true
            perform(.openWebSocket)
        }
    }

    // MARK: What the driver asks

    package var isOpen: Bool { phase == .open }

    package var isClosed: Bool { phase == .closed }

    /// Whether a message that is sent now leaves with this turn: what `volatile` asks.
    package var isWritable: Bool {
        guard phase == .open else { return false }
        if case .pausing = upgrade { return false }
        return transport == .websocket ? isDirect : !isPosting
    }

    /// The bytes that wait for a POST or for the end of an upgrade.
    package var bufferedBytes: Int { queue.byteCount }

    /// The next thing to do, or nil.
    package mutating func nextAction() -> Action? {
        while let next = pending.first {
            if case .action(let action) = next {
                removeFirstPending()
                return action
            }
            switch queue.popFirst() {
            case .text(let bytes): return .writeText(bytes)
            case .binary(let bytes): return .writeBinary(bytes)
            case nil:
                removeFirstPending()
                isDirect = phase == .open && transport == .websocket
            }
        }
        return nil
    }

    /// When to call ``deadlineReached(now:)`` next.
    package var deadline: Instant? {
        guard phase != .closed else { return nil }
        let upgradeDeadline: Instant?
        switch upgrade {
        case .none, .pausing: upgradeDeadline = nil
        case .connecting(let deadline), .probing(let deadline): upgradeDeadline = deadline
        }
        return Self.earlier(Self.earlier(heartbeat?.deadline, upgradeDeadline), closeDeadline)
    }

    private static func earlier(_ one: Instant?, _ other: Instant?) -> Instant? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    /// Whether the server has been silent for too long, though the driver's timer has not fired yet.
    ///
    /// EIO4 "Heartbeat". Worth a look before each write: a timer may be late after the machine slept.
    package func hasPingExpired(now: Instant) -> Bool {
        heartbeat?.isExpired(now: now) ?? false
    }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    package mutating func deadlineReached(now: Instant) {
        guard phase != .closed else { return }
        if hasPingExpired(now: now) { return fail(.pingTimeout, nil) }
        if let closeDeadline, now >= closeDeadline { return discard(now: now) }
        switch upgrade {
        case .connecting(let deadline), .probing(let deadline): if now >= deadline { abandonUpgrade() }
        case .none, .pausing: break
        }
    }

    // MARK: Sending

    /// Sends a text message; `text` is what the peer's application gets, and must not contain U+001E while on polling.
    @inlinable
    package mutating func send(text: RawSpan) -> SendAction {
        isDirect ? .write : enqueue(text, isBinary: false)
    }

    /// Sends a binary message.
    @inlinable
    package mutating func send(binary: RawSpan) -> SendAction {
        isDirect ? .write : enqueue(binary, isBinary: true)
    }

    @usableFromInline
    mutating func enqueue(_ data: RawSpan, isBinary: Bool) -> SendAction {
        guard phase == .opening || phase == .open else { return .closed }
        let size = 1 + (isBinary ? Base64.encodedCount(data.byteCount) : data.byteCount) + (queue.isEmpty ? 0 : 1)
        let limits = configuration.limits
        guard queue.count < limits.bufferedPackets, queue.byteCount + size <= limits.bufferedBytes else {
            return .overflow
        }
        if isBinary { queue.append(binary: data) } else { queue.append(.message, data) }
        return .buffered
    }

    // MARK: Helpers

    mutating func perform(_ action: Action) {
        pending.append(.action(action))
    }

    private mutating func removeFirstPending() {
        if pending.count == 1 { pending = [] } else { pending.removeFirst() }
    }
}
