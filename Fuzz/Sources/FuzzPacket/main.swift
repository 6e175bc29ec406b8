import FuzzDriver
import SIOBytes
import SIOJSON
import SocketIOProtocol

let parser = JSONParser()
let other = JSONParser()
let start = ContinuousClock.now

/// The messages of an input: cut at each 0xFE byte; those that begin with 0xFD are binary.
func messages(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: 0xFE, omittingEmptySubsequences: false).map(Array.init)
}

// The arguments of a packet that was decoded pass through another one unchanged.
fuzz { bytes in
    var decoder = PacketDecoder()
    for message in messages(bytes) {
        do throws(PacketError) {
            let packet =
                message.first == 0xFD
                ? try decoder.receive(binary: Array(message.dropFirst()), parser: parser)
                : try decoder.receive(text: message.span.bytes, parser: parser, now: start)
            guard let packet else {
                precondition(decoder.deadline != nil)
                continue
            }
            precondition(decoder.deadline == nil)
            if packet.kind == .event || packet.kind == .ack { check(packet, with: other) }
        } catch {
            precondition(!error.description.isEmpty)
            return
        }
    }
}

func check(_ packet: Packet, with parser: JSONParser) {
    let start = ContinuousClock.now
    let arguments = packet.arguments.map { $0 }
    var writer = PacketWriter()
    do {
        let values = try arguments.map { try $0.value(attachments: packet.attachments) }
        let text = packet.argumentsText.array
        let namespace = packet.namespace ?? "/"
        let pass = { (writer: inout PacketWriter) in writer.append(text.span.bytes, binary: packet.attachments) }
        if packet.kind == .event {
            try PacketEncoder.appendEvent(
                packet.eventName, namespace: namespace, id: packet.id, to: &writer, arguments: pass)
        } else {
            PacketEncoder.appendAck(packet.id ?? 0, namespace: namespace, to: &writer, arguments: pass)
        }
        var decoder = PacketDecoder()
        var again = try decoder.receive(text: writer.buffer.bytes, parser: parser, now: start)
        for attachment in writer.attachments { again = try decoder.receive(binary: attachment, parser: parser) }
        guard let again else { fatalError("not complete") }
        precondition(again.kind == packet.kind && again.id == packet.id && again.namespace == packet.namespace)
        precondition(again.eventName == packet.eventName)
        let received = try again.arguments.map { try $0.value(attachments: again.attachments) }
        precondition(received == values)
    } catch {
        fatalError("a packet did not pass through: \(error)")
    }
}
