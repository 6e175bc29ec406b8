/// A socket as it can be told to another server.
public struct SocketDescription: Sendable {
    /// The socket's id.
    public var id: String
    /// What the client said when it connected.
    public var handshake: Handshake
    /// The rooms the socket is in, its own among them.
    public var rooms: Set<String>

    /// Describes a socket.
    public init(id: String, handshake: Handshake, rooms: Set<String>) {
        self.id = id
        self.handshake = handshake
        self.rooms = rooms
    }
}

/// A socket of this or of another server, as it was when it was fetched.
public struct RemoteSocket: Broadcasting, Sendable {
    let description: SocketDescription
    let namespace: Namespace

    /// The socket's id.
    public var id: String { description.id }
    /// What the client said when it connected.
    public var handshake: Handshake { description.handshake }
    /// The rooms the socket was in.
    public var rooms: Set<String> { description.rooms }

    /// An operator that reaches this socket.
    public var broadcast: BroadcastOperator { BroadcastOperator(namespace: namespace).adding([id]) }

    /// Has the socket join rooms.
    public func join(_ rooms: String...) { broadcast.join(rooms) }

    /// Has the socket leave rooms.
    public func leave(_ rooms: String...) { broadcast.leave(rooms) }

    /// Disconnects the socket.
    ///
    /// - Parameter close: Whether its connection ends too, with all namespaces on it.
    public func disconnect(close: Bool = false) { broadcast.disconnect(close: close) }
}
