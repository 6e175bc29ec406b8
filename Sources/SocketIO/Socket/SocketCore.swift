import EngineIO
import SIOBytes
import SIOJSON
import SIONet
import SocketIOProtocol

/// What a socket is on its own loop: its handlers, its acknowledgements, its places in the rooms.
final class SocketCore {
    let id: String
    let loop: EventLoop
    /// The public face; nil once the socket is disconnected, because each holds the other.
    private(set) var socket: Socket?
    private let namespace: Namespace
    private unowned let client: Client

    /// The socket's place among all of its loop, and in each of its rooms; kept by ``NamespaceShard``.
    var place = 0
    var places: [String: Int] = [:]
    var walk: UInt64 = 0
    private(set) var isInOwnRoom = false

    private var handlers: [String: [EventHandler]] = [:]
    private var anyHandlers: [EventHandler] = []
    private var endHandlers: [(SocketEvent, @Sendable (DisconnectReason) -> Void)] = []
    private var acknowledgements = AckTable<(AcknowledgementOutcome) -> Void>()
    private let deadline = Deadline()

    init(id: String, namespace: Namespace, client: Client, handshake: Handshake) {
        self.id = id
        self.namespace = namespace
        self.client = client
        loop = client.core.loop
        socket = Socket(id: id, namespace: namespace, handshake: handshake, core: LoopBound(self, to: loop))
    }

    var isConnected: Bool { socket != nil && isInOwnRoom }

    // MARK: Rooms

    func join(_ rooms: [String]) {
        guard let socket else { return }
        for room in rooms {
            let isNew = socket.state.withLock { state in
                guard room != id else {
                    defer { state.isInOwnRoom = true }
                    return !state.isInOwnRoom
                }
                return state.rooms.insert(room).inserted
            }
            guard isNew else { continue }
            if room == id { isInOwnRoom = true } else { namespace.sockets.shard(on: loop).join(self, room) }
            namespace.adapter.joined(id, room: room)
        }
    }

    func leave(_ rooms: [String]) {
        guard let socket else { return }
        for room in rooms {
            let wasIn = socket.state.withLock { state in
                guard room != id else {
                    defer { state.isInOwnRoom = false }
                    return state.isInOwnRoom
                }
                return state.rooms.remove(room) != nil
            }
            guard wasIn else { continue }
            if room == id { isInOwnRoom = false } else { namespace.sockets.shard(on: loop).leave(self, room) }
            namespace.adapter.left(id, room: room)
        }
    }

    var description: SocketDescription {
        SocketDescription(id: id, handshake: handshake, rooms: socket?.rooms ?? [])
    }
}
