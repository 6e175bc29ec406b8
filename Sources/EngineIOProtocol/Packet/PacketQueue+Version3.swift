import SIOBytes

/// Payloads of the protocol's third version (EIO3 "Payload"), made of the packets when they leave.
extension PacketQueue {
    /// Hands over all packets as one payload in a session's dialect.
    package mutating func takeAll(_ dialect: EngineDialect) -> [UInt8] {
        guard dialect.contains(.version3) else { return takeAll() }
        let isBinary = hasBinary && !dialect.contains(.base64)
        var payload = ByteBuffer()
        payload.reserve(byteCount + 8 * count)
        while let message = popFirst() {
            if isBinary {
                Self.append(message, binaryTo: &payload)
            } else {
                Self.append(message, to: &payload)
            }
        }
        return payload.take()
    }

    /// Appends `<length>:<packet>`, the length in UTF-16 code units; a binary message as `b4` and base64.
    private static func append(_ message: Message, to payload: inout ByteBuffer) {
        switch message {
        case .text(let text):
            payload.append(decimal: unsafe EnginePayloadReader.utf16Count(text.span.bytes))
            payload.append(":")
            payload.append(text)
        case .binary(let data):
            payload.append(decimal: 2 + Base64.encodedCount(data.count))
            payload.append(":b4")
            unsafe Base64.encode(data.span.bytes, into: &payload)
        }
    }

    /// Appends `<0 or 1><length>0xFF<packet>`, the length in bytes; a binary message begins with its type.
    private static func append(_ message: Message, binaryTo payload: inout ByteBuffer) {
        switch message {
        case .text(let text):
            payload.append(EnginePayloadReader.textMark)
            appendDigits(text.count, to: &payload)
            payload.append(text)
        case .binary(let data):
            payload.append(EnginePayloadReader.binaryMark)
            appendDigits(1 + data.count, to: &payload)
            payload.append(EnginePacketType.message.rawValue)
            payload.append(data)
        }
    }

    /// Appends a length whose digits are bytes from 0 to 9, and what ends it.
    private static func appendDigits(_ length: Int, to payload: inout ByteBuffer) {
        var text = ByteBuffer()
        text.append(decimal: length)
        for digit in text.array { payload.append(digit - UInt8(ascii: "0")) }
        payload.append(EnginePayloadReader.lengthEnd)
    }
}
