public import EngineIO
import SIOEvents
import SIONet
import Synchronization

/// A client's connection to a namespace.
///
/// A socket lives on one event loop, where its handlers are called. It may be used from anywhere: what is called
/// elsewhere is carried out on the loop, in the order of the calls.
public final class Socket: Sendable {
    /// The socket's id: 20 characters that nobody can guess.
    ///
    /// The socket is in a room of this name. Clients of Socket.IO 2 know theirs by their session's: there it is that one, on
    /// a namespace other than `/` behind the namespace's name: `/admin#…`.
    public let id: String
    /// The namespace it is connected to.
    public let namespace: Namespace
    /// What the client said when it connected.
    public let handshake: Handshake
    /// What the socket is on its loop; nobody else keeps it alive.
    let core: LoopBound<SocketCore>
    /// Whether the client has come back: its id, its rooms and its data are those of before, and it receives what it missed.
    ///
    /// See ``Server/Configuration/connectionStateRecovery``.
    public let recovered: Bool
    let state: Mutex<State>

    /// The number of listeners that were ever made; each is known by its own.
    let listenerCount = Atomic<UInt32>(0)

    /// What may be asked from anywhere.
    struct State {
        /// The rooms joined, besides the socket's own.
        var rooms: Set<String> = []
        /// What the application keeps with the socket.
        var data: [ObjectIdentifier: any Sendable] = [:]
        var isInOwnRoom = false
        var isConnected = false
    }

    /// A socket, or, with a session, one that comes back.
    init(
        id: String, namespace: consuming Namespace, handshake: consuming Handshake, client: __shared Client,
        session: RecoverySessions.Session? = nil
    ) {
        let core = SocketCore(client: client)
        self.id = id
        recovered = session != nil
        state = Mutex(State(rooms: session?.rooms.subtracting([id]) ?? [], data: session?.data ?? [:]))
        self.namespace = namespace
        self.handshake = handshake
        self.core = LoopBound(core, to: client.tools.loop)
        core.face(self)
    }

    var loop: EventLoop { core.loop }

    /// Lets the body use the namespace's sockets without counting that: this holds the namespace, which holds them.
    @inline(__always)
    func useSockets<Result>(_ body: (LocalSockets) -> Result) -> Result {
        Uncounted(namespace.sockets).use(body)
    }

    /// Lets the body use what the socket's loop holds of the namespace.
    @inline(__always)
    func useShard<Result>(_ body: (NamespaceShard) -> Result) -> Result {
        useSockets { $0.use(shardOn: loop, body) }
    }

    /// What the application keeps with the socket.
    public var data: SocketData { SocketData(of: self) }

    /// Whether the client is connected to the namespace.
    public var connected: Bool { state.withLock { $0.isConnected } }

    /// Whether the client is not, or no longer, connected to the namespace.
    public var disconnected: Bool { !connected }

    /// The transport that carries the connection, `polling` or `websocket`; at its end, the last one.
    ///
    /// It is known on the socket's event loop, in its handlers; elsewhere the answer is nil.
    public var transport: EngineServer.Transport? {
        guard loop.isCurrent else { return nil }
        return core.value.transport.map(EngineServer.Transport.init)
    }

    func report(_ error: any Error, event: String) {
        namespace.reports.report(
            HandlerError(namespace: namespace.name, socketID: id, event: event, underlying: error))
    }

    /// Carries the body out on the socket's loop.
    ///
    /// - Returns: False if the loop was shut down; the body is dropped then.
    @discardableResult
    func onLoop(_ body: @escaping @Sendable (SocketCore) -> Void) -> Bool {
        guard loop.isCurrent else {
            // The socket is held, for it holds its core.
            return loop.post { [self] in body(core.value) }
        }
        body(core.value)
        return true
    }

    /// Carries the body out on the socket's loop, in the order of all that is sent in the namespace.
    ///
    /// - Returns: False if the loop was shut down; the body is dropped then.
    @discardableResult
    func inOrder(_ body: @escaping @Sendable (SocketCore) -> Void) -> Bool {
        if loop.isCurrent {
            body(core.value)
            return true
        }
        return namespace.sockets.carry(to: loop) { [self] _ in body(core.value) }
    }

    // MARK: Rooms

    /// The rooms the socket is in, its own among them.
    public var rooms: Set<String> {
        state.withLock { $0.isInOwnRoom ? $0.rooms.union([id]) : $0.rooms }
    }

    /// Joins rooms.
    ///
    /// Rooms exist as long as somebody is in them.
    public func join(_ rooms: String...) {
        inOrder { $0.join(rooms) }
    }

    /// Joins rooms.
    ///
    /// Rooms exist as long as somebody is in them.
    public func join(_ rooms: [String]) {
        inOrder { $0.join(rooms) }
    }

    /// Leaves rooms.
    public func leave(_ rooms: String...) {
        inOrder { $0.leave(rooms) }
    }

    /// Leaves rooms.
    public func leave(_ rooms: [String]) {
        inOrder { $0.leave(rooms) }
    }

    /// Leaves all rooms, its own too: nothing that is sent to rooms reaches the socket any more.
    public func leaveAll() {
        inOrder { $0.leaveAll() }
    }

    // MARK: To others

    /// All sockets of the namespace but this one.
    public var broadcast: BroadcastOperator { BroadcastOperator(namespace: namespace).leavingOut([id]) }

    /// The sockets in any of the rooms, but not this one.
    public func to(_ rooms: String...) -> BroadcastOperator { broadcast.adding(rooms) }

    /// The sockets in any of the rooms, but not this one.
    public func to(_ rooms: [String]) -> BroadcastOperator { broadcast.adding(rooms) }

    /// The sockets in any of the rooms, but not this one.
    public func `in`(_ rooms: String...) -> BroadcastOperator { broadcast.adding(rooms) }

    /// The sockets in any of the rooms, but not this one.
    public func `in`(_ rooms: [String]) -> BroadcastOperator { broadcast.adding(rooms) }

    /// All sockets of the namespace but this one, and but those in any of the rooms.
    public func except(_ rooms: String...) -> BroadcastOperator { broadcast.leavingOut(rooms) }

    /// All sockets of the namespace but this one, and but those in any of the rooms.
    public func except(_ rooms: [String]) -> BroadcastOperator { broadcast.leavingOut(rooms) }

    /// All sockets of the namespace on this server but this one.
    public var local: BroadcastOperator { broadcast.local }

    // MARK: The end

    /// Disconnects the client from the namespace, which it takes for final: it does not reconnect by itself.
    ///
    /// - Parameter close: Whether its connection ends too, with all namespaces on it.
    public func disconnect(close: Bool = false) {
        onLoop { $0.disconnect(close: close) }
    }
}
