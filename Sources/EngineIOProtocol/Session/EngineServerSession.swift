package import SIOBytes

/// One session's life on the server, on polling, on a WebSocket, and on its way from one to the other (EIO4).
///
/// It speaks the protocol's third version instead where that was agreed on (``EngineDialect``): what differs is how packets
/// are written, and who pings.
///
/// The driver tells what happened, with the time; what is to be answered at once comes back as the call's result, all
/// else from ``nextAction()``, which is to be drained after every call. Once a turn of its loop the driver calls
/// ``flush()``, so that all that was sent meanwhile leaves in one polling answer; and it calls
/// ``deadlineReached(now:)`` when ``deadline`` has passed.
///
/// The straight road: on an open WebSocket a message is neither copied nor queued here, in either direction.
///
/// There is one WebSocket at a time: what happens to one that was refused, or that the driver was told to close, is
/// not reported any more.
@usableFromInline
package struct EngineServerSession: Sendable {
    package typealias Instant = ContinuousClock.Instant

    @usableFromInline
    enum Phase: Sendable {
        /// Packets go both ways. Becomes `closing` or `closed`.
        case open
        /// Closed on this side; a GET is awaited that takes the rest. Becomes `closed`.
        case closing
        /// Terminal.
        case closed
    }

    // In this order it is smallest.
    var heartbeat: Heartbeat
    /// Whether messages go straight to the WebSocket: the session is open, on it, and nothing waits in the queue.
    @usableFromInline var isDirect = false
    @usableFromInline var phase = Phase.open
    /// The transport that carries the session.
    package internal(set) var transport: EngineTransport
    /// Whether a WebSocket is there, the session's or the one being tried.
    var hasWebSocket: Bool
    /// What was agreed on with the client.
    @usableFromInline package let dialect: EngineDialect

    private let shared: SharedEngineConfiguration
    var configuration: EngineConfiguration { shared.value }

    var pending = PendingActions.none
    /// There until messages go straight to the WebSocket.
    var polling: Apart<PollingState>

    /// A session that opens on `transport`.
    ///
    /// On polling, hand in the opening GET with ``pollArrived(now:)``: it takes the handshake.
    package init(
        id: String, transport: EngineTransport, dialect: EngineDialect = [], configuration: EngineConfiguration,
        now: Instant
    ) {
        self.init(
            id: unsafe id.utf8Span.span.bytes, transport: transport, dialect: dialect,
            configuration: SharedEngineConfiguration(configuration), now: now)
    }

    /// A session that opens on `transport`, one of many that share a configuration.
    package init(
        id: RawSpan, transport: EngineTransport, dialect: EngineDialect = [], configuration: SharedEngineConfiguration,
        now: Instant
    ) {
        self.transport = transport
        self.dialect = dialect
        shared = configuration
        heartbeat = Heartbeat(configuration.heartbeat, version: dialect.version, now: now)
        hasWebSocket = transport == .websocket

        let text = shared.openPacket(sid: id, transport: transport)
        let message = configuration.value.initialPacket
        switch transport {
        case .polling:
            var state = PollingState(id: id.string)
            unsafe state.queue.append(.open, text.span.bytes.extracting(droppingFirst: 1))
            if let message { unsafe state.queue.append(.message, message.span.bytes) }
            polling = Apart(state)
        case .websocket:
            // Nothing waits where there is a WebSocket already.
            polling = Apart()
            if let message {
                perform(.writeText(text))
                pending.append(.writeTextAndDrainQueue([EnginePacketType.message.digit] + message))
            } else {
                pending.append(.writeTextAndDrainQueue(text))
            }
        }
    }

    // MARK: What the driver asks

    /// Whether messages are taken.
    @inlinable
    package var isOpen: Bool {
        if case .open = phase { true } else { false }
    }

    @inlinable
    package var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    /// Whether a WebSocket is being tried.
    package var isUpgrading: Bool {
        if case .none = upgrade { false } else { true }
    }

    /// The bytes that wait for a GET or for the end of an upgrade.
    package var bufferedBytes: Int { polling.read { $0.queue.byteCount } ?? 0 }

    /// Whether anything is to be done; as ``rest()`` it changes nothing.
    package mutating func hasActions() -> Bool {
        if case .none = pending { false } else { true }
    }

    /// The next thing to do, or nil.
    package mutating func nextAction() -> Action? {
        while let next = pending.first {
            switch next {
            case .action(let action):
                pending.removeFirst()
                return action
            case .writeTextAndDrainQueue(let text):
                pending.replaceFirst(by: .drainQueue)
                return .writeText(text)
            case .drainQueue:
                switch polling.change({ $0.queue.popFirst() }) ?? nil {
                case .text(let bytes): return .writeText(bytes)
                case .binary(let bytes): return .writeBinary(bytes)
                case nil:
                    pending.removeFirst()
                    isDirect = isOpen && transport == .websocket
                    if isDirect { polling.clear() }
                }
            }
        }
        return nil
    }

    /// What the driver has to know when nothing more is to be done.
    package struct Rest: Sendable {
        /// Whether the session is over.
        package let isClosed: Bool
        /// When to call ``deadlineReached(now:)`` next; nil when the session is closed.
        package let deadline: Moment?
        /// The bytes that wait for a GET or for the end of an upgrade.
        package let bufferedBytes: Int
    }

    /// What is to be known behind the last of ``nextAction()``.
    ///
    /// It changes nothing: but what may change is looked at where it is, and all else would be copied.
    package mutating func rest() -> Rest {
        Rest(isClosed: isClosed, deadline: due, bufferedBytes: bufferedBytes)
    }

    /// When to call ``deadlineReached(now:)`` next; nil when the session is closed.
    package var deadline: Instant? { due?.instant }

    private var due: Moment? {
        let first: Moment?
        switch phase {
        case .open: first = heartbeat.due
        case .closing: first = closeDeadline.map(Moment.init)
        case .closed: return nil
        }
        guard let second = polling.read({ $0.upgradeDeadline }).map(Moment.init) else { return first }
        guard let first else { return second }
        return min(first, second)
    }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    package mutating func deadlineReached(now: Instant) {
        switch phase {
        case .closed: return
        case .closing: if let deadline = closeDeadline, now >= deadline { finish(.forcedClose) }
        case .open:
            switch heartbeat.deadlineReached(now: now) {
            case .sendPing: ping()
            case .close(let reason): fail(reason, nil)
            case .wait: break
            }
        }
        upgradeDeadlineReached(now: now)
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
        guard isOpen else { return .closed }
        let limits = configuration.limits
        // What is sent in front of the open packet of a session that begins on a WebSocket waits, too.
        if polling.isEmpty { polling = Apart(PollingState(id: "")) }
        return polling.change { $0.enqueue(data, isBinary: isBinary, limits: limits) } ?? .closed
    }

    // MARK: Helpers

    mutating func perform(_ action: Action) {
        pending.append(.action(action))
    }
}

/// The packets that are always the same.
enum WireText {
    static let close: [UInt8] = [EnginePacketType.close.digit]
    static let ping: [UInt8] = [EnginePacketType.ping.digit]
    static let pong: [UInt8] = [EnginePacketType.pong.digit]
    static let upgrade: [UInt8] = [EnginePacketType.upgrade.digit]
    static let noop: [UInt8] = [EnginePacketType.noop.digit]
    static let pingProbe = Array("2probe".utf8)
    static let pongProbe = Array("3probe".utf8)
}
