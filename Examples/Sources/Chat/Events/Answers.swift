// What the page's events are acknowledged with, beside `ok`.

/// All that happened while the page was not there.
struct Welcome: Codable, Sendable {
    var you: Who
    var people: [Person]
    /// Every room.
    var list: [Room]
    /// The rooms that were joined, each with the messages that the page does not have, oldest first.
    var rooms: [String: [Message]]
    /// The private messages that the page does not have, oldest first.
    var direct: [Message]
}

/// The new name was taken on.
struct Renamed: Codable, Sendable, Hashable {
    var you: Who
}

/// The room was joined.
struct Joined: Codable, Sendable {
    /// The room's name, as it is written.
    var room: String
    /// The last messages, oldest first.
    var messages: [Message]
}

/// The message was sent, now or when it came first.
struct Sent: Codable, Sendable, Hashable {
    var id: Int
    var at: Int
}

/// An image that was asked for.
struct Image: Codable, Sendable, Hashable {
    var image: [UInt8]
    var mime: String
}

/// There is nothing to add.
struct Done: Codable, Sendable {}
