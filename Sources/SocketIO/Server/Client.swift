import EngineIO
import EngineIOProtocol
import SIOBytes
import SIOJSON
import SIONet
import SocketIOProtocol

/// A client's connection, with the namespaces it is connected to; it lives on the session's loop.
final class Client {
    /// The session, which holds this; nil once it is over.
    @exclusivity(unchecked) private(set) var session: Uncounted<EngineSession>?
    let tools: LoopTools
    let server: Server
    /// The socket on `/`, which most clients have and many have alone.
    @exclusivity(unchecked) private var root: Socket?
    /// What there is besides; nil where there is nothing.
    private(set) var others: Others?
    @exclusivity(unchecked) private var decoder: PacketDecoder
    private var deadline: Deadline?
    /// What carried the connection when it ended.
    private var lastTransport: EngineTransport?
    /// Whether the client has ever connected to a namespace.
    private var hasConnected = false

    /// What a client has that is not just connected to `/`.
    final class Others {
        /// The sockets on other namespaces.
        var sockets: [String: Socket] = [:]
        /// Those whose middleware has not decided yet.
        var pending: [String: Socket] = [:]
        /// The namespaces that are not there yet, and may be made.
        var awaited: Set<String> = []
        /// The namespaces that this side had the client leave, which may not have heard of it yet.
        var dismissed: Set<String> = []

        /// The namespaces that the client is connected to besides `/`, or about to be.
        var count: Int { sockets.count + pending.count + awaited.count }

        var isEmpty: Bool { count == 0 && dismissed.isEmpty }

        func isAboutToConnect(to name: String) -> Bool { pending[name] != nil || awaited.contains(name) }
    }

    init(_ session: EngineSession, server: Server) {
        self.session = Uncounted(session)
        self.server = server
        tools = server.tools(on: session.core.loop)
        decoder = PacketDecoder(sharing: tools.limits)
        core.set(&deadline, of: self, to: core.now + server.configuration.connectTimeout)
    }

    var core: LoopCore { tools.loop.core }

    // MARK: Packets

    private func received(_ packet: consuming Packet) {
        let kind = packet.kind
        guard kind != .connect else { return connect(packet) }
        var found = socket(in: packet.namespace)
        if found == nil { found = socketBehindQuery(in: packet.namespace) }
        guard let socket = found else { return received(kind, ofNone: packet.namespace ?? "/") }
        switch kind {
        case .event:
            socket.core.value.received(event: packet, for: socket)
        case .ack:
            socket.core.value.received(acknowledgement: packet)
        case .disconnect:
            forget(socket)
            end([socket], .clientNamespaceDisconnect)
        case .connect, .connectError:
            closeForFault(.forcedServerClose)
        }
    }

    @inline(__always)
    func socket(in namespace: String?) -> Socket? {
        guard let namespace else { return root }
        return others?.sockets[namespace]
    }

    /// A packet for a namespace that the client is not connected to: its fault, unless it was sent before the client
    /// could know that it was disconnected.
    private func received(_ kind: Packet.Kind, ofNone name: String) {
        let name = speaksVersion3 ? nameVersion3(of: name) : name
        guard let others, others.dismissed.contains(name), kind != .connectError else {
            return closeForFault(.forcedServerClose)
        }
        if kind == .disconnect { change { $0.dismissed.remove(name) } }
    }

    /// The sockets whose namespaces have let them in.
    var connectedSockets: [Socket] {
        (root.map { [$0] } ?? []) + (others.map { Array($0.sockets.values) } ?? [])
    }

    /// Changes what there is besides the socket on `/`.
    func change(_ body: (Others) -> Void) {
        let others = self.others ?? Others()
        body(others)
        self.others = others.isEmpty ? nil : others
    }

    // MARK: Connecting

    private func connect(_ packet: borrowing Packet) {
        if speaksVersion3 { return connectVersion3(packet.namespace ?? "/") }
        connect(to: packet.namespace ?? "/", auth: packet.payload.flatMap { try? $0.raw() })
    }

