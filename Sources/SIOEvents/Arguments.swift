import SIOBytes
public import SIOJSON

/// The arguments of an event as they came: they can be passed on without being decoded, or decoded one by one.
public struct Arguments: Sendable, Hashable {
    /// JSON values, with commas between them; their placeholders count the attachments from the first.
    package let text: [UInt8]
    package let attachments: [[UInt8]]

    package init(text: [UInt8], attachments: [[UInt8]]) {
        self.text = text
        self.attachments = attachments
    }

    /// Arguments to send.
    ///
    /// - Throws: `EncodingError` if one cannot be encoded.
    public init<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        var buffer = ByteBuffer()
        var attachments: [[UInt8]] = []
        for argument in repeat each arguments {
            if !buffer.isEmpty { buffer.append(UInt8(ascii: ",")) }
            try buffer.appendJSON(argument, attachments: &attachments)
        }
        text = buffer.take()
        self.attachments = attachments
    }

    /// Each argument by itself.
    public var values: [RawJSON] {
        // It was parsed when it came, or written here.
        (try? array { elements in try elements.map { try $0.raw(attachments: attachments) } }) ?? []
    }

    /// The number of arguments.
    public var count: Int { (try? array { $0.reduce(0) { count, _ in count + 1 } }) ?? 0 }

    /// Decodes one argument.
    ///
    /// - Parameters:
    ///   - index: Which, from 0.
    ///   - type: What it is to be.
    /// - Returns: The value.
    /// - Throws: `DecodingError` if it does not fit the type, or is not there.
    public func decode<Value: Decodable>(_ index: Int, as type: Value.Type = Value.self) throws -> Value {
        try array { elements in
            for (place, element) in elements.enumerated() where place == index {
                return try element.decode(type, attachments: attachments)
            }
            throw DecodingError.valueNotFound(
                type, .init(codingPath: [], debugDescription: "there is no argument \(index)"))
        }
    }

    private func array<Result>(_ body: (JSONElements) throws -> Result) throws -> Result {
        var buffer = ByteBuffer()
        buffer.append("[")
        buffer.append(text)
        buffer.append("]")
        return try JSONParser.reading(buffer.bytes) { try body($0.elements) }
    }
}
