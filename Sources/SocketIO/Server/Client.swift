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

    init(_ session: __shared EngineSession, server: consuming Server) {
        self.session = Uncounted(session)
        tools = server.tools(on: session.core.loop)
        parser = tools.parser
        decoder = PacketDecoder(sharing: tools.limits)
        session.callDelegate(at: session.core.now + server.configuration.connectTimeout)
        self.server = server
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
            takeRootSocket()
            root = newValue.map { InPlace($0) }
        }
    }

    /// Takes the socket on `/`, which whoever is in the middle of using it finds alive until the end of the turn.
    @discardableResult
    private func takeRootSocket() -> Socket? {
        guard let root = root.take() else { return nil }
        core.keep(untilEndOfTurn: root.value)
        return root.value
    }

    /// Sockets that their client holds no more.
    private struct Taken {
        /// Apart from the others, because most clients have no other.
        var root: Socket?
        var others: [Socket] = []

        func forEach(_ body: (Socket) -> Void) {
            // Not bound by `if let`, which would count it.
            switch root {
            case .some(let root): body(root)
            case nil: break
            }
            for other in others { body(other) }
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

    /// What carries the connection; at its end, what did.
    var transport: EngineTransport? { session?.use { $0.transport } ?? lastTransport }

    // MARK: The end

    /// The client has left the socket's namespace; the connection stays.
    func forget(_ socket: Socket) {
        if rootSocket === socket { takeRootSocket() } else { change { $0.sockets[socket.namespace.name] = nil } }
    }

    /// The client was made to leave the socket's namespace; the connection stays.
    func dismiss(_ socket: Socket) {
        forget(socket)
        change { $0.dismiss(socket.namespace.name, atMost: server.configuration.maxNamespacesPerClient) }
    }

    /// Disconnects every namespace, and ends the connection.
    func disconnectAll() {
        let sockets = takeSockets()
        sockets.forEach { send(disconnecting: $0) }
        session?.object.close()
        end(sockets, .serverNamespaceDisconnect)
    }

    /// The client broke a rule: its connection ends, and its sockets are told the reason.
    func closeForFault(_ reason: DisconnectReason) {
        let sockets = takeSockets()
        session?.object.close()
        end(sockets, reason)
    }

    private func end(_ sockets: Taken, _ reason: DisconnectReason) {
        sockets.forEach { $0.end(reason) }
    }

    /// Takes all sockets but those whose middleware has not decided yet.
    private func takeSockets() -> Taken {
        var sockets = Taken(root: takeRootSocket())
        if let others {
            sockets.others += others.sockets.values
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
            sockets.others += others.pending.values
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