    /// Connects the client to a namespace, unless a middleware refuses it.
    func connect(to name: String, auth: RawJSON?) {
        guard let session = session?.object else { return }
        guard socket(in: name == "/" ? nil : name) == nil, others?.isAboutToConnect(to: name) != true else {
            return closeForFault(.forcedServerClose)
        }
        if let others, name != "/", others.count >= server.configuration.maxNamespacesPerClient {
            return refuse(name, ConnectError("Too many namespaces"))
        }
        if others != nil { change { $0.dismissed.remove(name) } }
        let handshake = Handshake(origin: session.origin, auth: auth, issued: core.now)
        if let namespace = server.namespaces.use(name) { return connect(to: namespace, handshake) }
        guard server.namespaces.hasParents else { return refuse(name, ConnectError("Invalid namespace")) }
        change { $0.awaited.insert(name) }
        ask(for: name, handshake)
    }

    private func connect(to namespace: Namespace, _ handshake: Handshake) {
        if let log = namespace.sockets.recovery, !speaksVersion3 { return connect(to: namespace, handshake, log) }
        let id = speaksVersion3 ? version3ID(in: namespace.name) : RandomID.make(using: &core.random)
        connect(Socket(id: id, namespace: namespace, handshake: handshake, client: self))
    }

    /// Connects a socket that is new, behind its middleware.
    func connect(_ socket: Socket, skippingMiddlewares skips: Bool = false) {
        let namespace = socket.namespace
        let middlewares = skips ? [] : namespace.middlewares
        if middlewares.isEmpty { return accept(socket) }
        change { $0.pending[namespace.name] = socket }
        pass(middlewares, socket)
    }

    /// Asks the parents for a namespace that is not there yet.
    private func ask(for name: String, _ handshake: Handshake) {
        let bound = LoopBound(self, to: core.loop)
        let loop: EventLoop = core.loop
        let namespaces = server.namespaces
        Task.immediate(executorPreference: loop) {
            let outcome = await namespaces.ask(for: name, auth: handshake.auth)
            loop.run { bound.value.asked(for: name, outcome, handshake) }
        }
    }

    private func asked(for name: String, _ outcome: Result<Namespace, ConnectError>, _ handshake: Handshake) {
        if others != nil { change { $0.awaited.remove(name) } }
        switch outcome {
        case .success(let namespace) where session?.object.isOpen == true: connect(to: namespace, handshake)
        case .success(let namespace): server.namespaces.release(namespace)
        case .failure(let error): refuse(name, error)
        }
    }

    /// Runs the middlewares one after the other; the first that throws refuses.
    private func pass(_ middlewares: [Namespace.Middleware], _ socket: Socket) {
        let bound = LoopBound(self, to: core.loop)
        let loop: EventLoop = core.loop
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
        guard let session, session.object.isOpen else { return core.end(.transportClose) }
        guard let refusal else { return accept(socket) }
        change { $0.pending[socket.namespace.name] = nil }
        core.end(.forcedServerClose)
        refuse(socket.namespace.name, refusal)
    }

    private func accept(_ socket: Socket) {
        let name = socket.namespace.name
        if name == "/" { root = socket }
        if others != nil || name != "/" {
            change {
                $0.pending[name] = nil
                if name != "/" { $0.sockets[name] = socket }
            }
        }
        hasConnected = true
        armDeadline()
        socket.core.value.connect()
    }

    private func refuse(_ name: String, _ error: ConnectError) {
        if speaksVersion3 { return refuseVersion3(name, error) }
        write { buffer in
            // The data was encoded when the error was made; without it, the refusal would be a refusal still.
            let whole: Void? = try? PacketEncoder.appendConnectError(
                error.message, data: error.data, namespace: name, into: &buffer)
            if whole == nil { try? PacketEncoder.appendConnectError(error.message, namespace: name, into: &buffer) }
        }
    }

    // MARK: Sending

    /// What carries the connection; at its end, what did.
    var transport: EngineTransport? { session?.object.transport ?? lastTransport }

    /// Whether a message that is sent now leaves now: what `volatile` asks.
    var isWritable: Bool { session?.object.isWritable ?? false }

    func send(connected socket: SocketCore) {
        if speaksVersion3 { return sendVersion3(connected: socket) }
        write { buffer in
            PacketEncoder.appendConnected(
                sid: socket.id, pid: socket.recovery?.privateID, namespace: socket.namespace.name, into: &buffer)
        }
    }

    func send(disconnecting socket: SocketCore) {
        write { PacketEncoder.appendDisconnect(namespace: socket.namespace.name, into: &$0) }
    }

    func write(_ body: (inout ByteBuffer) -> Void) {
        send { body(&$0.buffer) }
    }

