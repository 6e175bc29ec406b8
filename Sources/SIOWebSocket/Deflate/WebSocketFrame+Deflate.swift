package import SIOBytes

extension WebSocketFrame {
    /// The bit that marks a compressed message, on its first frame (RFC 7692 §6).
    static let rsv1: UInt8 = 0x40

    /// Appends a message that is compressed, in one frame.
    package static func append(
        compressed opcode: WebSocketOpcode,
        payload: RawSpan,
        maskingKey: WebSocketMaskingKey? = nil,
        to buffer: inout ByteBuffer
    ) {
        precondition(opcode == .text || opcode == .binary, "only messages are compressed")
        let start = buffer.count
        append(opcode, payload: payload, maskingKey: maskingKey, to: &buffer)
        buffer.withMutableBytes { bytes in
            let first = bytes.bytes[start] | rsv1
            bytes.storeBytes(of: first, toByteOffset: start, as: UInt8.self)
        }
    }

    /// The opcode and the payload's beginning of a whole frame of a server's, as ``bytes(_:payload:)`` made it.
    package static func parts(of frame: RawSpan) -> (opcode: WebSocketOpcode, start: Int) {
        guard let opcode = WebSocketOpcode(rawValue: frame[0] & 0x0F) else { preconditionFailure("not a frame") }
        let start =
            switch frame[1] {
            case ...125: 2
            case 126: 4
            default: 10
            }
        return (opcode, start)
    }
}
