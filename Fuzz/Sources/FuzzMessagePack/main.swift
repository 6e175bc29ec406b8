import FuzzDriver
import SIOBytes
import SIOJSON
import SIOMessagePack
import SocketIOProtocol

let parser = JSONParser()
let other = JSONParser()
let writing = JSONParser(limits: .deep)

// A document that was read is the same when it is written and read again, and so is a packet.
fuzz { bytes in
    if let (text, attachments) = try? MessagePack.json(from: bytes.span.bytes) {
        precondition(text.count < 8 * bytes.count + 32 * (attachments.count + 1))
        checkDocument(text.span.bytes, attachments, parser)
    }
    do throws(PacketError) {
        let whole = try MessagePackPacket.decode(bytes.span.bytes, limits: PacketLimits())
        let packet = try whole.packet(parser: parser, limits: PacketLimits())
        checkPacket(packet, read: other, write: writing)
    } catch {
        precondition(!error.description.isEmpty)
    }
}

func checkDocument(_ text: RawSpan, _ attachments: [[UInt8]], _ parser: JSONParser) {
    do {
        let root = try parser.parse(text)
        let value = try root.value(attachments: attachments)
        var written = ByteBuffer()
        written.appendMessagePack(root, attachments: attachments)
        let again = try MessagePack.decode(JSONValue.self, from: written.bytes)
        precondition(again == value)
    } catch {
        fatalError("a document did not pass through: \(error)")
    }
}

func checkPacket(_ packet: Packet, read other: JSONParser, write writing: JSONParser) {
    do {
        let text = packet.argumentsText.array
        let payload = try packet.payload?.value(attachments: packet.attachments)
        var writer = PacketWriter()
        let namespace = packet.namespace ?? "/"
        let pass = { (writer: inout PacketWriter) in writer.append(text.span.bytes, binary: packet.attachments) }
        switch packet.kind {
        case .event:
            try PacketEncoder.appendEvent(
                packet.eventName, namespace: namespace, id: packet.id, to: &writer, arguments: pass)
        case .ack:
            PacketEncoder.appendAck(packet.id ?? 0, namespace: namespace, to: &writer, arguments: pass)
        case .connect, .disconnect, .connectError:
            return
        }
        var message = ByteBuffer()
        try MessagePackPacket.append(
            writer.buffer.bytes, attachments: writer.attachments, parser: writing, to: &message)
        let again = try MessagePackPacket.decode(message.bytes, limits: PacketLimits()).packet(
            parser: other, limits: PacketLimits())
        precondition(again.kind == packet.kind && again.id == packet.id && again.namespace == packet.namespace)
        let received = try again.payload?.value(attachments: again.attachments)
        // A number in place of a name becomes its digits.
        precondition(again.eventName == packet.eventName)
        precondition(received?.arrayValue?.dropFirst() == payload?.arrayValue?.dropFirst())
    } catch {
        fatalError("a packet did not pass through: \(error)")
    }
}
