import EngineIO
import EngineIOProtocol
import SIOBytes
import SIOEvents
import SIOJSON
import SIONet
import SocketIOProtocol
import Synchronization

/// What a socket is on its own loop: its handlers, its acknowledgements, its places in the rooms.
final class SocketCore {
    /// The public face, which holds this.
    @exclusivity(unchecked) private var socket: Uncounted<Socket>?
    /// The client's connection, which holds the socket, or waits for its middleware; nil once the socket is disconnected.
    @exclusivity(unchecked) private(set) var client: Uncounted<Client>?
    /// The client's session, which what is sent to many goes straight to; nil with the client, and where another than the
    /// default parser is used.
    @exclusivity(unchecked) private(set) var session: Uncounted<EngineSession>?
    /// The client's session, whatever parser is used; nil with the client.
    var anySession: EngineSession? { client?.object.session?.object }
    /// The socket's place in each of its rooms; kept by ``NamespaceShard``, as is the next.
    @exclusivity(unchecked) var places: [String: Int] = [:]
    var walk: UInt64 = 0

    /// What most sockets do without.
    @exclusivity(unchecked) var extras: SocketExtras?
    /// What lets the client come back; nil where it cannot.
    @exclusivity(unchecked) var recovery: SocketRecovery?
    /// Walked along where they lie; what handlers change meanwhile is kept beside them until the walk's end.
    @exclusivity(unchecked) var listeners = Listeners()
    @exclusivity(unchecked) var changedListeners: ChangedListeners?
    @exclusivity(unchecked) var endHandlers: [(SocketEvent, @Sendable (DisconnectReason) throws -> Void)] = []
    /// The acknowledgements that are waited for; nil if none ever was.
    @exclusivity(unchecked) var acknowledgements: Acknowledgements?

    /// The socket's place among all of its loop; kept by ``NamespaceShard``.
    var place: UInt32 = 0
    /// What carried the connection when it ended.
    @exclusivity(unchecked) private var lastTransport: EngineTransport?
    @exclusivity(unchecked) private(set) var isInOwnRoom = false
    @exclusivity(unchecked) private(set) var isConnected = false
    @exclusivity(unchecked) var isDispatching = false

    /// The acknowledgements that are waited for, and the time of the next that is given up.
    final class Acknowledgements {
        var table = AckTable<(AcknowledgementOutcome) -> Void>()
        var deadline: Deadline?
    }

    init(client: __shared Client) {
        self.client = Uncounted(client)
        session = client.tools.translator == nil ? client.session : nil
    }

    /// Tells the core whose it is, once and at once.
    func face(_ socket: Socket) {
        self.socket = Uncounted(socket)
    }

    /// The public face.
    ///
    /// Whoever calls what may be the application's holds it meanwhile: it may be the end of all else that does.
    var face: Socket {
        guard let socket else { preconditionFailure("a socket's core without a face") }
        return socket.object
    }

    /// The public face, until the socket's end.
    var liveFace: Socket? { client == nil ? nil : socket?.object }

    var id: String { face.id }
    var loop: EventLoop { face.loop }
    var namespace: Namespace { face.namespace }
    var transport: EngineTransport? { client?.object.transport ?? lastTransport }

    // MARK: Rooms

    func join(_ rooms: [String]) {
        guard client != nil else { return }
        let socket = face
        defer { withExtendedLifetime(socket) {} }
        for room in rooms {
            let isNew = socket.state.withLock { state in
                guard room != id else {
                    defer { state.isInOwnRoom = true }
                    return !state.isInOwnRoom
                }
                return state.rooms.insert(room).inserted
            }
            if isNew, isConnected { enter(room, socket) }
        }
    }

    /// Takes the socket's place in a room, where broadcasts find it.
    private func enter(_ room: String, _ socket: Socket) {
        if room == socket.id { isInOwnRoom = true } else { socket.useShard { $0.join(self, room) } }
        socket.namespace.joined(socket.id, room: room, on: socket.loop)
    }

    func leave(_ rooms: [String]) {
        // Behind its end the socket is in no room, and its face may be gone.
        guard client != nil || isConnected else { return }
        leave(rooms, face)
    }

