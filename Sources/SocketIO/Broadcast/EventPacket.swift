import EngineIO
import SIOBytes
import SIOJSON
import SocketIOProtocol

/// A packet with arguments, encoded once for any number of sockets of one namespace.
public struct EventPacket: Sendable {
    /// The namespace it belongs to.
    public let namespace: String
    /// The binary values in the arguments.
    public let attachments: [[UInt8]]
    /// The id that clients are to acknowledge with, if they are.
    public let acknowledgementID: UInt64?
    let message: SharedMessage

    /// The event's name and arguments as a JSON array, with placeholders for ``attachments``.
    public var json: [UInt8] {
        // Our own packet: whatever limits there are for a peer's.
        var limits = PacketLimits()
        limits.attachments = .max
        limits.namespaceBytes = .max
        guard let header = try? PacketHeader.parse(message.text, limits: limits) else { return [] }
        return message.text.extracting(header.payload).array
    }

    /// Encodes an event.
    init<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument, namespace: String, acknowledgementID: UInt64? = nil
    ) throws {
        try self.init(namespace: namespace, acknowledgementID: acknowledgementID) { buffer, attachments in
            try PacketEncoder.appendEvent(
                event, repeat each arguments, namespace: namespace, id: acknowledgementID, into: &buffer,
                attachments: &attachments)
        }
    }

    /// Encodes an event with arguments that are JSON already.
    init(_ event: String, arguments: Arguments, namespace: String, acknowledgementID: UInt64? = nil) throws {
        try self.init(namespace: namespace, acknowledgementID: acknowledgementID) { buffer, attachments in
            try PacketEncoder.appendEvent(
                event, arguments: arguments.values, namespace: namespace, id: acknowledgementID, into: &buffer,
                attachments: &attachments)
        }
    }

    /// Encodes an acknowledgement.
    init<each Argument: Encodable>(
        acknowledging id: UInt64, _ arguments: repeat each Argument, namespace: String
    ) throws {
        try self.init(namespace: namespace) { buffer, attachments in
            try PacketEncoder.appendAck(
                id, repeat each arguments, namespace: namespace, into: &buffer, attachments: &attachments)
        }
    }

    /// Encodes an acknowledgement with arguments that are JSON already.
    init(acknowledging id: UInt64, arguments: Arguments, namespace: String) throws {
        try self.init(namespace: namespace) { buffer, attachments in
            try PacketEncoder.appendAck(
                id, arguments: arguments.values, namespace: namespace, into: &buffer, attachments: &attachments)
        }
    }

    private init(
        namespace: String,
        acknowledgementID: UInt64? = nil,
        _ encode: (inout ByteBuffer, inout [[UInt8]]) throws -> Void
    ) rethrows {
        var buffer = ByteBuffer()
        var attachments: [[UInt8]] = []
        buffer.append("4")
        try encode(&buffer, &attachments)
        message = SharedMessage(packet: buffer.bytes)
        self.attachments = attachments
        self.namespace = namespace
        self.acknowledgementID = acknowledgementID
    }
}
