/// How much people may send, and how much the chat remembers.
///
/// All that it holds is bounded by these.
struct ChatLimits: Sendable {
    /// The characters of a person's or a room's name, counted as Unicode scalars.
    var nameLength = 24
    /// The characters of a message, counted as Unicode scalars: what looks like one character may have any number.
    var textLength = 2000
    /// The bytes of one image.
    var imageSize = 700_000
    /// The pixels of an image's side.
    var imageSide = 10_000
    /// The kinds of images.
    var imageKinds: Set<String> = ["image/jpeg", "image/png", "image/gif", "image/webp"]
    /// The rooms that there may be.
    var rooms = 200
    /// The messages that a person may send within ``ratePeriod``.
    var rate = 20
    /// See ``rate``.
    var ratePeriod: Duration = .seconds(10)

    /// The messages that are kept of a room, or of two people's talk.
    var history = 50
    /// The private talks that are kept; beyond, the one that fell silent first is forgotten.
    var talks = 500
    /// The bytes of all images that are kept; beyond, the oldest are forgotten.
    var imagesSize = 64_000_000
    /// The keys that are remembered of each person's messages.
    var keys = 200
    /// The people who are remembered; beyond, of those who are away the ones who left first are forgotten.
    var people = 5000
}
