/// Decides what a client's socket, in one namespace, sends, delivers and gives up (Socket.IO 5).
///
/// A machine without I/O or clock. The driver tells what happened and drains ``nextAction()`` after every call, also while
/// it carries an action out; it calls ``deadlineReached(now:)`` when ``deadline`` has passed. Packets are the driver's:
///
/// - `Message` is an encoded packet, to be sent now or later;
/// - `Event` is what the driver makes of a received event, to be delivered now or later;
/// - `Asker` is who waits for an acknowledgement: each is handed back exactly once;
/// - `Failure` is what the driver knows about a failed attempt to connect, or the end of a connection.
///
/// Each attempt to connect ends with `connected`, `connectFailed` or `connectWithdrawn`; each `connected` with `disconnected`.
package struct ClientSocketMachine<Message, Event, Asker, Failure> {
    package typealias Instant = ContinuousClock.Instant

    /// What the driver has to do, or to tell the application.
    package enum Action {
        /// Evaluate `auth` for the attempt with this number, and call ``ClientSocketMachine/connectPrepared(_:)``.
        case prepareConnect(Int)
        /// Send the packet.
        case send(Message)
        /// Send a DISCONNECT.
        case sendDisconnect
        /// Close the engine for this reason; it is the server's fault.
        case closeTransport(DisconnectReason)
        /// Tell: the socket is connected (`connect`).
        ///
        /// What waited for it was sent before, what was received before is delivered behind it.
        case connected(recovered: Bool)
        /// Tell: the attempt to connect failed (`connect_error`).
        case connectFailed(ConnectFailure)
        /// The attempt to connect was ended by ``ClientSocketMachine/disconnect()``: for those who await it; it is no event.
        case connectWithdrawn
        /// Deliver the event.
        case deliver(Event)
        /// Tell: the socket is not connected any more (`disconnect`); with what went wrong below, if anything did.
        case disconnected(DisconnectReason, Failure?)
        /// Tell who asked that there will be no acknowledgement.
        case fail(Asker, AskFailure)
    }

    /// Why an attempt to connect failed.
    package enum ConnectFailure {
        /// There is no connection to the server; the socket waits for the next one.
        case transport(Failure)
        /// The connection went while the answer was awaited; the socket waits for the next one.
        case lost(DisconnectReason, Failure?)
        /// The server refused with a CONNECT_ERROR; the socket is not active any more.
        case refused(Failure)
        /// `auth` could not be evaluated; the socket is not active any more.
        case unauthenticated(Failure)
        /// The server's answer has no `sid`, as that of a Socket.IO 2 server; the socket is not active any more.
        case incompatible
    }

    /// Why there is no acknowledgement.
    package enum AskFailure: Sendable, Hashable {
        /// It did not come in time, after all retries.
        case timedOut
        /// The connection went after the packet was sent: whether it arrived cannot be known, also if the connection's
        /// state is recovered. Or the packet was given up before it could be sent.
        case disconnected
    }

    enum State {
        /// The socket is not active. Becomes `waiting` or `preparing`.
        case disconnected
        /// The engine is awaited. Becomes `preparing` or `disconnected`.
        case waiting
        /// `auth` is being evaluated. Becomes `connecting`, `waiting` or `disconnected`.
        case preparing
        /// CONNECT was sent. Becomes `connected`, `leaving`, `waiting` or `disconnected`.
        case connecting
        /// CONNECT was sent, and its answer is not wanted any more: it is awaited, because only then a DISCONNECT means
        /// something to the server, and a new CONNECT too. Becomes `disconnected`, `preparing` or `waiting`.
        case leaving(thenConnects: Bool)
        /// Packets go both ways. Becomes `waiting` or `disconnected`.
        case connected
    }

    enum Pending {
        case action(Action)
        /// What waits for the connection is sent; timeouts of what is sent begin at the instant.
        case flush(Instant)
    }

    /// A packet that is sent until it is answered, one after the other.
    struct Question {
        var message: Message
        var size: Int
        var ask: Ask
    }

    /// Who an acknowledgement is for.
    enum Waiting {
        case asker(Asker, id: UInt64, deadline: Instant?)
        /// ``question``.
        case question
    }

    struct HeldEvent {
        var event: Event
        var offset: String?
    }

    let limits: ClientSocketLimits
    var state = State.disconnected
    var hasTransport = false
    var attempt = 0
    var pending: ContiguousArray<Pending> = []
    var firstPending = 0

    var buffer: OfflineBuffer<Message>
    /// The acknowledgements of what is in ``buffer``.
    var unsentAsks = AckTable<Waiting>()
    /// The acknowledgements of what was sent on this connection.
    var sentAsks = AckTable<Waiting>()
    var questions: RetryQueue<Question>
    var questionBytes = 0
    /// The first of ``questions``.
    var question: Question?
    /// Whether ``question`` is to be sent, or sent again, and not on its way.
    var owesQuestion = false

    /// Events that came before CONNECT was answered.
    var held: ContiguousArray<HeldEvent> = []
    var heldBytes = 0

    /// The socket's id, while it is connected.
    package internal(set) var id: String?
    /// The number of times that the socket was connected; see ``mayAnswer(_:)``.
    package internal(set) var connection = 0
    /// What names the session to a server that recovers it; nil if the server does not.
    var privateID: String?
    /// The last event that was received within the session.
    var lastOffset: String?

    package init(limits: ClientSocketLimits = ClientSocketLimits()) {
        self.limits = limits
        buffer = OfflineBuffer(packets: limits.bufferedPackets, bytes: limits.bufferedBytes)
        questions = RetryQueue(limit: limits.queuedPackets)
    }

    // MARK: What the driver asks

    package var isConnected: Bool {
        if case .connected = state { true } else { false }
    }

    /// Whether the socket is connected or wants to be; a manager whose sockets are all inactive closes.
    package var isActive: Bool {
        switch state {
        case .disconnected, .leaving(thenConnects: false): false
        case .waiting, .preparing, .connecting, .leaving(thenConnects: true), .connected: true
        }
    }

    /// The packets that wait for the connection, those among them that are sent until they are answered.
    package var bufferedPackets: Int { buffer.count + questions.count }

    /// Whether a handler that was called within a connection may still answer with an ACK: not on another connection,
    /// where the server may have given the same id to another event.
    ///
    /// - Parameter connection: ``connection`` as it was when the event was delivered.
    /// - Returns: Whether the ACK is to be sent.
    package func mayAnswer(_ connection: Int) -> Bool { isConnected && connection == self.connection }

    /// Whether the server may still say something to the socket: it is active, or has yet to leave.
    package var isBusy: Bool {
        if case .disconnected = state { false } else { true }
    }

    /// Whether anything waits to be sent.
    package var hasUnsent: Bool { !buffer.isEmpty || questions.count > 0 }

    /// Whether an event that comes now is delivered now: it need not be copied then.
    package var deliversAtOnce: Bool { isConnected && pending.isEmpty }

    /// Whether an event's offset may be wanted.
    package var mayBeRecovered: Bool { !isConnected || privateID != nil }

    /// When to call ``deadlineReached(now:)`` next; nil: not at all.
    package var deadline: Instant? {
        guard let sent = sentAsks.deadline else { return unsentAsks.deadline }
        guard let unsent = unsentAsks.deadline else { return sent }
        return min(sent, unsent)
    }

    /// The next thing to do, or nil.
    package mutating func nextAction() -> Action? {
        while firstPending < pending.count {
            let next = pending[firstPending]
            if case .flush(let instant) = next, let message = nextToSend(at: instant) { return .send(message) }
            firstPending += 1
            if firstPending == pending.count {
                pending = []
                firstPending = 0
            }
            if case .action(let action) = next { return action }
        }
        return nil
    }

    mutating func perform(_ action: Action) {
        pending.append(.action(action))
    }
}
