/// The first character of a packet (Socket.IO 5, "Packet encoding").
package enum PacketType: UInt8, Sendable, CaseIterable {
    case connect = 0
    case disconnect = 1
    case event = 2
    case ack = 3
    case connectError = 4
    /// An event whose attachments follow, one binary message each.
    case binaryEvent = 5
    /// An acknowledgement whose attachments follow.
    case binaryAck = 6

    /// Whether the number of attachments stands behind the type.
    package var isBinary: Bool { self == .binaryEvent || self == .binaryAck }

    /// The type of the same packet where binary lies in its place.
    var withoutBinary: PacketType {
        switch self {
        case .binaryEvent: .event
        case .binaryAck: .ack
        default: self
        }
    }

    /// What a packet of this type says, binary or not.
    @inline(__always)
    var kind: Packet.Kind {
        switch self {
        case .connect: .connect
        case .disconnect: .disconnect
        case .event, .binaryEvent: .event
        case .ack, .binaryAck: .ack
        case .connectError: .connectError
        }
    }
}
