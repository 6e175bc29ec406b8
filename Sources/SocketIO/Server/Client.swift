import EngineIO
import EngineIOProtocol
import SIOBytes
import SIOJSON
import SIONet
import SocketIOProtocol

/// A client's connection, with the namespaces it is connected to; it lives on the session's loop.
final class Client {
    let session: EngineSession
    let core: LoopCore
    let tools: LoopTools
    private let server: Server
    /// The socket on `/`, which most clients have and many have alone.
    @exclusivity(unchecked) private var root: SocketCore?
    private var others: [String: SocketCore] = [:]
    /// The namespaces whose middleware has not decided yet.
    private var pending: Set<String> = []
    /// The namespaces that this side had the client leave, which may not have heard of it yet.
    private var dismissed: Set<String> = []
    /// Whether a packet is being sent: in the middle of that no handler may be called.
    @exclusivity(unchecked) private var isSending = false
    @exclusivity(unchecked) private var decoder: PacketDecoder
    private let deadline = Deadline()
    /// When the connection ends if the client has connected to no namespace.
    private(set) var connectDeadline: ContinuousClock.Instant?

    init(_ session: EngineSession, server: Server) {
        self.session = session
        self.server = server
        core = session.core
        tools = server.tools(on: core.loop)
        var limits = PacketLimits()
        limits.attachments = server.configuration.maxAttachments
        decoder = PacketDecoder(limits: limits)
        connectDeadline = core.now + server.configuration.connectTimeout
        armDeadline()
    }

    // MARK: Packets

    private func received(_ packet: Packet) {
        guard packet.kind != .connect else { return connect(packet) }
        guard let socket = packet.namespace.map({ others[$0] }) ?? root else {
            return received(packet, ofNone: packet.namespace ?? "/")
        }
        switch packet.kind {
        case .event:
            socket.received(event: packet)
        case .ack:
            socket.received(acknowledgement: packet)
        case .disconnect:
            forget(socket)
            socket.end(.clientNamespaceDisconnect)
        case .connect, .connectError:
            closeForFault(.forcedServerClose)
        }
    }

    /// A packet for a namespace that the client is not connected to: its fault, unless it was sent before the client
    /// could know that it was disconnected.
    private func received(_ packet: Packet, ofNone name: String) {
        guard dismissed.contains(name), packet.kind != .connectError else { return closeForFault(.forcedServerClose) }
        if packet.kind == .disconnect { dismissed.remove(name) }
    }

    // MARK: Connecting

    private func connect(_ packet: Packet) {
        let name = packet.namespace ?? "/"
        guard root == nil || name != "/", others[name] == nil, !pending.contains(name) else {
            return closeForFault(.forcedServerClose)
        }
        guard let namespace = server.namespace(name) else { return refuse(name, ConnectError("Invalid namespace")) }
        pending.insert(name)
        dismissed.remove(name)
        let auth = packet.payload.flatMap { try? $0.raw() } ?? .emptyObject
        let handshake = Handshake(
            request: session.request, address: session.remoteAddress, auth: auth, issued: core.now)
        var random = SystemRandomNumberGenerator()
        let core = SocketCore(
            id: RandomID.make(using: &random), namespace: namespace, client: self, handshake: handshake)
        let middlewares = namespace.middlewares
        if middlewares.isEmpty { accept(core) } else { pass(middlewares, core) }
    }

    /// Runs the middlewares one after the other; the first that throws refuses.
    private func pass(_ middlewares: [Namespace.Middleware], _ core: SocketCore) {
        guard let socket = core.socket else { return }
        let bound = LoopBound(self, to: core.loop)
        let loop = core.loop
        Task.immediate(executorPreference: loop) {
            var refusal: ConnectError?
            do {
                for middleware in middlewares { try await middleware(socket) }
            } catch let error as ConnectError {
                refusal = error
            } catch {
                socket.report(error, event: "connection")
                refusal = ConnectError("internal error")
            }
            let outcome = refusal
            loop.run { bound.value.decided(socket, outcome) }
        }
    }

    private func decided(_ socket: Socket, _ refusal: ConnectError?) {
        let core = socket.core.value
        guard session.isOpen else { return core.end(.transportClose) }
        guard let refusal else { return accept(core) }
        pending.remove(core.namespace.name)
        core.end(.forcedServerClose)
        refuse(core.namespace.name, refusal)
    }

    private func accept(_ socket: SocketCore) {
        let name = socket.namespace.name
        pending.remove(name)
        if name == "/" { root = socket } else { others[name] = socket }
        connectDeadline = nil
        armDeadline()
        socket.connect()
    }

