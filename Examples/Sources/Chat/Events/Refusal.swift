/// Why something was not done: a word for the page, and a sentence for people.
struct Refusal: Error, Codable, Sendable, Hashable {
    let error: String
    let message: String

    private init(_ error: String, _ message: String) {
        self.error = error
        self.message = message
    }

    static let authInvalid = Refusal("auth-invalid", "This page does not say properly who it is.")
    static let idTaken = Refusal("id-taken", "Somebody else is known by this id.")
    static let notHello = Refusal("not-hello", "Say hello first.")
    static let malformed = Refusal("malformed", "The server does not understand this.")
    static let tooFast = Refusal("too-fast", "That was a bit fast. Take a breath.")

    static let nameInvalid = Refusal("name-invalid", "A name has 1 to 24 characters.")
    static let nameTaken = Refusal("name-taken", "Somebody here has this name already.")
    static let roomInvalid = Refusal(
        "room-invalid", "A room's name has 1 to 24 letters, digits, spaces, hyphens or underscores.")
    static let tooManyRooms = Refusal("too-many-rooms", "There are too many rooms already.")
    static let roomUnknown = Refusal("room-unknown", "You are not in this room.")
    static let personUnknown = Refusal("person-unknown", "Nobody here is known by this id.")

    static let keyInvalid = Refusal("key-invalid", "The message's key is not one.")
    static let textInvalid = Refusal("text-invalid", "A message has 1 to 2000 characters.")
    static let imageInvalid = Refusal("image-invalid", "Only JPEG, PNG, GIF and WebP images can be sent.")
    static let imageTooLarge = Refusal("image-too-large", "The image is larger than 700 kB.")
    static let imageGone = Refusal("image-gone", "This image is no longer kept.")
}
