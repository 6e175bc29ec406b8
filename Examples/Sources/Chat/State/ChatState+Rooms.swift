extension ChatState {
    /// Somebody wants to be in a room, which is made if there is none of the name.
    mutating func join(_ join: Join, on connection: String) throws(Refusal) -> Joined {
        let id = try person(on: connection).id
        let (key, name) = try enter(join.room, id: id)
        return Joined(room: name, messages: histories[.room(key)]?.messages ?? [])
    }

    /// Somebody leaves a room.
    ///
    /// To leave one that one is not in changes nothing.
    mutating func leave(_ leave: Leave, on connection: String) throws(Refusal) {
        let id = try person(on: connection).id
        exit(Names.folded(leave.room), id: id)
    }

    /// Has a person be in a room.
    ///
    /// - Returns: The room's folded name, and its name as it is written.
    mutating func enter(_ text: String, id: String) throws(Refusal) -> (key: String, name: String) {
        guard let wanted = Names.room(text, limits: limits) else { throw .roomInvalid }
        let key = Names.folded(wanted)
        if rooms[key] == nil {
            guard rooms.count < limits.rooms else { throw .tooManyRooms }
            rooms[key] = RoomRecord(name: wanted)
        }
        if people[id]?.rooms.insert(key).inserted == true {
            rooms[key]?.people.insert(id)
            roomsChanged = true
            presenceChanged = true
        }
        return (key, rooms[key]?.name ?? wanted)
    }

    /// Has a person not be in a room, which is forgotten if it was empty of people and words.
    mutating func exit(_ key: String, id: String) {
        guard people[id]?.rooms.remove(key) != nil else { return }
        rooms[key]?.people.remove(id)
        if rooms[key]?.people.isEmpty == true, histories[.room(key)] == nil, key != Names.folded(Self.home) {
            rooms[key] = nil
        }
        roomsChanged = true
        presenceChanged = true
    }
}
