import EngineIO
import EngineIOProtocol
import SIOBytes
import SIOEvents
import SIOJSON
import SIONet
import SocketIOProtocol

/// A client's connection, with the namespaces it is connected to; it lives on the session's loop.
final class Client {
    /// The session, which holds this; nil once it is over.
    @exclusivity(unchecked) private(set) var session: Uncounted<EngineSession>?
    let tools: LoopTools
    /// The tools' parser, here so that no packet has it counted.
    let parser: JSONParser
    let server: Server
    /// The socket on `/`, which most clients have and many have alone; kept until the end of the turn in which it goes.
    @exclusivity(unchecked) private(set) var root: InPlace<Socket>?
    /// What there is besides; nil where there is nothing.
    @exclusivity(unchecked) private(set) var others: Others?
    @exclusivity(unchecked) var decoder: PacketDecoder
    /// What carried the connection when it ended.
    @exclusivity(unchecked) private var lastTransport: EngineTransport?
    /// Whether the client has ever connected to a namespace.
    @exclusivity(unchecked) var hasConnected = false

    /// What a client has that is not just connected to `/`.
    final class Others {
        /// The sockets on other namespaces.
        var sockets: [String: Socket] = [:]
        /// Those whose middleware has not decided yet.
        var pending: [String: Socket] = [:]
        /// The namespaces that are not there yet, and may be made.
        var awaited: Set<String> = []
        /// The namespaces that this side had the client leave, which may not have heard of it yet: the last ones.
        private(set) var dismissed: [String] = []

        /// The namespaces that the client is connected to besides `/`, or about to be.
        var count: Int { sockets.count + pending.count + awaited.count }

        var isEmpty: Bool { count == 0 && dismissed.isEmpty }

        /// Notes that this side had the client leave a namespace.
        ///
        /// Clients do not say that they have heard of it, so that the names would pile up.
        func dismiss(_ name: String, atMost limit: Int) {
            admit(name)
            if dismissed.count >= max(limit, 1) { dismissed.removeFirst() }
            dismissed.append(name)
        }

        /// Notes that the client knows where it stands with a namespace.
        func admit(_ name: String) {
            dismissed.removeAll { $0 == name }
        }

        func isAboutToConnect(to name: String) -> Bool { pending[name] != nil || awaited.contains(name) }
    }

    init(_ session: EngineSession, server: Server) {
        self.session = Uncounted(session)
        self.server = server
        tools = server.tools(on: session.core.loop)
        parser = tools.parser
        decoder = PacketDecoder(sharing: tools.limits)
        session.callDelegate(at: core.now + server.configuration.connectTimeout)
    }

    var core: LoopCore { tools.core }

    // MARK: Sockets

    func socket(in namespace: String?) -> Socket? {
        guard let namespace else { return rootSocket }
        return others?.sockets[namespace]
    }

    /// The socket on `/`.
    var rootSocket: Socket? {
        get {
            switch root {
            case .some(let root): root.value
            case nil: nil
            }
        }
        set {
            if let old = rootSocket { core.keep(untilEndOfTurn: old) }
            root = newValue.map { InPlace($0) }
        }
    }

    /// The sockets whose namespaces have let them in.
    var connectedSockets: [Socket] {
        (rootSocket.map { [$0] } ?? []) + (others.map { Array($0.sockets.values) } ?? [])
    }

    /// Changes what there is besides the socket on `/`.
    func change(_ body: (Others) -> Void) {
        let others = self.others ?? Others()
        body(others)
        self.others = others.isEmpty ? nil : others
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

    /// Sends an event.
    func emit(
        _ event: String, in namespace: Namespace, compress: Bool, _ arguments: (inout PacketWriter) throws -> Void
    ) throws {
        try send(compress: compress) { writer in
            try PacketEncoder.appendEvent(event, namespace: namespace.name, to: &writer, arguments: arguments)
        }
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
    private func send(_ writer: borrowing PacketWriter, through translator: PacketTranslator, _ compress: Bool) {
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
    func forget(_ socket: Socket) {
        if rootSocket === socket { rootSocket = nil } else { change { $0.sockets[socket.namespace.name] = nil } }
    }

    /// The client was made to leave the socket's namespace; the connection stays.
    func dismiss(_ socket: Socket) {
        forget(socket)
        change { $0.dismiss(socket.namespace.name, atMost: server.configuration.maxNamespacesPerClient) }
    }

    /// Disconnects every namespace, and ends the connection.
    func disconnectAll() {
        let sockets = takeSockets()
        for socket in sockets { send(disconnecting: socket.core.value) }
        session?.object.close()
        end(sockets, .serverNamespaceDisconnect)
    }

    /// The client broke a rule: its connection ends, and its sockets are told the reason.
    func closeForFault(_ reason: DisconnectReason) {
        let sockets = takeSockets()
        session?.object.close()
        end(sockets, reason)
    }

    /// Ends sockets that this client holds no more.
    func end(_ sockets: [Socket], _ reason: DisconnectReason) {
        withExtendedLifetime(sockets) {
            for socket in sockets { socket.core.value.end(reason) }
        }
    }

    /// Takes all sockets but those whose middleware has not decided yet.
    private func takeSockets() -> [Socket] {
        var sockets = rootSocket.map { [$0] } ?? []
        rootSocket = nil
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

    func sessionClosed(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
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

    // MARK: Deadlines

    /// When the connection ends if the client has connected to no namespace.
    var connectDeadline: ContinuousClock.Instant? { hasConnected ? nil : session?.object.delegateDeadline?.instant }

    /// Sets the deadline of the packet that waits for its attachments.
    ///
    /// As long as the client has connected to nothing, the time to do so is the only one that counts.
    func armDeadline() {
        if hasConnected { session?.use { $0.callDelegate(at: decoder.deadline) } }
    }

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
