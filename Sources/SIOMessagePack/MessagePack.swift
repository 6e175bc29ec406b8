import SIOBytes
import SIOJSON

/// MessagePack as a whole: bytes to values, and back.
///
/// Everything goes through JSON's text, with binary values beside it, so that a type is in MessagePack what it is in
/// JSON: `Codable`, dates, `Decimal` and all, with bytes in place of base64.
package enum MessagePack {
    /// Encodes a value.
    ///
    /// `Data` and `[UInt8]` in it become binary, dates strings in ISO 8601.
    ///
    /// - Throws: `EncodingError`, or what the value itself throws.
    package static func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
        var text = ByteBuffer()
        var attachments: [[UInt8]] = []
        try text.appendJSON(value, attachments: &attachments)
        return try JSONParser.reading(text.bytes) { root in
            var buffer = ByteBuffer()
            buffer.appendMessagePack(root, attachments: attachments)
            return buffer.take()
        }
    }

    /// Decodes a document into a type.
    ///
    /// - Throws: ``MessagePackError``, `DecodingError`, or what the type itself throws.
    package static func decode<T: Decodable>(
        _ type: T.Type = T.self, from bytes: RawSpan, limits: MessagePackLimits = MessagePackLimits()
    ) throws -> T {
        let (text, attachments) = try json(from: bytes, limits: limits)
        return try unsafe JSONParser.reading(text.span.bytes) { try $0.decode(type, attachments: attachments) }
    }

    /// Makes JSON of a document.
    ///
    /// - Returns: The text, and what the placeholders in it stand for.
    /// - Throws: ``MessagePackError``.
    package static func json(
        from bytes: RawSpan, limits: MessagePackLimits = MessagePackLimits()
    ) throws(MessagePackError) -> (text: [UInt8], attachments: [[UInt8]]) {
        guard bytes.byteCount <= limits.bytes else { throw .tooLong }
        var reader = MessagePackReader(bytes)
        var text = ByteBuffer()
        var attachments: [[UInt8]] = []
        try reader.appendJSON(to: &text, attachments: &attachments, limits: limits)
        guard reader.isAtEnd else { throw .trailingBytes }
        return (text.take(), attachments)
    }
}
