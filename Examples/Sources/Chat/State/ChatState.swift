/// All that the chat knows: who is here, which rooms there are, and what was said.
///
/// It knows no socket and no clock: connections are ids, and time is an argument. So its rules are tested without a
/// network, and one actor can own it. Functions that a page may fail at throw the ``Refusal`` that it gets.
struct ChatState {
    /// The room that is always there.
    static let home = "Lobby"

    /// A moment on both clocks.
    struct Moment: Sendable {
        /// The wall clock, in milliseconds since 1970: for people.
        var milliseconds: Int
        /// A clock that is never set: for what must last a while.
        var instant: ContinuousClock.Instant
    }

    struct RoomRecord {
        /// The name as it was written first.
        let name: String
        /// The ids of those who are in it.
        var people: Set<String> = []
    }

    let limits: ChatLimits
    /// Everybody who is remembered, by id.
    var people: [String: PersonRecord] = [:]
    /// Who is behind each connection that has said hello.
    var connections: [String: String] = [:]
    /// The ids of those online, by folded name.
    var names: [String: String] = [:]
    /// By folded name.
    var rooms: [String: RoomRecord] = [:]
    var histories: [Conversation: History] = [:]
    var images = ImageShelf()
    var lastID = 0

    /// Whether ``presence`` says something else than when this was set to false.
    var presenceChanged = false
    /// Whether ``roomList`` says something else than when this was set to false.
    var roomsChanged = false

    init(limits: ChatLimits = ChatLimits()) {
        self.limits = limits
        rooms[Names.folded(Self.home)] = RoomRecord(name: Self.home)
    }

    // MARK: What there is

    /// Everybody who is online, sorted by name.
    var presence: [Person] {
        names.values.compactMap { id in
            people[id].map { Person(id: id, name: $0.name, rooms: $0.rooms.compactMap { rooms[$0]?.name }.sorted()) }
        }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// Every room, sorted by name.
    var roomList: [Room] {
        rooms.values.map { Room(name: $0.name, people: $0.people.count) }.sorted { $0.name < $1.name }
    }

    /// The person behind a connection.
    func person(on connection: String) throws(Refusal) -> Who {
        guard let id = connections[connection], let who = who(id) else { throw .notHello }
        return who
    }

    /// The folded names of the rooms that somebody is in.
    func rooms(of id: String) -> [String] { Array(people[id]?.rooms ?? []) }

    /// Somebody who has said hello once.
    func who(_ id: String) -> Who? {
        guard let record = people[id], !record.name.isEmpty else { return nil }
        return Who(id: id, name: record.name)
    }
}
