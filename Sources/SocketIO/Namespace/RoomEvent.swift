/// What happens to the rooms of one server; see ``Namespace/onRoomEvent(_:)``.
public enum RoomEvent: Sendable, Hashable {
    /// The first socket of this server is joining the room.
    case created(room: String)
    /// The last socket of this server has left the room.
    case deleted(room: String)
    /// A socket of this server has joined the room.
    case joined(room: String, socketID: String)
    /// A socket of this server has left the room.
    case left(room: String, socketID: String)

    /// The room.
    public var room: String {
        switch self {
        case .created(let room), .deleted(let room), .joined(let room, _), .left(let room, _): room
        }
    }
}

/// A handler that listens to what happens to rooms: a token to take it off again.
public struct RoomListener: Sendable {
    let number: Int
    let watch: RoomWatch

    /// Takes the handler off.
    ///
    /// It may still hear what has happened before.
    public func off() {
        watch.remove(number)
    }
}
