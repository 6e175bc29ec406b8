package import SIOBytes
package import SIOJSON

extension ByteBuffer {
    /// Appends a parsed JSON value, the bytes of attachments in place of their placeholders.
    ///
    /// It recurses for each array and object, which the parser has limited (``JSONLimits/depth``).
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - attachments: What its placeholders stand for, all of them legal.
    package mutating func appendMessagePack(_ value: JSONCursor, attachments: [[UInt8]] = []) {
        switch value.kind {
        case .null: appendMessagePackNull()
        case .true: appendMessagePack(bool: true)
        case .false: appendMessagePack(bool: false)
        case .integer: appendMessagePack(integer: value.int64 ?? 0)
        case .unsigned: appendMessagePack(unsigned: value.uint64 ?? 0)
        case .double: appendMessagePack(number: value.double ?? 0)
        case .string: appendMessagePack(string: value.stringBytes)
        case .array:
            appendMessagePack(arrayOf: value.count)
            for element in value.elements { appendMessagePack(element, attachments: attachments) }
        case .object:
            if let number = value.attachmentNumber(of: attachments.count) {
                let bytes = attachments[number]
                return unsafe appendMessagePack(binary: bytes.span.bytes)
            }
            appendMessagePack(mapOf: value.count)
            for member in value.members {
                appendMessagePack(string: member.name.stringBytes)
                appendMessagePack(member.value, attachments: attachments)
            }
        }
    }
}
