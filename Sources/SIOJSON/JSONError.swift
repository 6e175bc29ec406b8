/// Why a text was refused as JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code in words.
        public let description: String

        /// The text is not JSON (RFC 8259).
        public static let invalidSyntax = Code(description: "not valid JSON")
        /// The text is not well-formed UTF-8.
        public static let invalidUTF8 = Code(description: "JSON that is not valid UTF-8")
        /// Too many arrays and objects inside one another.
        public static let tooDeep = Code(description: "JSON that is nested too deeply")
        /// The text is longer than is accepted.
        public static let tooLong = Code(description: "JSON that is too long")
        /// There is no memory to parse the text.
        public static let outOfMemory = Code(description: "no memory for JSON")
    }

    /// What is wrong.
    public let code: Code

    /// The error in words.
    public var description: String { code.description }

    package init(_ code: Code) {
        self.code = code
    }
}
