/// Counts how many sockets of a server are in each room, over all event loops, to tell when rooms come and go.
///
/// A loop's rooms are counted once, at its first change after the counting has begun, or soon. Until all loops are
/// counted, events are held back: whether a room is new is known only then.
struct RoomCensus {
    private var members: [String: Int] = [:]
    /// The loops that are not counted yet.
    private var uncounted: Int
    private var held: [RoomEvent] = []

    /// A census of so many loops.
    init(loops: Int) {
        uncounted = loops
    }

    /// A loop's rooms are these, as they were before the change that comes next.
    ///
    /// - Returns: What was held back, if it was the last loop.
    mutating func count(_ rooms: [String: Int]) -> [RoomEvent] {
        for (room, count) in rooms { members[room, default: 0] += count }
        // Held events are older than this; what they say of the coming and going of rooms that were here is not so.
        held.removeAll { event in
            switch event {
            case .created(let room), .deleted(let room): rooms[room] != nil
            case .joined, .left: false
            }
        }
        uncounted -= 1
        guard uncounted == 0 else { return [] }
        defer { held = [] }
        return held
    }

    /// A socket joins a room.
    mutating func joined(_ id: String, room: String) -> [RoomEvent] {
        let count = members[room, default: 0]
        members[room] = count + 1
        let event = RoomEvent.joined(room: room, socketID: id)
        return unlessHeld(count == 0 ? [.created(room: room), event] : [event])
    }

    /// A socket leaves a room.
    mutating func left(_ id: String, room: String) -> [RoomEvent] {
        let count = members[room, default: 0]
        members[room] = count > 1 ? count - 1 : nil
        let event = RoomEvent.left(room: room, socketID: id)
        return unlessHeld(count == 1 ? [event, .deleted(room: room)] : [event])
    }

    private mutating func unlessHeld(_ events: [RoomEvent]) -> [RoomEvent] {
        guard uncounted > 0 else { return events }
        held += events
        return []
    }
}
