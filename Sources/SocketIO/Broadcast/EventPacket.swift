import EngineIO
import SIOBytes
import SIOEvents
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
    /// What names the packet to clients that may come back for those behind it; nil if it is not kept for them.
    let offset: UInt64?
    let message: SharedMessage

    /// The bytes that it takes to keep it.
    var size: Int { attachments.reduce(message.frame.count) { $0 + $1.count } }

    /// The name that an offset's text stands for.
    static func offset(_ text: String) -> UInt64? { UInt64(text, radix: 36) }

    private static func text(ofOffset offset: UInt64) -> String { String(offset, radix: 36) }

    /// The event's name and arguments as a JSON array, with placeholders for ``attachments``.
    public var json: [UInt8] {
        guard let header = try? PacketHeader.parse(message.text, limits: .none) else { return [] }
        var json = message.text.extracting(header.payload).array
        // The offset is this server's, and no argument of the event.
        if let offset {
            json.removeLast(#","\#(Self.text(ofOffset: offset))"]"#.utf8.count)
            json.append(UInt8(ascii: "]"))
        }
        return json
    }

    /// The packet with an offset, to be kept for clients that come back; nil if it asks for an acknowledgement.
    func kept(by recovery: Recovery) -> EventPacket? {
        guard offset == nil else { return self }
        guard acknowledgementID == nil else { return nil }
        // It was an event when it came from another server.
        return try? read { packet in
            try EventPacket(packet.eventName, namespace: namespace, recovery: recovery) {
                $0.append(packet.argumentsText, binary: attachments)
            }
        }
    }

    /// The event as it is sent where nothing is kept for clients that come back.
    var withoutOffset: EventPacket {
        // It was encoded before, and is shorter now.
        (try? EventPacket(json, attachments, .none, namespace: namespace)) ?? self
    }

    /// An event that another server of a cluster has published, as ``json`` and ``attachments`` tell it.
    ///
    /// - Parameters:
    ///   - json: The event's name and arguments as a JSON array.
    ///   - attachments: What the placeholders in it stand for, at most 1000 values.
    ///   - namespace: The namespace it belongs to.
    ///   - acknowledgementID: ``LocalSockets/acknowledgementID()`` of this server, if clients are to acknowledge.
    /// - Throws: An error if the array is no event.
    public init(
        json: [UInt8], attachments: [[UInt8]] = [], namespace: String, acknowledgementID: UInt64? = nil
    ) throws {
        var limits = PacketLimits()
        limits.attachments = 1000
        try self.init(json, attachments, limits, namespace: namespace, acknowledgementID: acknowledgementID)
    }

    private init(
        _ json: [UInt8], _ attachments: [[UInt8]], _ limits: PacketLimits, namespace: String,
        acknowledgementID: UInt64? = nil
    ) throws {
        var text = ByteBuffer()
        text.append(attachments.isEmpty ? "2" : "5\(attachments.count)-")
        text.append(json)
        self = try Self.read(text.bytes, attachments, limits, JSONParser()) { packet in
            let arguments = Arguments(text: packet.argumentsText.array, attachments: attachments)
            return try EventPacket(packet.eventName, namespace: namespace, acknowledgementID: acknowledgementID) {
                $0.append(arguments.text.span.bytes, binary: arguments.attachments)
            }
        }
    }

    /// Reads the packet, as its receivers do.
    func read<Result>(_ body: (consuming Packet) throws -> Result) throws -> Result {
        // What was encoded here may hold texts as deep as a peer's.
        try Self.read(message.text, attachments, .none, JSONParser(limits: .deep), body)
    }

    private static func read<Result>(
        _ text: RawSpan, _ attachments: [[UInt8]], _ limits: PacketLimits, _ parser: JSONParser,
        _ body: (consuming Packet) throws -> Result
    ) throws -> Result {
        var limits = limits
        limits.pendingBytes = .max
        var decoder = PacketDecoder(limits: limits)
        defer { withExtendedLifetime(parser) {} }
        var packet = try decoder.receive(text: text, parser: parser, now: ContinuousClock.now)
        for attachment in attachments { packet = try decoder.receive(binary: attachment, parser: parser) }
        // A decoder that took as many attachments as were announced has a packet.
        guard let packet else { preconditionFailure("a packet without an end") }
        return try body(packet)
    }

    /// Encodes an event, whose arguments the body writes.
    init(
        _ event: String,
        namespace: String,
        acknowledgementID: UInt64? = nil,
        recovery: Recovery? = nil,
        _ arguments: (inout PacketWriter) throws -> Void
    ) throws {
        try self.init(namespace: namespace, acknowledgementID: acknowledgementID, recovery: recovery) { writer in
            try PacketEncoder.appendEvent(
                event, namespace: namespace, id: acknowledgementID, to: &writer, arguments: arguments)
        }
    }

    /// Takes what the body encodes.
    ///
    /// - Parameters:
    ///   - namespace: The namespace's name.
    ///   - acknowledgementID: The id that clients are to acknowledge with, if they are.
    ///   - recovery: What keeps events for clients that come back, if the packet is to be kept if it is one.
    ///   - encode: Writes the packet.
    init(
        namespace: String,
        acknowledgementID: UInt64? = nil,
        recovery: Recovery? = nil,
        _ encode: (inout PacketWriter) throws -> Void
    ) rethrows {
        var writer = PacketWriter(remembers: false)
        writer.buffer.append("4")
        let offset = recovery?.makeOffset()
        writer.offset = offset.map(Self.text)
        try encode(&writer)
        // What is no event, or wants an acknowledgement, did not take it.
        self.offset = writer.offset == nil ? offset : nil
        message = SharedMessage(packet: writer.buffer.bytes)
        attachments = writer.attachments
        self.namespace = namespace
        self.acknowledgementID = acknowledgementID
    }
}