    private func leave(_ rooms: [String], _ socket: Socket) {
        defer { withExtendedLifetime(socket) {} }
        for room in rooms {
            let wasIn = socket.state.withLock { state in
                guard room != id else {
                    defer { state.isInOwnRoom = false }
                    return state.isInOwnRoom
                }
                return state.rooms.remove(room) != nil
            }
            if wasIn, isConnected { exit(room, socket) }
        }
    }

    func leaveAll() {
        if let socket = liveFace { leaveAll(socket) }
    }

    private func leaveAll(_ socket: Socket) {
        defer { withExtendedLifetime(socket) {} }
        let (rooms, wasInOwnRoom) = socket.state.withLock { state in
            defer {
                state.rooms = []
                state.isInOwnRoom = false
            }
            return (state.rooms, state.isInOwnRoom)
        }
        guard isConnected else { return }
        if wasInOwnRoom { exit(socket.id, socket) }
        for room in rooms { exit(room, socket) }
    }

    /// Gives up the socket's place in a room.
    private func exit(_ room: String, _ socket: Socket) {
        if room == socket.id { isInOwnRoom = false } else { socket.useShard { $0.leave(self, room) } }
        socket.namespace.left(socket.id, room: room, on: socket.loop)
    }

    var description: SocketDescription {
        SocketDescription(id: id, handshake: face.handshake, rooms: face.rooms, data: face.sharedData)
    }

    /// Whether anything was sent whose answer has not come.
    var awaitsAnswers: Bool { acknowledgements?.table.isEmpty == false || (extras?.questions.count ?? 0) > 0 }

    // MARK: Life

    // The socket is the caller's, who holds it; the client lives until the end of the turn in which its session is over.

    /// The client is let in: answers its CONNECT, and tells the application.
    func connect(_ socket: Socket) {
        guard let client else { return }
        // A client that came back too late after all has to begin anew.
        guard let missed = beginRecovery(socket) else { return client.use { $0.supersede() } }
        socket.useSockets { $0.add(self, of: socket) }
        isConnected = true
        // A middleware may have chosen rooms already; nobody was to find the socket there before.
        let rooms = socket.state.withLock { state in
            state.isConnected = true
            state.isInOwnRoom = true
            return state.rooms
        }
        for room in rooms { enter(room, socket) }
        enter(socket.id, socket)
        for packet in missed { send(packet, volatile: false) }
        client.use { $0.send(connected: socket, privateID: recovery?.privateID) }
        socket.namespace.connected(socket)
        socket.useSockets { $0.usualListeners.store(listeners.named.count, ordering: .relaxed) }
    }

    /// Disconnects the client from the namespace, or ends its whole connection.
    ///
    /// A client that is not connected yet cannot be disconnected: a middleware refuses it by throwing.
    func disconnect(close: Bool) {
        guard let client = client?.object else { return }
        if close {
            client.disconnectAll()
        } else if isConnected {
            // The client may be the last that holds it.
            let socket = face
            defer { withExtendedLifetime(socket) {} }
            client.send(disconnecting: socket)
            client.dismiss(socket)
            end(.serverNamespaceDisconnect, socket)
        }
    }

    /// The socket is over, for the reason.
    func end(_ reason: DisconnectReason, _ socket: Socket) {
        guard let client else { return }
        defer { if socket.namespace.child != nil { client.use { $0.release(socket.namespace) } } }
        client.use { $0.session?.use { $0.endWaits(of: self) } }
        // From here on nothing is sent, and nobody can end the socket again.
        self.client = nil
        session = nil
        lastTransport = client.use(\.transport)
        if let acknowledgements { client.object.core.set(&acknowledgements.deadline, of: self, to: nil) }
        let wasConnected = isConnected
        if wasConnected {
            call(.disconnecting, reason, socket)
            endRecovery(socket, reason)
        }
        leaveAll(socket)
        if wasConnected { socket.useSockets { $0.remove(self, of: socket) } }
        isConnected = false
        socket.state.withLock { $0.isConnected = false }
        if let acknowledgements {
            self.acknowledgements = nil
            for settle in acknowledgements.table.removeAll() { settle(.failed(.disconnected)) }
        }
        failQuestions()
        if wasConnected { call(.disconnect, reason, socket) }
        changeListeners { $0.removeAll() }
        endHandlers = []
        removeOutgoing(nil)
        extras = nil
    }
}
