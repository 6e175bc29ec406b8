import EngineIOClient
import SIOBytes
import SIOEvents
import SIOJSON
import SIONet
import SocketIOProtocol
import Synchronization

/// What a client's socket is on its loop: the driver of ``ClientSocketMachine``.
final class ClientSocketCore {
    typealias Machine = ClientSocketMachine<ClientPacket, KeptEvent?, Asker, SocketIOClient.ConnectFailure>
    typealias Asker = @Sendable (AcknowledgementOutcome) -> Void

    let namespace: String
    let configuration: ClientSocket.Configuration
    /// Which of all sockets it is: they are told things in the order in which they were made.
    let serial: Int
    /// The public face.
    weak var face: ClientSocket?
    /// The public face while the server may say something to it: what nobody holds goes on, too.
    private var holder: ClientSocket?
    weak var manager: ManagerCore?

    var machine: Machine
    private let deadline = Deadline()
    private var isPerforming = false
    private var wasActive = false
    /// Whether the socket was active, and those have to be told who listen until its end.
    private var hasEnded = false
    /// What answers events of this connection; nil while there is none.
    var connection: ClientConnection?
    var listeners = Listeners()
    var outgoing = OutgoingListeners()
    let handlers = LifecycleHandlers<ClientSocket.Change>()
    /// Those who wait until the socket is connected.
    var connectWaiters: [Waiter] = []
    /// Those who wait until nothing waits to be sent.
    var sendWaiters: [Waiter] = []
    /// Those who wait until the socket has left, and all that it sent.
    var closeWaiters: [@Sendable () -> Void] = []

    private static let serials = Atomic<Int>(0)

    init(_ namespace: String, _ configuration: ClientSocket.Configuration) {
        self.namespace = namespace
        self.configuration = configuration
        serial = Self.serials.add(1, ordering: .relaxed).newValue
        var limits = ClientSocketLimits()
        limits.bufferedPackets = configuration.maxBufferedPackets
        limits.bufferedBytes = configuration.maxBufferedBytes
        limits.queuedPackets = configuration.maxBufferedPackets
        limits.queuedBytes = configuration.maxBufferedBytes
        machine = Machine(limits: limits)
    }

    /// Tells the core whose it is, once.
    func face(_ socket: ClientSocket, _ manager: ManagerCore) {
        face = socket
        self.manager = manager
        manager.add(self)
    }

    var core: LoopCore? { face?.loop.core }
    var now: ContinuousClock.Instant { core?.now ?? .now }

    // MARK: What the application wants

    /// Connects.
    ///
    /// - Parameter waiter: Told when the socket is connected, or when that is not to be expected any more.
    func connect(_ waiter: Waiter? = nil) {
        guard !isOver else { return waiter?.finish(.failure(Self.cancelled)) ?? () }
        if let waiter {
            connectWaiters.removeAll(where: \.isDone)
            connectWaiters.append(waiter)
            if machine.isConnected { return finish(\.connectWaiters, .success(())) }
        }
        machine.connect()
        perform()
        // Where a handler has just been told that the connection is over for good.
        if machine.isActive { manager?.open() }
    }

    /// Tells when nothing waits to be sent any more, or that this is not to be expected.
    func whenSent(_ waiter: Waiter) {
        sendWaiters.append(waiter)
        perform()
    }

    func disconnect() {
        machine.disconnect(now: now)
        perform()
    }

    /// Leaves for good: all that waits is given up.
    func abandon() {
        machine.abandon(now: now)
        perform()
    }

    /// Leaves for good, and calls back when all that was sent has left.
    func close(_ body: @escaping @Sendable () -> Void) {
        // A handler may want that while the machine's wishes are being carried out.
        closeWaiters.append(body)
        abandon()
    }

    /// Whether the loop ends: nothing is begun any more.
    var isOver: Bool { core?.isStopping ?? true }

    /// Sends a packet.
    ///
    /// - Parameters:
    ///   - packet: The packet.
    ///   - ask: The acknowledgement that it asks for, if it does.
    ///   - options: How to send it.
    func emit(_ packet: ClientPacket, ask: Machine.Ask?, _ options: EmitOptions) {
        guard !isOver else { return ask?.asker(.failed(.disconnected)) ?? () }
        manager?.endIfExpired()
        // The loop's time is that of its turn's beginning, and no question is to be given up before its time.
        let now = ask == nil ? self.now : core?.exactNow ?? .now
        let action: Machine.EmitAction
        if let ask, let retries = options.retries, !options.isVolatile {
            action = machine.emit(packet, size: packet.size, retries: retries, ask: ask, now: now)
        } else {
            let delivery: Machine.Delivery =
                options.isVolatile ? .volatile(isWritable: manager?.isWritable ?? false) : .ordinary
            action = machine.emit(packet, size: packet.size, ask: ask, delivery, now: now)
        }
        switch action {
        case .send: send(packet)
        case .stored: break
        case .dropped: ask?.asker(.failed(.dropped))
        case .overflow:
            if let ask { ask.asker(.failed(.tooManyWaiting)) } else { face?.report(SendBufferFull(), event: "emit") }
        }
        perform()
    }

