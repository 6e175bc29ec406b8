import EngineIOClient
import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIOJSON
import SIONet
import SocketIOProtocol

/// What a manager is on its loop: the one engine, and the sockets that want it.
final class ManagerCore {
    weak var manager: Manager?
    private let url: HTTPURL
    private let configuration: Manager.Configuration
    private let loop: EventLoop
    private let form: MessageForm?
    let limits: SharedPacketLimits
    private let deadline = Deadline()
    /// Parses the packet that is being handled.
    let parser = JSONParser()
    /// Parses packets that leave, while one that arrived is being handled.
    private let outgoingParser = JSONParser(limits: .deep)

    var machine: ManagerMachine<EngineClientError?>
    private var isPerforming = false
    /// The engine that is used, and those that are closing.
    var engines: [Int: EngineLink] = [:]
    /// The number of the engine that is used.
    var current: Int?
    /// What one engine leaves to the next: cookies, and whether a WebSocket worked.
    private let memory = EngineClientMemory()
    var decoder: PacketDecoder
    var attachmentDeadline: Deadline?
    /// The sockets that there are, by their namespaces.
    var sockets: [String: WeakSocket] = [:]
    /// The number of those that are connected, or want to be.
    private var activeSockets = 0
    /// Those who wait until no engine up to a number is there any more.
    var closeWaiters: [(lastEngine: Int, tell: @Sendable () -> Void)] = []
    let handlers = LifecycleHandlers<Manager.Change>()

    struct WeakSocket {
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

    var core: LoopCore { loop.core }

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

    var engine: EngineClient? { current.flatMap { engines[$0]?.engine } }

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

    func giveUp(_ error: PacketError) {
        giveUp(error.clientReason, engine.map { EngineClientError(unreadable: error.description, on: $0.transport) })
    }

    // MARK: The machine

    func perform() {
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

    func tell(_ change: Manager.Change) {
        let reports = manager?.reports
        handlers.call(change, on: loop) { error, _ in reports?.report(error) }
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
