/// A large value: a page of posts, objects in arrays in objects, about 16 KiB of JSON.
public struct Feed: Codable, Sendable {
    /// Which page it is.
    public var page: Int
    /// Where the next one begins.
    public var next: String
    /// What is on it.
    public var posts: [Post]

    /// One post.
    public struct Post: Codable, Sendable {
        /// Its number.
        public var id: Int
        /// Who wrote it.
        public var author: Author
        /// What was written, with letters beyond ASCII and escapes.
        public var text: String
        /// What it is about.
        public var tags: [String]
        /// How it is ranked.
        public var score: Double
        /// Which post it answers, if one.
        public var replyTo: Int?
        /// Whether it was changed since.
        public var edited: Bool
    }

    /// Who wrote a post.
    public struct Author: Codable, Sendable {
        /// The name that is shown.
        public var name: String
        /// Where the picture is.
        public var avatar: String
    }
}
