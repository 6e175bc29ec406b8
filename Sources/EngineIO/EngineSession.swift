package import EngineIOProtocol
package import SIOBytes
import SIOHTTP
package import SIONet
import SIOWebSocket

/// Who takes a session's messages.
///
/// All calls come on the session's loop.
package protocol EngineSessionDelegate: AnyObject {
    /// A text message; the bytes are gone when the call returns.
    func received(text: RawSpan)
    /// A binary message; the bytes are gone when the call returns.
    func received(binary: RawSpan)
    /// All that was sent has been handed to the system, or to the client's poll.
    func sessionDrained()
    /// The time has come that ``EngineSession/callDelegate(at:)`` was told.
    func deadlineReached(now: ContinuousClock.Instant)
    /// The session is over. Nothing comes after this.
    func sessionClosed(_ reason: EngineDisconnectReason, _ fault: EngineFault?)
}

extension EngineSessionDelegate {
    package func deadlineReached(now: ContinuousClock.Instant) {}
}

/// One session on its loop: the driver of EngineIOProtocol's server machine.
package final class EngineSession {
    /// The WebSocket: the session's, or the one that is being tried.
    ///
    /// Its connection keeps it alive, until ``channelClosed(_:failure:)`` or until the session lets go of it.
    @exclusivity(unchecked) var channel: Uncounted<WebSocketChannel>?
    /// Set at the beginning, and let go of at the end of the turn in which the session is over.
    package var delegate: (any EngineSessionDelegate)? {
        get {
            switch receiver {
            case .some(let receiver): receiver.value
            case nil: nil
            }
        }
        set { receiver = newValue.map { InPlace($0) } }
    }
    // Behind a function: another module's own access would be checked.
    @exclusivity(unchecked) private(set) var receiver: InPlace<any EngineSessionDelegate>?
    // The machine calls nobody, so that no access of it can come within another. It holds times, whose size is known to the
    // standard library alone: what stands behind it has to be looked for.
    @exclusivity(unchecked) var machine: EngineServerSession
    package let core: LoopCore
    package let key: RandomID
    package let origin: SessionOrigin
    let shard: EngineShard
    /// There until the session is on a WebSocket.
    @exclusivity(unchecked) var requests: Requests?
    private let deadline = Deadline()
    @exclusivity(unchecked) private var isDirty = false
    /// Whether any message that waits may be compressed when it leaves, and whether any must not be.
    @exclusivity(unchecked) var waiting = (mayBeCompressed: false, mustStayPlain: false)
    /// When the delegate wants to be called: no deadline of its own, because the session's comes first in most cases.
    @exclusivity(unchecked) package private(set) var delegateDeadline: Moment?

    /// A session that the exchange's request opens.
    init(
        _ key: RandomID, _ transport: EngineTransport, _ dialect: EngineDialect,
        _ configuration: SharedEngineConfiguration, exchange: HTTPExchange, shard: EngineShard
    ) {
        self.key = key
        self.shard = shard
        core = exchange.core
        let now = core.now
        machine = shard.withID(of: key) {
            EngineServerSession(id: $0, transport: transport, dialect: dialect, configuration: configuration, now: now)
        }
        let address = exchange.remoteAddress
        origin = exchange.withRequest { SessionOrigin($0, from: address) }
        if transport == .polling {
            let requests = Requests()
            requests.meter = shard.meter(for: self)
            self.requests = requests
        }
    }

    /// The session's id.
    package var id: String { shard.id(of: key) }

    package var transport: EngineTransport { machine.transport }
    package var isOpen: Bool { machine.isOpen }
    /// Whether the client speaks the protocol's third version.
    package var speaksVersion3: Bool { machine.dialect.isVersion3 }

    /// Whether a message that is sent now leaves now: what `volatile` asks.
    package var isWritable: Bool {
        guard machine.isOpen else { return false }
        switch machine.transport {
        case .websocket: return channel?.object.connection.isWritable ?? false
        case .polling: return isPollHeld && !machine.isUpgrading
        }
    }

    /// The bytes that were sent and wait: for the client's next GET, or for the system to take them.
    package var bufferedBytes: Int { machine.bufferedBytes + (channel?.object.connection.outboundCount ?? 0) }

    /// Has the WebSocket say how it gets on, if somebody waits for that.
    ///
    /// Every turn of every connection would tell otherwise.
    func reportProgress() {
        channel?.object.reportsDrained = shard.waiters.isAwaited(self)
    }

    /// Whether a GET is held.
    var isPollHeld: Bool { requests?.poll != nil }
    /// Whether a POST's body is arriving.
    var isReceivingPost: Bool { requests?.post != nil }

    /// Has the session looked after at the end of the turn.
    func flushLater() {
        guard !isDirty else { return }
        isDirty = true
        core.atEndOfTurn(self)
    }

    // MARK: Closing

    /// Closes the session behind all that was sent.
    package func close() {
        machine.close(now: core.now)
        drain()
    }

    /// Closes the session at once.
    package func discard() {
        machine.discard(now: core.now)
        drain()
    }

    // MARK: The machine

    /// Does what the machine asks for, and sets its next deadline.
    func drain() {
        while let action = machine.nextAction() {
            switch action {
            case .respondPoll(let payload): respondPoll(payload)
            case .abortPost:
                let post = requests?.post
                requests?.post = nil
                post?.exchange.abort()
            case .writeText(let text): channel?.object.send(text: text.span.bytes, compress: compressesDrained)
            case .writeBinary(let bytes):
                if let channel { write(bytes.span.bytes, on: channel.object, compressesDrained) }
            case .closeWebSocket: closeWebSocket()
            case .upgrading: break
            case .upgraded: requests = nil
            case .closed(let reason, let fault): closed(reason, fault)
            }
        }
        let rest = machine.rest()
        if !rest.isClosed { core.set(deadline, of: self, toMoment: earliest(rest.deadline)) }
        if rest.bufferedBytes == 0 { waiting = (false, false) } else if isPollHeld { flushLater() }
    }

    /// Whether what waited is compressed when it leaves on a WebSocket: what must not be, may be a secret.
    private var compressesDrained: Bool { waiting.mayBeCompressed && !waiting.mustStayPlain }

    /// What waited says nothing of what is going to wait.
    func forgetWhatLeft() {
        if machine.rest().bufferedBytes == 0 { waiting = (false, false) }
    }

    /// Has the delegate be called at the instant, and forgets the one told before; nil: not at all.
    package func callDelegate(at instant: ContinuousClock.Instant?) {
        delegateDeadline = instant.map(Moment.init)
        guard let delegateDeadline, !machine.isClosed else { return }
        if let due = deadline.due, due <= delegateDeadline { return }
        core.set(deadline, of: self, toMoment: delegateDeadline)
    }

    private func earliest(_ own: Moment?) -> Moment? {
        guard let delegateDeadline else { return own }
        return min(own ?? delegateDeadline, delegateDeadline)
    }

    private func closed(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        core.set(deadline, of: self, toMoment: nil)
        requests?.meter?.end()
        if reason == .sendBufferOverflow {
            shard.limits.report(.maxSendBufferSize, Double(shard.maxSendBufferSize), self)
        }
        // Those above may be in the middle of a call: they find the session, and its delegate, alive until the end of
        // this turn.
        flushLater()
        shard.closed(self)
        if !shard.waiters.isEmpty { shard.waiters.end(self) }
        delegate?.sessionClosed(reason, fault)
    }
}

extension EngineSession: DeadlineOwner, EndOfTurnWork {
    package func deadlineReached(now: ContinuousClock.Instant) {
        let isDelegates = delegateDeadline.map { $0 <= Moment(now) } ?? false
        if isDelegates { delegateDeadline = nil }
        machine.deadlineReached(now: now)
        drain()
        if isDelegates, !machine.isClosed { delegate?.deadlineReached(now: now) }
    }

    package func endOfTurn() {
        isDirty = false
        if machine.isClosed {
            // What overflowed has not been told yet.
            if machine.hasActions() { drain() }
            if !isDirty { delegate = nil }
            return
        }
        if let payload = machine.flush() { respondPoll(payload) }
    }
}
