package import EngineIOProtocol
package import SIOBytes
package import SIOHTTP
package import SIONet
import SIOWebSocket

/// One session on a client's loop: the driver of EngineIOProtocol's client machine.
///
/// It lives, with its delegate, from ``open()`` until it is closed, whoever holds it.
package final class EngineClient {
    /// How long requests that tell a server goodbye may take, when nobody waits for them any more.
    static let farewellTime: Duration = .seconds(5)

    let core: LoopCore
    let options: EngineClientOptions
    let memory: EngineClientMemory
    let requests: EngineRequestMaker
    /// Polling's connections.
    let http: HTTPClient
    // The machine calls nobody, so that no access of it can come within another.
    @exclusivity(unchecked) var machine: EngineClientSession
    /// Held until the session is closed.
    var delegate: (any EngineClientDelegate)?

    /// The GET and the POST that are underway.
    var poll: HTTPClientTask?
    var post: HTTPClientTask?
    /// The bytes of the POST that is underway.
    var postedBytes = 0
    /// The WebSocket that is being opened.
    var opening: WebSocketOpening?
    /// The WebSocket: the session's, or the one that is being tried.
    var channel: WebSocketChannel?
    /// What went wrong last, for the case that the session ends for it.
    var failure: EngineClientError?

    private let deadline = Deadline()
    /// When the session must be open; nil when it is, or if nobody minds.
    private var openDeadline: ContinuousClock.Instant?
    private var isPerforming = false
    /// Whether the session is over, and its last words are on their way.
    private var isLeaving = false
    /// The WebSocket that was closed, until the server has closed it as well.
    var farewell: WebSocketFarewell?
    private var isDirty = false
    /// Whether all that waits may be compressed when it leaves for a WebSocket: what must not be, may be a secret.
    private var compressesWaiting = true
    private var seenPings = 0
    /// The loop's ``LoopCore/timeAsleep`` when the server was last heard of.
    private var sleepBefore: Duration = .zero

    /// A session that is to be opened.
    ///
    /// - Parameters:
    ///   - url: The server. Its path is not looked at, see ``EngineClientOptions/path``.
    ///   - options: How.
    ///   - loop: The loop that it is to live on, which is the caller's.
    ///   - memory: What is known from the sessions before.
    ///   - delegate: Who takes its messages; held until the session is closed.
    package init(
        url: HTTPURL, options: EngineClientOptions = EngineClientOptions(), loop: EventLoop,
        memory: EngineClientMemory = EngineClientMemory(), delegate: any EngineClientDelegate
    ) {
        options.perMessageDeflate?.check()
        core = loop.core
        self.options = options
        self.memory = memory
        self.delegate = delegate
        requests = EngineRequestMaker(url, options)
        var httpOptions = HTTPClient.Options()
        httpOptions.connect = options.connect
        http = HTTPClient(url, options: httpOptions, core: core)
        machine = EngineClientSession(
            configuration: options.session(webSocketFirst: options.rememberUpgrade && memory.webSocketWorked))
    }

    /// Begins to open the session.
    package func open() {
        flushLater()
    }

    // MARK: What is there to know

    package var isOpen: Bool { machine.isOpen }
    /// The session's id, once it is open.
    package var id: String? { machine.id }
    package var transport: EngineTransport { machine.transport }
    /// What the server told when the session was opened.
    package var handshake: EngineHandshake? { machine.handshake }

    /// Whether a message that is sent now leaves now: what `volatile` asks.
    package var isWritable: Bool {
        guard machine.isWritable, !hasPingExpired else { return false }
        return machine.transport == .polling || channel?.connection.isWritable == true
    }

    /// The bytes that were sent and wait: for the server's answer to a POST, or for the system to take them.
    package var bufferedBytes: Int {
        machine.bufferedBytes + postedBytes + (channel?.connection.outboundCount ?? 0)
    }

    /// Whether the server has been silent for too long, though the timer has not said so yet, as after the machine slept.
    ///
    /// The session ends in the loop's next turn then.
    package var hasPingExpired: Bool {
        guard isOverdue else { return false }
        flushLater()
        return true
    }

    private var isOverdue: Bool { machine.isOpen && machine.hasPingExpired(now: timeOfServer) }

    /// The time as the server sees it, which has not slept since its last ping.
    private var timeOfServer: ContinuousClock.Instant { core.now + (core.timeAsleep - sleepBefore) }

    // MARK: Sending

    /// Sends a text message.
    package func send(text: RawSpan, compress: Bool = true) {
        var packet = ByteBuffer()
        packet.restart(roomInFront: Self.roomInFront, expecting: 1 + text.byteCount)
        EnginePacket.append(.message, text, to: &packet)
        send(packet: &packet, compress: compress)
    }

    /// The room that a packet should have in front of it.
    package static let roomInFront = WebSocketFrame.maxHeaderLength

    /// Sends a text message: `packet` is the packet's type, `4`, and the message.
    ///
    /// A frame's header is put in front of it, for which there should be room; its bytes are used up.
    package func send(packet: inout ByteBuffer, compress: Bool = true) {
        guard !hasPingExpired else { return }
        switch machine.send(text: packet.bytes.extracting(droppingFirst: 1)) {
        case .write:
            channel?.send(text: &packet, compress: compress)
            checkOverflow()
        case let other: sent(other, compress)
        }
    }

    /// Sends a binary message.
    package func send(binary: RawSpan, compress: Bool = true) {
        guard !hasPingExpired else { return }
        switch machine.send(binary: binary) {
        case .write:
            write(binary, compress)
            checkOverflow()
        case let other: sent(other, compress)
        }
    }

    private func sent(_ action: EngineClientSession.SendAction, _ compress: Bool) {
        switch action {
        case .write, .closed: break
        case .buffered:
            if !compress { compressesWaiting = false }
            flushLater()
        case .overflow: overflow()
        }
    }

    private func checkOverflow() {
        if channel?.isOverflowing == true { overflow() }
    }

    /// Too much waits to be sent: the session takes nothing more, and is over at the end of the turn.
    private func overflow() {
        machine.discard(now: core.now, reason: .sendBufferOverflow)
        flushLater()
    }

    private func write(_ binary: RawSpan, _ compress: Bool) {
        guard options.forceBase64 else { return channel?.send(binary: binary, compress: compress) ?? () }
        var packet = ByteBuffer()
        packet.restart(roomInFront: Self.roomInFront, expecting: 4 + binary.byteCount * 4 / 3)
        _ = EngineDialect.base64.append(binaryMessage: binary, to: &packet)
        channel?.send(text: &packet, compress: compress)
    }

    // MARK: Closing

    /// Closes the session behind all that was sent.
    package func close() {
        machine.close(now: core.now)
        flushLater()
    }

    // MARK: The machine

    private func flushLater() {
        guard !isDirty else { return }
        isDirty = true
        core.atEndOfTurn(self)
    }

    /// Does what the machine asks for, sets its next deadline, and sees to it that what waits leaves with this turn.
    func drain() {
        performActions()
        if machine.bufferedBytes > 0 { flushLater() } else { compressesWaiting = true }
    }

    private func performActions() {
        guard !isPerforming else { return }
        isPerforming = true
        while let action = machine.nextAction() { perform(action) }
        if machine.pingCount != seenPings {
            seenPings = machine.pingCount
            sleepBefore = core.timeAsleep
            delegate?.pinged()
        }
        isPerforming = false
        guard !machine.isClosed else { return }
        let next = [machine.deadline, openDeadline].compactMap { $0 }.min()
        core.set(deadline, of: self, to: next)
    }

    private func perform(_ action: EngineClientSession.Action) {
        switch action {
        case .poll: sendPoll()
        case .post(let payload): send(post: payload)
        case .abortRequests: abortRequests()
        case .openWebSocket: openWebSocket()
        case .writeText(let text): channel?.send(text: text.span.bytes, compress: compressesWaiting)
        case .writeBinary(let bytes): write(bytes.span.bytes, compressesWaiting)
        case .closeWebSocket: closeWebSocket()
        case .opened(let handshake):
            openDeadline = nil
            failure = nil
            sleepBefore = core.timeAsleep
            if machine.transport == .websocket { memory.webSocketWorked = true }
            delegate?.opened(handshake)
        case .upgraded:
            memory.webSocketWorked = true
            // Polling is not gone back to.
            http.close(within: Self.farewellTime)
            delegate?.upgraded()
        case .upgradeFailed:
            memory.webSocketWorked = false
            failure = nil
        case .closed(let reason, let fault): closed(reason, fault)
        }
    }

    /// The session is being opened on a transport, for which there is so much time.
    func beginOpening() {
        guard machine.handshake == nil else { return }
        // What another transport failed for is not this one's fault.
        failure = nil
        openDeadline = options.openTimeout.map { core.now + $0 }
    }

    private func closed(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        if reason == .transportError { memory.webSocketWorked = false }
        http.close(within: Self.farewellTime)
        guard reason == .forcedClose else {
            let error = failure ?? fault.map { EngineClientError($0, on: machine.transport) }
            return tellClosed(reason, error)
        }
        // What was sent is told to have left when the server has said so.
        isLeaving = true
        core.set(deadline, of: self, to: core.now + Self.farewellTime)
        left()
    }

    /// Something that this side waited for before it calls itself closed has come, or will not come.
    func left() {
        if isLeaving, post == nil, farewell == nil { tellClosed(.forcedClose, nil) }
    }

    private func tellClosed(_ reason: EngineDisconnectReason, _ error: EngineClientError?) {
        isLeaving = false
        farewell = nil
        core.set(deadline, of: self, to: nil)
        let delegate = self.delegate
        self.delegate = nil
        delegate?.closed(reason, error)
    }
}

extension EngineClient: DeadlineOwner, EndOfTurnWork {
    package func deadlineReached(now: ContinuousClock.Instant) {
        if isLeaving { return tellClosed(.forcedClose, nil) }
        if let openDeadline, now >= openDeadline {
            self.openDeadline = nil
            openingTimedOut(now: now)
        } else {
            machine.deadlineReached(now: now)
        }
        drain()
    }

    private func openingTimedOut(now: ContinuousClock.Instant) {
        switch machine.transport {
        case .polling:
            poll?.abort()
            poll = nil
            failure = EngineClientError(.timedOut, .poll, "the session was not opened in time")
            machine.pollFailed(now: now)
        case .websocket:
            abandonWebSocket()
            failure = EngineClientError(.timedOut, .handshake, "the session was not opened in time")
            machine.webSocketFailed(now: now)
        }
    }

    package func endOfTurn() {
        isDirty = false
        // The timer may be late.
        if isOverdue { machine.deadlineReached(now: timeOfServer) }
        performActions()
        if let payload = machine.flush() { send(post: payload) }
    }
}
