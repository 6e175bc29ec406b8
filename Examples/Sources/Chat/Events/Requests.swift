// The arguments of the events that the page sends.

/// What a page passes as `auth` when it connects: who it says it is.
struct Credentials: Codable, Sendable, Hashable {
    /// Public: others see it.
    var id: String
    /// Secret: proves that the id is the page's own.
    var key: String
    var name: String
}

/// A page is there, for the first time or again.
struct Hello: Codable, Sendable {
    var name: String
    /// The rooms to be in, each with the id of the last message that the page has of it.
    var rooms: [String: Int]
    /// The id of the last private message that the page has.
    var direct: Int
}

/// Somebody wants another name.
struct Rename: Codable, Sendable {
    var name: String
}

/// Somebody wants to be in a room.
struct Join: Codable, Sendable {
    var room: String
}

/// Somebody does not want to be in a room any more.
struct Leave: Codable, Sendable {
    var room: String
}

/// Somebody says something: in a room, or to a person.
struct Send: Codable, Sendable {
    /// The page's own name of the message: one that comes twice was meant once.
    var key: String
    var room: String?
    /// A person's id.
    var to: String?
    var text: String
    var picture: Picture?
    var image: [UInt8]?
}

/// A page wants the image of an older message.
struct FetchImage: Codable, Sendable {
    /// The message's id.
    var id: Int
}

/// Somebody begins to write, or stops.
struct StartOrStopTyping: Codable, Sendable {
    var room: String?
    /// A person's id.
    var to: String?
    var on: Bool
}

/// Somebody else begins to write, or stops.
struct Typing: Codable, Sendable, Hashable {
    var room: String?
    /// A person's id.
    var to: String?
    var from: Who
    var on: Bool
}
