extension RawJSON {
    /// An object without members.
    package static let emptyObject = RawJSON(unchecked: Array("{}".utf8))

    /// What stands for nothing.
    public static let null = RawJSON(unchecked: Array("null".utf8))

    /// Takes a text that is known to be JSON, without attachments.
    init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
        attachments = []
        slots = []
    }
}
