import EngineIO
import SIOBytes
import SIOJSON
import SIONet
import SocketIOProtocol

/// An event, encoded once for any number of sockets of one namespace.
public struct EventPacket: Sendable {
    /// The namespace it belongs to.
    public let namespace: String
    /// The event's name and arguments as a JSON array, with placeholders for ``attachments``.
    public var json: [UInt8] { message.text.extracting(droppingFirst: payloadStart).array }
    /// The binary values in the arguments.
    public let attachments: [[UInt8]]
    /// The id that clients are to acknowledge with, if they are.
    public let acknowledgementID: UInt64?

    let message: SharedMessage
    private let payloadStart: Int

    /// Encodes an event.
    init<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument, namespace: String, acknowledgementID: UInt64? = nil
    ) throws {
        var buffer = ByteBuffer()
        var attachments: [[UInt8]] = []
        buffer.append("4")
        let start = try PacketEncoder.appendEvent(
            event, repeat each arguments, namespace: namespace, id: acknowledgementID, to: &buffer,
            attachments: &attachments)
        self.init(buffer, start, attachments, namespace, acknowledgementID)
    }

    private init(
        _ buffer: borrowing ByteBuffer, _ start: Int, _ attachments: [[UInt8]], _ namespace: String, _ id: UInt64?
    ) {
        message = SharedMessage(packet: buffer.bytes)
        payloadStart = start - 1
        self.attachments = attachments
        self.namespace = namespace
        acknowledgementID = id
    }
}
