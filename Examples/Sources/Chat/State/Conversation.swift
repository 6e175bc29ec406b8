/// Where something is said.
enum Conversation: Hashable, Sendable {
    /// In a room, by its folded name.
    case room(String)
    /// Between two people, by their ids, the smaller one first.
    case talk(String, String)

    static func between(_ one: String, _ other: String) -> Conversation {
        one < other ? .talk(one, other) : .talk(other, one)
    }

    var isTalk: Bool {
        if case .talk = self { true } else { false }
    }

    /// Whether it is a private talk of this person.
    func isTalk(of id: String) -> Bool {
        if case .talk(let one, let other) = self { one == id || other == id } else { false }
    }
}

/// The last messages of a conversation, oldest first, without their images.
struct History {
    private(set) var messages: [Message] = []

    var lastID: Int { messages.last?.id ?? 0 }

    func messages(after id: Int) -> [Message] {
        Array(messages.drop { $0.id <= id })
    }

    /// Adds a message, and drops the oldest if there are too many.
    mutating func append(_ message: Message, limit: Int) -> Message? {
        messages.append(message)
        return messages.count > limit ? messages.removeFirst() : nil
    }
}
