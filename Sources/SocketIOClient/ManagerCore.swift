import EngineIOClient
import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIOJSON
import SIONet
import SocketIOProtocol

/// What a manager is on its loop: the one engine, and the sockets that want it.
final class ManagerCore {
    private weak var manager: Manager?
    private let url: HTTPURL
    private let configuration: Manager.Configuration
    private let loop: EventLoop
    private let form: MessageForm?
    private let limits: SharedPacketLimits
    private let deadline = Deadline()
    /// Parses the packet that is being handled.
    private let parser = JSONParser()
    /// Parses packets that leave, while one that arrived is being handled.
    private let outgoingParser = JSONParser(limits: .deep)

    private var machine: ManagerMachine<EngineClientError?>
    private var isPerforming = false
    /// The engine that is used, and those that are closing.
    private var engines: [Int: EngineLink] = [:]
    /// The number of the engine that is used.
    private var current: Int?
    /// What one engine leaves to the next: cookies, and whether a WebSocket worked.
    private let memory = EngineClientMemory()
    private var decoder: PacketDecoder
    private var attachmentDeadline: Deadline?
    /// The sockets that there are, by their namespaces.
    private var sockets: [String: WeakSocket] = [:]
    /// The number of those that are connected, or want to be.
    private var activeSockets = 0
    /// Those who wait until no engine up to a number is there any more.
    private var closeWaiters: [(lastEngine: Int, tell: @Sendable () -> Void)] = []
    let handlers = LifecycleHandlers<Manager.Change>()

    private struct WeakSocket {
        weak var core: ClientSocketCore?
    }

    init(_ url: HTTPURL, _ configuration: Manager.Configuration, loop: EventLoop) {
        self.url = url
        self.configuration = configuration
        self.loop = loop
        form = MessageForm(configuration.parser)
        limits = SharedPacketLimits(configuration.limits)
        decoder = PacketDecoder(sharing: limits)
        machine = ManagerMachine(options: configuration.options)
    }

    /// Tells the core whose it is, once.
    func face(_ manager: Manager) {
        self.manager = manager
        core.atStop[ObjectIdentifier(self)] = { [weak self] in self?.loopStops() }
    }

    private var core: LoopCore { loop.core }

    // MARK: What the manager and its sockets want

    func open() {
        guard !core.isStopping else { return }
        machine.open(now: core.now)
        perform()
    }

    func close() {
        machine.close()
        perform()
    }

    func hurry() {
        endIfExpired()
        machine.hurry(now: core.now)
        perform()
    }

    func change(_ options: ManagerOptions) {
        machine.options = options
        perform()
    }

    /// Nothing of it is used any more.
    func end() {
        core.atStop[ObjectIdentifier(self)] = nil
        close()
    }

    /// The loop ends, and with it all that is waited for.
    private func loopStops() {
        close()
        forEachSocket { $0.abandon() }
    }

    /// Calls back when none of the engines that there are now is there any more: for another one nobody has to wait.
    func whenClosed(_ body: @escaping @Sendable () -> Void) {
        guard let last = engines.keys.max() else { return body() }
        closeWaiters.append((last, body))
    }

    /// Whether the connection is wanted by nobody any more.
    var isClosed: Bool { machine.isClosed }

    /// Whether a message that is sent now leaves now: what `volatile` asks.
    var isWritable: Bool { engine?.isWritable ?? false }

    private var engine: EngineClient? { current.flatMap { engines[$0]?.engine } }

    /// Ends a connection whose server is known to be gone although no timer has fired yet, as after the machine slept: what is
    /// sent now has to wait for the next one.
    func endIfExpired() {
        if engine?.hasPingExpired == true { giveUp(.pingTimeout) }
    }

    /// There is a new socket.
    func add(_ socket: ClientSocketCore) {
        sockets = sockets.filter { $0.value.core != nil }
        sockets[socket.namespace] = WeakSocket(core: socket)
        if machine.isOpen { socket.transportOpened() }
    }