    func clearBuffer() {
        machine.clearBuffer()
        perform()
    }

    /// Nobody waits for an acknowledgement any more.
    func cancel(_ id: UInt64) {
        let asker = machine.cancel(id, now: now)
        perform()
        asker?(.cancelled)
    }

    /// Answers an event, if the connection that it came by is still there.
    func acknowledge(_ packet: ClientPacket, on connection: Int) {
        guard machine.mayAnswer(connection) else { return }
        send(packet)
    }

    // MARK: What the manager says

    func transportOpened() {
        machine.transportOpened()
        perform()
    }

    /// The engine could not be opened.
    ///
    /// - Parameters:
    ///   - failure: Why.
    ///   - isFinal: Whether there will be no more attempts, until somebody wants one.
    func transportFailed(_ failure: SocketIOClient.ConnectFailure, isFinal: Bool) {
        machine.transportFailed(failure)
        if isFinal { machine.disconnect(now: now) }
        perform()
    }

    /// The engine is over; the caller has the socket ``perform()`` what follows from that.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - error: What went wrong with it, if anything did.
    ///   - isFinal: Whether there will be no other one, until somebody wants one.
    func transportClosed(_ reason: DisconnectReason, _ error: EngineClientError?, isFinal: Bool) {
        machine.transportClosed(reason, error.map(SocketIOClient.ConnectFailure.init), now: now)
        if isFinal { machine.disconnect(now: now) }
        face?.update { $0.id = machine.id }
        noteActivity()
    }

    func received(_ packet: consuming Packet) {
        switch packet.kind {
        case .event: return received(event: packet)
        case .ack:
            guard let id = packet.id, let asker = machine.ackReceived(id, now: now) else { return }
            asker(.answered(ArgumentReader(packet)))
        case .connect:
            let reply = try? packet.payload?.decode(ConnectReply.self)
            machine.connectReceived(id: reply?.sid, privateID: reply?.pid, now: now)
        case .connectError: machine.connectErrorReceived(SocketIOClient.ConnectFailure(refusal: packet.payload))
        case .disconnect: machine.disconnectReceived(now: now)
        }
        perform()
    }

    private struct ConnectReply: Decodable {
        var sid: String?
        var pid: String?
    }

    // MARK: The machine

    /// Does what the machine asks for.
    func perform() {
        guard !isPerforming else { return }
        isPerforming = true
        while let action = machine.nextAction() { carryOut(action) }
        isPerforming = false
        core?.set(deadline, of: self, to: machine.deadline)
        // Held until the end of this, which may be the last that knows it.
        let face = self.face
        holder = machine.isBusy ? face : nil
        noteActivity()
        if hasEnded {
            hasEnded = false
            if !wasActive { withExtendedLifetime(listeners.removeThoseUntilEnd()) {} }
        }
        if !sendWaiters.isEmpty { finishSendWaiters() }
        if !closeWaiters.isEmpty { finishCloseWaiters() }
        withExtendedLifetime(face) {}
    }

    /// Tells the face and the manager whether the socket is active.
    func noteActivity() {
        let isActive = machine.isActive
        guard isActive != wasActive else { return }
        wasActive = isActive
        hasEnded = !isActive
        face?.update { $0.isActive = isActive }
        manager?.socketBecame(active: isActive)
    }

    private func carryOut(_ action: Machine.Action) {
        switch action {
        case .prepareConnect(let attempt): prepare(attempt)
        case .send(let packet): send(packet)
        case .sendDisconnect:
            send(ClientPacket { PacketEncoder.appendDisconnect(namespace: namespace, into: &$0.buffer) })
        case .closeTransport(let reason): manager?.giveUp(reason)
        case .connected(let recovered): connected(recovered)
        case .connectFailed(let failure): connectFailed(failure)
        // Where a handler has the socket connect again, it is awaited still.
        case .connectWithdrawn: if !machine.isActive { finish(\.connectWaiters, .failure(Self.cancelled)) }
        case .deliver(let event): event?.read { dispatch($0) }
        case .disconnected(let reason, let failure):
            connection = nil
            face?.update {
                $0.id = nil
                $0.isActive = machine.isActive
            }
            tell(.disconnect(reason, failure?.engineError))
        case .fail(let asker, .timedOut): asker(.failed(.timedOut))
        case .fail(let asker, .disconnected): asker(.failed(.disconnected))
        }
    }
}

extension ClientSocketCore: DeadlineOwner {
    func deadlineReached(now: ContinuousClock.Instant) {
        machine.deadlineReached(now: now)
        perform()
    }
}
