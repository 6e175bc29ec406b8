package import SIOBytes

/// Packets as WebSocket messages: a text is `<digit><data>`, a binary message is the data alone (EIO4 "Packet encoding").
package enum EnginePacket {
    /// The type of the packet that a WebSocket text carries.
    ///
    /// Its data are the bytes behind the first.
    ///
    /// - Throws: The peer's fault, when the text does not start with the digit of a type.
    @inlinable
    package static func type(ofText text: RawSpan) throws(EnginePacketError) -> EnginePacketType {
        guard text.byteCount > 0 else { throw .empty }
        guard let type = EnginePacketType(digit: text[0]) else { throw .unknownType(text[0]) }
        return type
    }

    /// Appends a packet as a WebSocket text.
    @inlinable
    package static func append(_ type: EnginePacketType, _ data: RawSpan, to buffer: inout ByteBuffer) {
        buffer.reserve(1 + data.byteCount)
        buffer.append(type.digit)
        buffer.append(data)
    }
}
