import SIOBytes
import SIOJSON

/// Decodes a text with our decoder.
func decode<T: Decodable>(_ type: T.Type = T.self, _ text: String, attachments: [[UInt8]] = []) throws -> T {
    try JSONParser.reading(Array(text.utf8).span.bytes) { try $0.decode(type, attachments: attachments) }
}

/// Encodes a value with our encoder, binary in the text.
func encode<T: Encodable>(_ value: T, options: JSONEncodingOptions = JSONEncodingOptions()) throws -> String {
    var buffer = ByteBuffer()
    try buffer.appendJSON(value, options: options)
    return buffer.bytes.string
}

/// Encodes a value with our encoder, binary aside.
func encodeWithAttachments<T: Encodable>(_ value: T) throws -> (text: String, attachments: [[UInt8]]) {
    var buffer = ByteBuffer()
    var attachments: [[UInt8]] = []
    try buffer.appendJSON(value, attachments: &attachments)
    return (buffer.bytes.string, attachments)
}

/// Whether a text is taken as JSON.
func accepts(_ bytes: [UInt8]) -> Bool {
    do {
        try JSONParser.reading(bytes.span.bytes) { _ in }
        return true
    } catch {
        return false
    }
}

extension JSONCursor {
    /// The value's own bytes, as text.
    var text: String {
        let source = source
        return source.string
    }

    /// The number of bytes of a string.
    var length: Int {
        let bytes = stringBytes
        return bytes.byteCount
    }
}

extension JSONParser {
    func parse(_ text: String) throws(JSONError) -> JSONCursor { try parse(Array(text.utf8)) }

    func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONCursor {
        let bytes = bytes
        return try parse(bytes.span.bytes)
    }
}
