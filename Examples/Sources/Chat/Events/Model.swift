// What both the page and the server talk about. Every type here travels, so each is `Codable`.

/// Somebody who is online.
struct Person: Codable, Sendable, Hashable {
    var id: String
    var name: String
    /// The names of the rooms the person is in, sorted.
    var rooms: [String]
}

/// The author of a message, or the one it is for, named as at the time.
struct Who: Codable, Sendable, Hashable {
    var id: String
    var name: String
}

/// A room that can be joined.
struct Room: Codable, Sendable, Hashable {
    var name: String
    /// How many people are in it now.
    var people: Int
}

/// What is known of an image without its bytes.
struct Picture: Codable, Sendable, Hashable {
    var mime: String
    /// In pixels.
    var width: Int
    /// In pixels.
    var height: Int
    /// In bytes.
    var size: Int
}

/// Something that was said, in a room or to a person.
struct Message: Codable, Sendable, Hashable {
    /// Grows strictly, so that a page can ask for what came later.
    var id: Int
    /// Milliseconds since 1970.
    var at: Int
    var from: Who
    /// The room's name; nil if the message is a private one.
    var room: String?
    /// The one it is for; nil if it was said in a room.
    var to: Who?
    var text: String
    var picture: Picture?
    /// The image itself, only while the message is new.
    ///
    /// Bytes travel as a binary attachment, wherever they stand.
    var image: [UInt8]?
    /// The sender's own name of the message.
    var key: String
}