    /// A socket has become active, or is it no more.
    func socketBecame(active isActive: Bool) {
        activeSockets += isActive ? 1 : -1
        machine.socketsChanged(active: activeSockets, now: core.now)
        perform()
    }

    // MARK: Sending

    /// Sends a packet; there is an engine, or it is lost as the engine was.
    func send(_ packet: ClientPacket) {
        guard let engine else { return }
        guard let form else {
            engine.send(text: packet.text.span.bytes, compress: packet.compresses)
            for attachment in packet.attachments {
                engine.send(binary: attachment.span.bytes, compress: packet.compresses)
            }
            return
        }
        do {
            let messages = try form.messages(
                packet.text.span.bytes, attachments: packet.attachments, parser: outgoingParser)
            for message in messages {
                switch message {
                case .text(let text): engine.send(text: text.utf8Span.span.bytes, compress: packet.compresses)
                case .binary(let bytes): engine.send(binary: bytes.span.bytes, compress: packet.compresses)
                }
            }
        } catch {
            manager?.reports.report(PacketParserError(underlying: error))
        }
    }

    /// Ends the connection, because nothing good can come of it any more.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - error: What exactly is wrong, if it is more than the reason says.
    func giveUp(_ reason: DisconnectReason, _ error: EngineClientError? = nil) {
        guard let current else { return }
        machine.giveUp(current, reason, error, now: core.now, using: &core.random)
        perform()
    }

    private func giveUp(_ error: PacketError) {
        giveUp(error.clientReason, engine.map { EngineClientError(unreadable: error.description, on: $0.transport) })
    }

    // MARK: The machine

    private func perform() {
        guard !isPerforming else { return }
        isPerforming = true
        while let action = machine.nextAction() { carryOut(action) }
        isPerforming = false
        core.set(deadline, of: self, to: machine.deadline)
    }

    private func carryOut(_ action: ManagerMachine<EngineClientError?>.Action) {
        switch action {
        case .openEngine(let number): openEngine(number)
        case .closeEngine(let number):
            if current == number { current = nil }
            engines[number]?.engine?.close()
        case .opened:
            tell(.open)
            forEachSocket { $0.transportOpened() }
        case .failed(let failure):
            let failure = Self.failure(failure)
            tell(.error(failure))
            let isFinal = machine.isClosed
            forEachSocket { $0.transportFailed(failure, isFinal: isFinal) }
        case .closed(let reason, let error):
            let error = error.flatMap { $0 }
            manager?.uses(nil)
            // All sockets are without a connection before anybody is told: what a handler sends has to wait, by whatever socket.
            let isFinal = machine.isClosed
            forEachSocket { $0.transportClosed(reason, error, isFinal: isFinal) }
            tell(.close(reason, error))
            forEachSocket { $0.perform() }
        case .reconnectAttempt(let number): tell(.reconnectAttempt(number))
        case .reconnectError(let failure): tell(.reconnectError(Self.failure(failure)))
        case .reconnectFailed:
            tell(.reconnectFailed)
            // Those who wait for an attempt that was called off.
            if machine.isClosed { forEachSocket { $0.transportFailed(.calledOff, isFinal: true) } }
        case .reconnected(let number): tell(.reconnect(number))
        }
    }

    private static func failure(_ failure: ManagerMachine<EngineClientError?>.OpeningFailure) -> ConnectFailure {
        switch failure {
        case .timedOut: .timedOut
        case .engine(let error?): ConnectFailure(error)
        case .engine(nil): .lost(.transportClose, nil)
        }
    }

    private func openEngine(_ number: Int) {
        let link = EngineLink(number, self, form.map { MessageReader($0) })
        engines[number] = link
        current = number
        decoder = PacketDecoder(sharing: limits)
        core.set(&attachmentDeadline, of: self, to: nil)
        link.engine = EngineClient(
            url: url, options: configuration.engine, loop: loop, memory: memory, delegate: link)
        link.engine?.open()
    }

    private func forEachSocket(_ body: (ClientSocketCore) -> Void) {
        for socket in sockets.values.compactMap(\.core).sorted(by: { $0.serial < $1.serial }) { body(socket) }
    }

