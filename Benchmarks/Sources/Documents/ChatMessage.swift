/// A small value, as chats send it: five members, about a hundred bytes of JSON.
public struct ChatMessage: Codable, Sendable {
    /// Who wrote it.
    public var user: String
    /// Where.
    public var room: String
    /// What was written.
    public var text: String
    /// When, in milliseconds since 1970.
    public var sentAt: Int
    /// Whether it was changed since.
    public var edited: Bool
}
