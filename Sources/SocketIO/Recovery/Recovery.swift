import SIOBytes
import SIOJSON
import SIONet
import Synchronization

/// A namespace's connection state recovery: its log, and the clients that are away.
///
/// What is sent goes through the log: written there, then sent by each loop in the log's order.
final class Recovery: Sendable {
    let limits: ConnectionStateRecovery
    fileprivate let loops: [EventLoop]
    private let sweeper: LoopBound<RecoverySweeper>
    private let nextOffset = Atomic<UInt64>(0)
    private let state: Mutex<State>

    private struct State {
        var log: RecoveryLog
        var away: RecoverySessions
        /// The sockets that are connected, by their private ids.
        var connected: [String: Socket] = [:]
        /// Whether the sweeper will call; it stops where nothing is kept, which has to be known with what is.
        var isArmed = false

        /// Something is kept.
        ///
        /// - Returns: Whether the sweeper has to be told.
        mutating func arm() -> Bool {
            defer { isArmed = true }
            return !isArmed
        }
    }

    /// What a client missed.
    struct Missed {
        var session: RecoverySessions.Session
        var packets: [EventPacket]
        /// Up to where the log was looked through.
        var end: Int
    }

    init(_ limits: ConnectionStateRecovery, loops: [EventLoop]) {
        limits.check()
        self.limits = limits
        self.loops = loops
        sweeper = LoopBound(RecoverySweeper(), to: loops[0])
        state = Mutex(State(log: RecoveryLog(limits, loops: loops.count), away: RecoverySessions(limits)))
    }

    // MARK: Sending

    /// The offset of a packet that is about to be encoded: nothing but a name for it.
    func makeOffset() -> UInt64 { nextOffset.add(1, ordering: .relaxed).newValue }

    /// Writes down an event, which the loops have to be told to send.
    ///
    /// - Returns: Up to where they have to be told to go on.
    func append(_ packet: EventPacket, to target: RecoveryLog.Target, compress: Bool) -> RecoveryLog.Ticket {
        let (ticket, mustArm) = state.withLock { state in
            (state.log.append(packet, to: target, compress: compress, now: .now), state.arm())
        }
        if mustArm { armSweeper() }
        return ticket
    }

    /// Has another loop do something, in the order of what is sent.
    ///
    /// - Returns: False if the loop was shut down; the body is dropped then.
    func carry(to shard: LoopBound<NamespaceShard>, _ body: @escaping RecoveryLog.Work) -> Bool {
        let loop = shard.loop
        let ticket = state.withLock { $0.log.append(body, for: loop.index) }
        if loop.post({ [self] in shard.value.goOn(with: self, upTo: ticket) }) { return true }
        // Its last turn may have come to it all the same.
        return state.withLock { $0.log.remove(ticket, for: loop.index) } == nil
    }

    /// The next that a loop has to do of all that was handed in up to a ticket.
    func next(for loop: EventLoop, upTo ticket: RecoveryLog.Ticket) -> RecoveryLog.Step? {
        state.withLock { $0.log.next(for: loop.index, upTo: ticket) }
    }

    // MARK: Clients

    /// Lets the body change who is away, and lets go of those that it forgets behind the lock: what their data holds may want it.
    private func withState<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, forgotten) = state.withLock { state in (body(&state), state.away.takeForgotten()) }
        return withExtendedLifetime(forgotten) { result }
    }

    /// A socket is connected, anew.
    ///
    /// - Returns: Where it stands.
    func connected(_ socket: Socket, as privateID: String) -> RecoveryPlace {
        state.withLock { state in
            state.connected[privateID] = socket
            return RecoveryPlace(start: state.log.cursor(of: socket.loop.index))
        }
    }

    /// A socket is connected again.
    ///
    /// - Returns: What came since the client's return; nil if that is forgotten already.
    func returned(_ socket: Socket, as privateID: String, _ missed: Missed) -> Missed? {
        state.withLock { state in
            let rooms = socket.rooms
            guard let more = state.log.entries(from: missed.end, for: socket.id, in: rooms) else { return nil }
            state.connected[privateID] = socket
            var missed = missed
            missed.packets += more
            missed.end = state.log.end
            missed.session.place.skipped = missed.end
            if let last = missed.packets.last?.offset { missed.session.place.sent = last }
            return missed
        }
    }

    /// A socket is over.
    ///
    /// - Parameters:
    ///   - socket: The socket, its rooms and data still as they were.
    ///   - privateID: What its client was told.
    ///   - session: Its id and place, if it may come back.
    func ended(_ socket: Socket, as privateID: String, _ session: (id: String, place: RecoveryPlace)?) {
        let data = socket.state.withLock { $0.data }
        let rooms = socket.rooms
        let mustArm = withState { state in
            guard state.connected[privateID] === socket else { return false }
            state.connected[privateID] = nil
            guard let session else { return false }
            let end = state.log.cursor(of: socket.loop.index)
            state.away.save(
                .init(id: session.id, rooms: rooms, data: data, place: session.place, end: end), as: privateID,
                now: .now)
            return state.arm()
        }
        if mustArm { armSweeper() }
    }

    /// The socket that the server takes for connected, although its client returns.
    func connectedSocket(_ privateID: String) -> Socket? {
        state.withLock { $0.connected[privateID] }
    }

    /// A client returns.
    ///
    /// - Parameters:
    ///   - privateID: What it was told when it first connected.
    ///   - offset: The offset of the last event it has received; nil if it has received none.
    /// - Returns: What it missed; nil if the server does not know any more.
    func take(_ privateID: String, offset: String?) -> Missed? {
        withState { state in
            guard let session = state.away.take(privateID, now: .now) else { return nil }
            let from = state.log.missed(of: session, behind: offset.flatMap(EventPacket.offset))
            guard let packets = state.log.entries(from: from, for: session.id, in: session.rooms) else {
                state.away.forget(session)
                return nil
            }
            return Missed(session: session, packets: packets, end: state.log.end)
        }
    }

    /// Whether nothing is kept: no event, and nobody who is away.
    var isEmpty: Bool { state.withLock { $0.log.isEmpty && $0.away.isEmpty } }

    // MARK: Time

    private func armSweeper() {
        loops[0].run { [self] in sweeper.value.arm(self) }
    }

    /// Forgets what is too old.
    ///
    /// - Returns: Whether there is anything left to forget later.
    func sweep() -> Bool {
        withState { state in
            state.log.evict(now: .now)
            state.away.evict(now: .now)
            state.isArmed = !(state.log.isEmpty && state.away.isEmpty)
            return state.isArmed
        }
    }
}

/// Has a namespace forget what nobody can come back for any more, on the first loop.
final class RecoverySweeper: DeadlineOwner {
    private weak var recovery: Recovery?
    private var core: LoopCore?
    private let deadline = Deadline()

    func arm(_ recovery: Recovery) {
        self.recovery = recovery
        core = recovery.loops[0].core
        set()
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        if recovery?.sweep() == true { set() }
    }

    private func set() {
        guard let core, let recovery else { return }
        core.set(deadline, of: self, to: core.now + recovery.limits.maxDisconnectionDuration / 2)
    }
}
