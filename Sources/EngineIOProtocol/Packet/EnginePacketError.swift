/// Bytes that are no Engine.IO packet: the peer's fault, and the end of the session.
package enum EnginePacketError: Error, Equatable, Sendable {
    /// A packet, or a whole payload, of no bytes.
    case empty
    /// The first byte is none of the digits 0 to 6 (nor the `b` of a binary message in a payload).
    case unknownType(UInt8)
    /// A binary message in a payload that is not base64.
    case invalidBase64
    /// A payload that is not UTF-8.
    case invalidUTF8
    /// A length in front of a packet that is no number, or more than there is (EIO3).
    case invalidLength
    /// What a packet in a binary payload begins with, if it is neither 0 nor 1 (EIO3).
    case invalidMark(UInt8)
    /// More packets in one payload than ``EngineLimits/packetsPerPayload``.
    case tooManyPackets

    /// What the session of the faulty peer ends with.
    package var disconnectReason: EngineDisconnectReason { .parseError }
}
