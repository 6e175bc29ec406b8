import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIOJSON
import SocketIOProtocol

/// The client's machines, one upon the other as the driver has them, from an engine's messages to the sockets' applications.
///
/// Time stands still, and what the client sends is only written down.
final class Client {
    typealias Socket = ClientSocketMachine<[UInt8], String, Int, String>

    /// Zeros: what is left to chance is a delay that nobody waits for.
    struct NoChance: RandomNumberGenerator {
        func next() -> UInt64 { 0 }
    }

    static let namespaces = ["/", "/a"]

    let now = start
    /// Something that happened.
    enum Entry: Equatable {
        case engine(EngineClientSession.Action)
        case sends([UInt8], EngineClientSession.SendAction)
        case posts([UInt8])
        case response(HTTPResponse)
        case hears(String, socket: Int)
        case other(String, Int = 0)
    }

    private let parser: JSONParser
    private var chance = NoChance()
    private var manager = ManagerMachine<String>()
    private var sockets: [Socket]
    private(set) var session: EngineClientSession
    private var decoder: PacketDecoder
    private var isEngineOpen = true
    /// Who waits for an acknowledgement.
    private var asked = 0
    private var answered: Set<Int> = []
    /// The answers that connects have had: each has one end.
    private var connects = 0
    /// What happened, in order.
    private(set) var story: [Entry] = []
    /// The requests that are sent and not answered.
    var requests: [(isPost: Bool, bytes: Int)] = []

    private static let start = ContinuousClock.now

    init(transports: [EngineTransport], hasSmallLimits: Bool, parser: JSONParser) {
        self.parser = parser
        var configuration = EngineClientConfiguration()
        configuration.transports = transports
        var limits = ClientSocketLimits()
        var packets = PacketLimits()
        if hasSmallLimits {
            limits.heldEvents = 2
            limits.heldBytes = 8
            limits.bufferedPackets = 3
            configuration.limits.packetsPerPayload = 4
            configuration.limits.handshakeBytes = 120
            packets.attachments = 2
            packets.pendingBytes = 24
        }
        decoder = PacketDecoder(limits: packets)
        session = EngineClientSession(configuration: configuration)
        sockets = Self.namespaces.map { _ in Socket(limits: limits) }
        manager.open(now: now)
        for socket in sockets.indices {
            sockets[socket].connect()
            ask(socket)
            emit(socket, "offline")
        }
        manager.socketsChanged(active: sockets.count, now: now)
        settle()
    }

    // MARK: What the engine is told

    func polled(_ body: [UInt8], isFine: Bool) {
        guard isFine else {
            session.pollFailed(now: now)
            return settle()
        }
        var steps = 0
        while true {
            steps += 1
            precondition(steps <= body.count + 2, "a body without an end")
            let step = session.nextPacket(ofPoll: body.span.bytes, now: now)
            settle()
            switch step {
            case .message(let range): received(text: Array(body[range]))
            case .binary(let bytes): received(binary: bytes)
            case .finished: return settle()
            }
        }
    }

    func posted(isFine: Bool) {
        if isFine { session.postCompleted(now: now) } else { session.postFailed(now: now) }
        settle()
    }

    func webSocketReceived(text: [UInt8]) {
        switch session.textReceived(text.span.bytes, now: now) {
        case .message: received(text: Array(text.dropFirst()))
        case .binary(let bytes): received(binary: bytes)
        case .none, .messageBehindType: break
        }
        settle()
    }

    func webSocketReceived(binary: [UInt8]) {
        if case .message = session.binaryReceived(now: now) { received(binary: binary) }
        settle()
    }

    func webSocketEnded(isFault: Bool) {
        if isFault { session.webSocketFailed(now: now) } else { session.webSocketClosed(now: now) }
        settle()
    }

    /// The application has enough.
    func finish() {
        for socket in sockets.indices { sockets[socket].abandon(now: now) }
        settle()
        session.discard(now: now)
        settle()
        precondition(session.isClosed && !isEngineOpen && manager.isClosed, "something goes on")
        precondition(connects == 0, "a socket believes that it is connected")
        precondition(answered.count == asked, "an acknowledgement that never ends")
        precondition(sockets.allSatisfy { !$0.isActive && $0.bufferedPackets == 0 && $0.deadline == nil })
    }

    // MARK: Packets

    private func received(text: [UInt8]) {
        guard isEngineOpen else { return }
        do throws(PacketError) {
            let packet = try decoder.receive(text: text.span.bytes, parser: parser, now: Self.start)
            if let packet { received(packet) }
        } catch {
            giveUp("\(error)")
        }
    }

    private func received(binary: [UInt8]) {
        guard isEngineOpen else { return }
        do throws(PacketError) {
            if let packet = try decoder.receive(binary: binary, parser: parser) { received(packet) }
        } catch {
            giveUp("\(error)")
        }
    }

    private func giveUp(_ why: String) {
        note(.other(why))
        manager.giveUp(1, .parseError, why, now: now, using: &chance)
        settle()
    }

    private struct ConnectReply: Decodable {
        var sid: String?
        var pid: String?
    }

    private func received(_ packet: consuming Packet) {
        guard let socket = Self.namespaces.firstIndex(of: packet.namespace ?? "/") else { return }
        switch packet.kind {
        case .connect:
            let reply = try? packet.payload?.decode(ConnectReply.self)
            sockets[socket].connectReceived(id: reply?.sid, privateID: reply?.pid, now: now)
        case .connectError: sockets[socket].connectErrorReceived("refused")
        case .disconnect: sockets[socket].disconnectReceived(now: now)
        case .event:
            let text = String(decoding: packet.argumentsText.array, as: UTF8.self)
            let event = "\(packet.eventName)(\(text)) \(packet.attachments) \(packet.id.map { "\($0)" } ?? "")"
            var last: JSONCursor?
            for argument in packet.arguments { last = argument }
            let offset = packet.id == nil ? last?.string : nil
            if sockets[socket].eventReceived(event, size: text.utf8.count, offset: offset) == .deliver {
                deliver(event, to: socket)
            }
        case .ack:
            guard let id = packet.id, let asker = sockets[socket].ackReceived(id, now: now) else { return }
            end(asker, "answered")
        }
        settle()
    }

