import SIOBytes

extension RawJSON {
    /// Takes a JSON text whose placeholders stand for binary values, as a packet or a cluster's message brings them.
    ///
    /// - Parameters:
    ///   - text: The text in UTF-8.
    ///   - attachments: What its placeholders, `{"_placeholder":true,"num":0}`, stand for.
    /// - Throws: `JSONError` if it is not JSON, `DecodingError` if a placeholder has a number that there is not.
    public init(validating text: [UInt8], attachments: [[UInt8]]) throws {
        self = try unsafe JSONParser.reading(text.span.bytes) { try $0.raw(attachments: attachments) }
    }

    /// Takes a text that this process has written, or parsed before.
    ///
    /// - Throws: `DecodingError` if a placeholder has a number that there is not.
    package init(trusted text: [UInt8], attachments: [[UInt8]]) throws {
        if attachments.isEmpty {
            self.init(unchecked: text)
        } else {
            try self.init(validating: text, attachments: attachments)
        }
    }

    /// The text with its placeholders numbered from 0, each for the attachment at that place.
    ///
    /// ``bytes`` keeps the numbers that the value came with.
    public var numbered: (text: [UInt8], attachments: [[UInt8]]) {
        guard !slots.isEmpty else { return (bytes, []) }
        var buffer = ByteBuffer()
        append(to: &buffer, firstNumber: 0)
        return (buffer.take(), attachments)
    }
}
