package import SIOMessagePack

/// What is wrong with a peer's packet.
///
/// The connection is closed for it.
///
/// Where the reference's decoder has an error for the case, the description is its message.
package enum PacketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first character is none of `0` to `6`; nil if there is none.
    case unknownPacketType(UInt8?)
    /// The number of attachments is no number.
    case malformedAttachmentCount
    /// More attachments are announced than ``PacketLimits/attachments``.
    case tooManyAttachments
    /// The namespace is longer than ``PacketLimits/namespaceBytes``.
    case namespaceTooLong
    /// The id is larger than ``PacketLimits/largestID``.
    case idTooLarge
    /// The payload is no JSON, or not what the packet's type demands.
    case invalidPayload
    /// A text came in place of an attachment.
    case textInsteadOfAttachment
    /// An attachment came that no packet waits for.
    case unexpectedAttachment
    /// A placeholder's number is that of no attachment (CVE-2022-2421).
    case illegalPlaceholder
    /// The packet and its attachments are more than ``PacketLimits/pendingBytes``.
    case tooMuchPending
    /// The attachments did not come within ``PacketLimits/pendingTime``.
    case attachmentsLate
    /// The type is none of 0 to 4, where packets are MessagePack.
    case invalidPacketType
    /// The namespace is no string, or one that the default parser could not write.
    case invalidNamespace
    /// The id is no integer from 0 to ``PacketLimits/largestID``, where packets are not text.
    case invalidID
    /// The bytes are no MessagePack, or no map.
    case invalidMessagePack(MessagePackError?)
    /// A text came where each packet is a binary message.
    case textInsteadOfPacket
    /// A parser of the application's own has thrown this.
    case refusedByParser(String)

    package var description: String {
        switch self {
        case .unknownPacketType(let type?): "unknown packet type \(Unicode.Scalar(type))"
        case .unknownPacketType(nil): "unknown packet type"
        case .malformedAttachmentCount: "Illegal attachments"
        case .tooManyAttachments: "too many attachments"
        case .namespaceTooLong: "namespace too long"
        case .idTooLarge: "invalid packet id"
        case .invalidPayload: "invalid payload"
        case .textInsteadOfAttachment: "got plaintext data when reconstructing a packet"
        case .unexpectedAttachment: "got binary data when not reconstructing a packet"
        case .illegalPlaceholder: "illegal attachments"
        case .tooMuchPending: "attachments too large"
        case .attachmentsLate: "attachments not received in time"
        case .invalidPacketType: "invalid packet type"
        case .invalidNamespace: "invalid namespace"
        case .invalidID: "invalid packet id"
        case .invalidMessagePack(let error): error?.description ?? "MessagePack that is no map"
        case .textInsteadOfPacket: "got plaintext data instead of a packet"
        case .refusedByParser(let error): "refused by the parser: \(error)"
        }
    }

    /// The reason that a server's sockets are told.
    package var serverReason: DisconnectReason { .forcedClose }

    /// The reason that a client's sockets are told.
    package var clientReason: DisconnectReason { .parseError }
}
