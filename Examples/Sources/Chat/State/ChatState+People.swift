extension ChatState {
    // MARK: Coming

    /// Lets somebody connect: remembers the secret that comes with an id first, and refuses others from then on.
    mutating func admit(_ credentials: Credentials, at moment: Moment) throws(Refusal) {
        guard Names.isToken(credentials.id, length: 16...32), Names.isToken(credentials.key, length: 16...32) else {
            throw .authInvalid
        }
        if let known = people[credentials.id] {
            guard known.key == credentials.key else { throw .idTaken }
        } else {
            people[credentials.id] = PersonRecord(key: credentials.key, seen: moment.instant)
            if people.count > limits.people { forgetPeople(except: credentials.id) }
        }
    }

    /// Somebody's page is there, on a new connection or again on one that has said hello.
    mutating func hello(
        _ hello: Hello, from credentials: Credentials, on connection: String, at moment: Moment
    ) throws(Refusal) -> Welcome {
        try admit(credentials, at: moment)
        let id = credentials.id
        let you = try takeName(hello.name, id: id)
        connections[connection] = id
        people[id]?.connections.insert(connection)
        people[id]?.seen = moment.instant
        presenceChanged = true

        var missed: [String: [Message]] = [:]
        for (text, last) in hello.rooms {
            guard let (key, name) = try? enter(text, id: id) else { continue }
            missed[name] = histories[.room(key)]?.messages(after: last) ?? []
        }
        return Welcome(
            you: you, people: presence, list: roomList, rooms: missed,
            direct: privateMessages(of: id, after: hello.direct))
    }

    /// The last messages between this person and anybody, oldest first.
    private func privateMessages(of id: String, after last: Int) -> [Message] {
        let all = histories.filter { $0.key.isTalk(of: id) }.flatMap { $0.value.messages(after: last) }
        return all.sorted { $0.id < $1.id }.suffix(limits.history)
    }

    // MARK: Names

    /// Somebody wants another name.
    mutating func rename(_ rename: Rename, on connection: String) throws(Refusal) -> Renamed {
        let id = try person(on: connection).id
        return Renamed(you: try takeName(rename.name, id: id))
    }

    private mutating func takeName(_ text: String, id: String) throws(Refusal) -> Who {
        guard let name = Names.person(text, limits: limits) else { throw .nameInvalid }
        let holder = names[Names.folded(name)]
        guard holder == nil || holder == id else { throw .nameTaken }
        if let old = people[id], old.isOnline { names[Names.folded(old.name)] = nil }
        names[Names.folded(name)] = id
        people[id]?.name = name
        presenceChanged = true
        return Who(id: id, name: name)
    }

    // MARK: Going

    /// A connection is over.
    ///
    /// With the last one its person is away, and in no room.
    mutating func disconnected(_ connection: String, at moment: Moment) {
        guard let id = connections.removeValue(forKey: connection), var person = people[id] else { return }
        person.connections.remove(connection)
        person.seen = moment.instant
        people[id] = person
        guard !person.isOnline else { return }
        for key in person.rooms { exit(key, id: id) }
        names[Names.folded(person.name)] = nil
        presenceChanged = true
    }

    /// Forgets a tenth of those who are remembered, so that it is seldom done: those away who left first.
    private mutating func forgetPeople(except newcomer: String) {
        let away = people.filter { !$0.value.isOnline && $0.key != newcomer }.sorted { $0.value.seen < $1.value.seen }
        for (id, _) in away.prefix(max(1, limits.people / 10)) {
            people[id] = nil
            // Whoever takes the id next must not read them.
            for conversation in histories.keys where conversation.isTalk(of: id) { forget(conversation) }
        }
    }
}
