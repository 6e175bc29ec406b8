public import SIOJSON

/// A socket as it can be told to another server.
public struct SocketDescription: Sendable {
    /// The socket's id.
    public var id: String
    /// What the client said when it connected.
    public var handshake: Handshake
    /// The rooms the socket is in, its own among them.
    public var rooms: Set<String>
    /// What the application keeps with the socket and shows to other servers: an object; see ``SharedSocketData``.
    public var data: RawJSON

    /// Describes a socket.
    ///
    /// - Parameters:
    ///   - id: The socket's id.
    ///   - handshake: What the client said when it connected.
    ///   - rooms: The rooms the socket is in.
    ///   - data: What other servers may see of the application's data; nil for nothing.
    public init(id: String, handshake: Handshake, rooms: Set<String>, data: RawJSON? = nil) {
        self.id = id
        self.handshake = handshake
        self.rooms = rooms
        self.data = data ?? .emptyObject
    }
}

extension SocketDescription: Codable {
    private enum Key: String, CodingKey {
        case id
        case handshake
        case rooms
        case data
    }

    /// Writes the reference's object: `id`, `handshake`, `rooms`, `data`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(handshake, forKey: .handshake)
        try container.encode(rooms.sorted(), forKey: .rooms)
        try container.encode(data, forKey: .data)
    }

    /// Reads the reference's object.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let rooms = try container.decodeIfPresent([WireName].self, forKey: .rooms) ?? []
        self.init(
            id: try container.decode(String.self, forKey: .id),
            handshake: try container.decode(Handshake.self, forKey: .handshake),
            rooms: Set(rooms.map(\.text)),
            data: try container.decodeIfPresent(RawJSON.self, forKey: .data))
    }
}