    /// Sends the packet that the body writes, and its attachments.
    @inline(__always)
    func send(compress: Bool = true, _ encode: (inout PacketWriter) throws -> Void) rethrows {
        try tools.write { writer in
            try encode(&writer)
            if let translator = tools.translator { return send(writer, through: translator, compress) }
            session?.use { session in
                session.send(packet: &writer.buffer, compress: compress)
                for attachment in writer.attachments {
                    session.send(binary: attachment.span.bytes, compress: compress)
                }
            }
        }
    }

    @inline(never)
    private func send(_ writer: PacketWriter, through translator: PacketTranslator, _ compress: Bool) {
        guard let session = session?.object else { return }
        // Behind the digit of an Engine.IO message.
        let text = writer.buffer.bytes.extracting(droppingFirst: 1)
        translator.send(text, attachments: writer.attachments, to: session, compress: compress)
    }

    /// Sends a packet that was encoded before, where another than the default parser is used.
    func translate(_ packet: EventPacket, compress: Bool) {
        guard let session = session?.object else { return }
        tools.translator?.send(packet, to: session, compress: compress)
    }

    // MARK: The end

    /// The client has left the socket's namespace; the connection stays.
    private func forget(_ socket: Socket) {
        if root === socket { root = nil } else { change { $0.sockets[socket.namespace.name] = nil } }
    }

    /// The client was made to leave the socket's namespace; the connection stays.
    func dismiss(_ socket: Socket) {
        forget(socket)
        change { $0.dismissed.insert(socket.namespace.name) }
    }

    /// Disconnects every namespace, and ends the connection.
    func disconnectAll() {
        let sockets = takeSockets()
        for socket in sockets { send(disconnecting: socket.core.value) }
        session?.object.close()
        end(sockets, .serverNamespaceDisconnect)
    }

    /// The client broke a rule: its connection ends, and its sockets are told the reason.
    private func closeForFault(_ reason: DisconnectReason) {
        let sockets = takeSockets()
        session?.object.close()
        end(sockets, reason)
    }

    /// Ends sockets that this client holds no more.
    private func end(_ sockets: [Socket], _ reason: DisconnectReason) {
        withExtendedLifetime(sockets) {
            for socket in sockets { socket.core.value.end(reason) }
        }
    }

    /// Takes all sockets but those whose middleware has not decided yet.
    private func takeSockets() -> [Socket] {
        var sockets = root.map { [$0] } ?? []
        root = nil
        if let others {
            sockets += others.sockets.values
            change { $0.sockets = [:] }
        }
        return sockets
    }

    /// The connection is over, although it may not know it: its client is back on another one, or has to begin anew.
    func supersede() {
        closeForFault(.transportClose)
    }

    /// A socket has left a namespace that a parent has made.
    func release(_ namespace: Namespace) {
        server.namespaces.release(namespace)
    }

    // MARK: Deadlines

    /// When the connection ends if the client has connected to no namespace.
    var connectDeadline: ContinuousClock.Instant? { hasConnected ? nil : deadline?.instant }

    /// Sets the deadline of the packet that waits for its attachments.
    ///
    /// As long as the client has connected to nothing, the time to do so is the only one that counts.
    private func armDeadline() {
        if hasConnected { core.set(&deadline, of: self, to: decoder.deadline) }
    }
}

extension Client: DeadlineOwner {
    func deadlineReached(now: ContinuousClock.Instant) {
        guard hasConnected else { return session?.object.close() ?? () }
        do throws(PacketError) {
            try decoder.deadlineReached(now: now)
        } catch {
            return closeForFault(error.serverReason)
        }
        armDeadline()
    }
}

extension Client {
    /// A packet that another than the default parser has made.
    func received(_ packet: WholePacket) {
        do throws(PacketError) {
            received(try packet.packet(parser: tools.parser, limits: tools.limits.value))
        } catch {
            failed(error)
        }
    }

    /// The client's messages are no packets.
    func failed(_ error: PacketError) {
        closeForFault(error.serverReason)
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
        core.set(&deadline, of: self, to: nil)
        let why = reason == .forcedClose ? server.reasonToClose : DisconnectReason(rawValue: reason.rawValue)
        lastTransport = transport
        session = nil
        var sockets = takeSockets()
        if let others {
            sockets += others.pending.values
            change { $0.pending = [:] }
        }
        end(sockets, why)
    }
}