    // MARK: What the machines want

    /// Carries out what the machines want, until they want no more.
    private func settle() {
        var isDone = false
        while !isDone {
            isDone = true
            while let action = session.nextAction() {
                isDone = false
                carryOut(action)
            }
            while let action = manager.nextAction() {
                isDone = false
                carryOut(action)
            }
            for socket in sockets.indices {
                while let action = sockets[socket].nextAction() {
                    isDone = false
                    carryOut(action, of: socket)
                }
            }
            let active = sockets.count { $0.isActive }
            manager.socketsChanged(active: active, now: now)
            if let body = session.flush() { post(body) }
        }
        precondition(session.bufferedBytes <= EngineLimits().bufferedBytes)
    }

    private func carryOut(_ action: EngineClientSession.Action) {
        note(.engine(action))
        precondition(isEngineOpen || !session.isOpen, "an engine that is over does something")
        switch action {
        case .poll: requests.append((false, 0))
        case .post(let body): post(body)
        case .opened: manager.engineOpened(1)
        case .closed(let reason, _):
            precondition(isEngineOpen, "an engine is over twice")
            isEngineOpen = false
            manager.engineClosed(
                1, DisconnectReason(rawValue: reason.rawValue), reason.rawValue, now: now, using: &chance)
        case .abortRequests: requests = []
        case .openWebSocket, .writeText, .writeBinary, .closeWebSocket, .upgraded, .upgradeFailed: break
        }
    }

    private func post(_ body: [UInt8]) {
        note(.posts(body))
        requests.append((true, body.count))
    }

    private func carryOut(_ action: ManagerMachine<String>.Action) {
        switch action {
        case .closeEngine(1): session.close(now: now)
        case .opened: for socket in sockets.indices { sockets[socket].transportOpened() }
        case .failed:
            note(.other("failed"))
            for socket in sockets.indices { sockets[socket].transportFailed("failed") }
        case .closed(let reason, _):
            note(.other(reason.rawValue))
            for socket in sockets.indices { sockets[socket].transportClosed(reason, now: now) }
        case .openEngine, .closeEngine, .reconnectAttempt, .reconnectError, .reconnectFailed, .reconnected: break
        }
    }

    private func carryOut(_ action: Socket.Action, of socket: Int) {
        switch action {
        case .prepareConnect(let attempt):
            guard case .sendConnect = sockets[socket].connectPrepared(attempt) else { return }
            send(.connect, socket)
        case .send(let packet): send(packet)
        case .sendDisconnect: send(.disconnect, socket)
        case .closeTransport(let reason): manager.giveUp(1, reason, reason.rawValue, now: now, using: &chance)
        case .connected(let recovered):
            note(.other(recovered ? "recovered" : "connected", socket))
            connects += 1
            ask(socket)
        case .disconnected(let reason, _):
            note(.other(reason.rawValue, socket))
            connects -= 1
        case .deliver(let event): deliver(event, to: socket)
        case .fail(let asker, let failure): end(asker, failure == .timedOut ? "timed out" : "disconnected")
        case .connectFailed: note(.other("connect failed", socket))
        case .connectWithdrawn: note(.other("connect withdrawn", socket))
        }
    }

    private func deliver(_ event: String, to socket: Int) {
        precondition(sockets[socket].isConnected || connects > 0, "an event for a socket that is not connected")
        note(.hears(event, socket: socket))
    }

    // MARK: Sending

    private func ask(_ socket: Int) {
        asked += 1
        let ask = Socket.Ask(id: UInt64(asked), asker: asked, timeout: nil)
        switch sockets[socket].emit(Self.event("ask", socket, id: ask.id), size: 10, ask: ask, now: now) {
        case .send: send(Self.event("ask", socket, id: ask.id))
        case .stored: break
        case .dropped, .overflow: end(asked, "refused")
        }
    }

    private func emit(_ socket: Int, _ name: String) {
        let packet = Self.event(name, socket, id: nil)
        if sockets[socket].emit(packet, size: 10, now: now) == .send { send(packet) }
    }

    private func end(_ asker: Int, _ how: String) {
        precondition(answered.insert(asker).inserted, "an acknowledgement ends twice")
        note(.other(how, asker))
    }

    private static func event(_ name: String, _ socket: Int, id: UInt64?) -> [UInt8] {
        var writer = PacketWriter()
        do {
            try PacketEncoder.appendEvent(name, namespace: namespaces[socket], id: id, to: &writer)
        } catch {
            fatalError("\(error)")
        }
        return writer.buffer.array
    }

    private enum Bare { case connect, disconnect }

    private func send(_ packet: Bare, _ socket: Int) {
        var buffer = ByteBuffer()
        let namespace = Self.namespaces[socket]
        switch packet {
        case .connect:
            PacketEncoder.appendConnect(json: nil, privateID: nil, offset: nil, namespace: namespace, into: &buffer)
        case .disconnect: PacketEncoder.appendDisconnect(namespace: namespace, into: &buffer)
        }
        send(buffer.array)
    }

    private func send(_ packet: [UInt8]) {
        let action = session.send(text: packet.span.bytes)
        note(.sends(packet, action))
    }

    func note(_ entry: Entry) { story.append(entry) }
}
