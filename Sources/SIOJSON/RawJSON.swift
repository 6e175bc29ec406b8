package import SIOBytes

/// A JSON value as the bytes it was written in, neither decoded nor encoded again.
///
/// To pass on what came in costs one copy, and keeps numbers, escapes and the order of members as they were. Binary
/// attachments of a Socket.IO packet come along.
public struct RawJSON: Sendable, Hashable {
    /// A place in the bytes where an attachment belongs.
    struct Slot: Hashable {
        /// The offsets of the placeholder's bytes.
        var range: Range<Int>
        /// Which attachment.
        var attachment: Int
    }

    /// The value's text, in UTF-8.
    public let bytes: [UInt8]
    /// The binary values that the text has placeholders for.
    public let attachments: [[UInt8]]
    let slots: [Slot]

    /// Takes a JSON text, without the white space around it.
    ///
    /// - Throws: `JSONError` if it is not JSON.
    public init(validating text: String) throws(JSONError) {
        try self.init(validating: Array(text.utf8))
    }

    /// Takes a JSON text in UTF-8, without the white space around it.
    ///
    /// - Throws: `JSONError` if it is not JSON.
    public init(validating text: [UInt8]) throws(JSONError) {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let root = unsafe try parser.parse(text.span.bytes)
        bytes = root.source.array
        attachments = []
        slots = []
    }

    /// Encodes a value once, to be sent more than once.
    ///
    /// - Throws: `EncodingError`, or what the value itself throws.
    public init<T: Encodable>(encoding value: T) throws {
        var buffer = ByteBuffer()
        var attachments: [[UInt8]] = []
        try buffer.appendJSON(value, attachments: &attachments)
        if attachments.isEmpty {
            bytes = buffer.take()
            self.attachments = []
            slots = []
        } else {
            self = try JSONParser.reading(buffer.bytes) { try $0.raw(attachments: attachments) }
        }
    }

    /// The value at `index`; nil if a placeholder has an illegal number.
    init?(_ parser: JSONParser, at index: Int, attachments: [[UInt8]]) {
        let range = parser.sourceRange(at: index)
        bytes = parser.source(at: index).array
        guard !attachments.isEmpty else {
            self.attachments = []
            slots = []
            return
        }
        var slots: [Slot] = []
        var used: [[UInt8]] = []
        var numbers: [Int: Int] = [:]
        var next = index
        let end = parser.tape.index(after: next)
        while next < end {
            switch parser.tape.placeholder(at: next, attachments: attachments.count) {
            case .illegal:
                return nil
            case .number(let number):
                let source = parser.sourceRange(at: next)
                let attachment = numbers[number, default: used.count]
                if attachment == used.count {
                    numbers[number] = attachment
                    used.append(attachments[number])
                }
                let lower = source.lowerBound - range.lowerBound
                slots.append(Slot(range: lower..<lower + source.count, attachment: attachment))
                next = parser.tape.index(after: next)
            case .none:
                switch parser.tape.kind(at: next) {
                case .integer, .unsigned, .double: next += 2
                default: next += 1
                }
            }
        }
        self.slots = slots
        self.attachments = used
    }

    /// Decodes the value into a type.
    ///
    /// - Throws: `DecodingError`, or what the type itself throws.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        guard !slots.isEmpty else { return try unsafe JSONParser.reading(bytes.span.bytes) { try $0.decode(type) } }
        var text = ByteBuffer()
        append(to: &text, firstNumber: 0)
        return try JSONParser.reading(text.bytes) { try $0.decode(type, attachments: attachments) }
    }

    /// Appends the text, its attachments numbered from `firstNumber`; nil: as base64 strings in the text.
    package func append(to buffer: inout ByteBuffer, firstNumber: Int?) {
        let bytes = unsafe bytes.span.bytes
        var copied = 0
        for slot in slots {
            buffer.append(bytes.extracting(copied..<slot.range.lowerBound))
            copied = slot.range.upperBound
            if let firstNumber {
                buffer.appendPlaceholder(firstNumber + slot.attachment)
            } else {
                buffer.appendJSON(base64: attachments[slot.attachment])
            }
        }
        buffer.append(bytes.extracting(copied..<bytes.byteCount))
    }
}

extension RawJSON: CustomStringConvertible {
    /// The value's text.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension RawJSON: Codable {
    /// Keeps the bytes as they came; from decoders that do not show them, writes the value anew.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? JSONTapeDecoder {
            self = try decoder.decoding.raw(at: decoder.index)
        } else {
            try self.init(encoding: JSONValue(from: decoder))
        }
    }

    /// Writes the bytes as they are; encoders that are not ours get the value.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? JSONStreamEncoder {
            try encoder.encode(self)
        } else {
            try decode(JSONValue.self).encode(to: encoder)
        }
    }
}
