import SIOBytes
import SIOEvents
import SIOJSON
import SocketIOProtocol

/// A packet that is ready to be sent, now or when there is a connection.
struct ClientPacket: Sendable {
    /// The packet in the default parser's form.
    let text: [UInt8]
    let attachments: [[UInt8]]
    var compresses = true

    /// The bytes that it takes to keep it.
    var size: Int { attachments.reduce(text.count) { $0 + $1.count } }

    init(_ encode: (inout PacketWriter) throws -> Void) rethrows {
        var writer = PacketWriter(remembers: false)
        try encode(&writer)
        attachments = writer.attachments
        text = writer.buffer.take()
    }

    /// Hands the packet to the body as its receiver will see it.
    func read(_ body: (borrowing Packet) -> Void) {
        let parser = JSONParser(limits: .deep)
        defer { withExtendedLifetime(parser) {} }
        // It was written here.
        guard let whole = try? WholePacket(text.span.bytes, attachments: attachments),
            let packet = try? whole.packet(parser: parser, limits: .none)
        else { return }
        body(packet)
    }
}

/// An event that came when it could not be delivered.
struct KeptEvent {
    private let name: String
    private let arguments: Arguments
    private let id: UInt64?

    init(_ packet: borrowing Packet) {
        name = packet.eventName
        arguments = Arguments(text: packet.argumentsText.array, attachments: packet.attachments)
        id = packet.id
    }

    /// Hands the event to the body as it came.
    func read(_ body: (consuming Packet) -> Void) {
        var payload = ByteBuffer()
        payload.append(UInt8(ascii: "["))
        payload.appendJSON(string: name)
        if !arguments.text.isEmpty { payload.append(UInt8(ascii: ",")) }
        payload.append(arguments.text)
        payload.append(UInt8(ascii: "]"))
        let whole = WholePacket(.event, id: id, payload: payload, attachments: arguments.attachments)
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        // It was a packet before.
        if let packet = try? whole.packet(parser: parser, limits: .none) { body(packet) }
    }
}