    private func tell(_ change: Manager.Change) {
        let reports = manager?.reports
        handlers.call(change, on: loop) { error, _ in reports?.report(error) }
    }

    // MARK: What the engine says

    func opened(_ number: Int) {
        if number == current { manager?.uses(engine?.transport) }
        machine.engineOpened(number)
        perform()
    }

    func upgraded(_ number: Int) {
        guard number == current else { return }
        manager?.uses(engine?.transport)
        tell(.upgrade)
    }

    func pinged(_ number: Int) {
        if number == current { tell(.ping) }
    }

    func closed(_ number: Int, _ reason: EngineDisconnectReason, _ error: EngineClientError?) {
        engines[number] = nil
        if current == number { current = nil }
        machine.engineClosed(
            number, DisconnectReason(rawValue: reason.rawValue), error, now: core.now, using: &core.random)
        perform()
        let first = engines.keys.min() ?? .max
        let due = closeWaiters.filter { $0.lastEngine < first }
        closeWaiters.removeAll { $0.lastEngine < first }
        for waiter in due { waiter.tell() }
    }

    func received(text: RawSpan, on link: EngineLink) {
        guard link.number == current else { return }
        do throws(PacketError) {
            if link.reader != nil {
                if let whole = try link.reader?.receive(text: text) { try received(whole) }
            } else if let packet = try decoder.receive(text: text, parser: parser, now: core.now) {
                received(packet)
            } else {
                core.set(&attachmentDeadline, of: self, to: decoder.deadline)
            }
        } catch {
            giveUp(error)
        }
    }

    func received(binary: RawSpan, on link: EngineLink) {
        guard link.number == current else { return }
        do throws(PacketError) {
            if link.reader != nil {
                if let whole = try link.reader?.receive(binary: binary, limits: limits.value) { try received(whole) }
            } else if let packet = try decoder.receive(binary: binary.array, parser: parser) {
                core.set(&attachmentDeadline, of: self, to: nil)
                received(packet)
            }
        } catch {
            giveUp(error)
        }
    }

    private func received(_ whole: WholePacket) throws(PacketError) {
        received(try whole.packet(parser: parser, limits: limits.value))
    }

    /// A packet for a namespace that no socket wants is passed over: it was sent before the server could know.
    private func received(_ packet: consuming Packet) {
        sockets[packet.namespace ?? "/"]?.core?.received(packet)
    }
}

extension ManagerCore: DeadlineOwner {
    func deadlineReached(now: ContinuousClock.Instant) {
        if let due = machine.deadline, due <= now {
            machine.deadlineReached(now: now, using: &core.random)
            perform()
        }
        do throws(PacketError) {
            try decoder.deadlineReached(now: now)
        } catch {
            giveUp(error)
        }
        // One of the two may have come before the other.
        core.set(deadline, of: self, to: machine.deadline)
        core.set(&attachmentDeadline, of: self, to: decoder.deadline)
    }

}

/// An engine's way to the manager: it knows which of several engines it is, and holds the manager's core as long as there is one.
final class EngineLink: EngineClientDelegate {
    let number: Int
    private let manager: ManagerCore
    var engine: EngineClient?
    /// Reads messages where the parser is not the default one.
    ///
    /// It is the engine's own: a custom parser may close the manager, and open another engine, while it reads.
    var reader: MessageReader?

    init(_ number: Int, _ manager: ManagerCore, _ reader: MessageReader?) {
        self.number = number
        self.manager = manager
        self.reader = reader
    }

    func opened(_ handshake: EngineHandshake) { manager.opened(number) }
    func upgraded() { manager.upgraded(number) }
    func received(text: RawSpan) { manager.received(text: text, on: self) }
    func received(binary: RawSpan) { manager.received(binary: binary, on: self) }
    func pinged() { manager.pinged(number) }

    func closed(_ reason: EngineDisconnectReason, _ error: EngineClientError?) {
        manager.closed(number, reason, error)
        engine = nil
    }
}