    private func refuse(_ name: String, _ error: ConnectError) {
        write { buffer in
            // The data was encoded when the error was made; without it, the refusal would be a refusal still.
            let whole: Void? = try? PacketEncoder.appendConnectError(
                error.message, data: error.data, namespace: name, into: &buffer)
            if whole == nil { try? PacketEncoder.appendConnectError(error.message, namespace: name, into: &buffer) }
        }
    }

    // MARK: Sending

    func send(connected socket: SocketCore) {
        write { PacketEncoder.appendConnected(sid: socket.id, namespace: socket.namespace.name, into: &$0) }
    }

    func send(disconnecting socket: SocketCore) {
        write { PacketEncoder.appendDisconnect(namespace: socket.namespace.name, into: &$0) }
    }

    private func write(_ body: (inout ByteBuffer) -> Void) {
        send { buffer, _ in body(&buffer) }
    }

    /// Sends the packet that the body encodes, from the loop's buffer, and its attachments.
    @inline(__always)
    func send(_ encode: (inout ByteBuffer, inout [[UInt8]]) throws -> Void) rethrows {
        var buffer = tools.takeBuffer()
        defer { tools.giveBack(&buffer) }
        var attachments: [[UInt8]] = []
        try encode(&buffer, &attachments)
        sending { session in
            session.send(packet: &buffer)
            for attachment in attachments { session.send(binary: attachment.span.bytes) }
        }
    }

    /// Sends something.
    ///
    /// A session that ends for it, because too much waits to be sent, is told of in the loop's next turn: the caller
    /// may be in the middle of a broadcast, or hold a lock that its own handlers want.
    @inline(__always)
    func sending(_ body: (EngineSession) -> Void) {
        isSending = true
        body(session)
        isSending = false
    }

    // MARK: The end

    /// The client has left the socket's namespace; the connection stays.
    private func forget(_ socket: SocketCore) {
        if root === socket { root = nil } else { others[socket.namespace.name] = nil }
    }

    /// The client was made to leave the socket's namespace; the connection stays.
    func dismiss(_ socket: SocketCore) {
        forget(socket)
        dismissed.insert(socket.namespace.name)
    }

    /// Disconnects every namespace, and ends the connection.
    func disconnectAll() {
        let sockets = takeSockets()
        for socket in sockets { send(disconnecting: socket) }
        session.close()
        for socket in sockets { socket.end(.serverNamespaceDisconnect) }
    }

    /// The client broke a rule: its connection ends, and its sockets are told the reason.
    private func closeForFault(_ reason: DisconnectReason) {
        let sockets = takeSockets()
        session.close()
        for socket in sockets { socket.end(reason) }
    }

    private func takeSockets() -> [SocketCore] {
        defer {
            root = nil
            others = [:]
        }
        return (root.map { [$0] } ?? []) + others.values
    }

    // MARK: Deadlines

    private func armDeadline() {
        let next = [connectDeadline, decoder.deadline].compactMap { $0 }.min()
        core.set(deadline, of: self, to: next)
    }
}

extension Client: DeadlineOwner {
    func deadlineReached(now: ContinuousClock.Instant) {
        if let connectDeadline, now >= connectDeadline { return session.close() }
        do throws(PacketError) {
            try decoder.deadlineReached(now: now)
        } catch {
            return closeForFault(error.serverReason)
        }
        armDeadline()
    }
}

extension Client: EngineSessionDelegate {
    func received(text: RawSpan) {
        do throws(PacketError) {
            let packet = try decoder.receive(text: text, parser: tools.parser, now: core.now)
            guard let packet else { return armDeadline() }
            received(packet)
        } catch {
            closeForFault(error.serverReason)
        }
    }

    func received(binary: RawSpan) {
        do throws(PacketError) {
            let packet = try decoder.receive(binary: binary.array, parser: tools.parser)
            guard let packet else { return }
            armDeadline()
            received(packet)
        } catch {
            closeForFault(error.serverReason)
        }
    }

    func sessionDrained() {}

    func sessionClosed(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        core.set(deadline, of: self, to: nil)
        let why = reason == .forcedClose ? server.reasonToClose : DisconnectReason(rawValue: reason.rawValue)
        let bound = LoopBound(self, to: core.loop)
        let end: @Sendable () -> Void = { for socket in bound.value.takeSockets() { socket.end(why) } }
        if isSending { core.loop.post(end) } else { end() }
    }
}
