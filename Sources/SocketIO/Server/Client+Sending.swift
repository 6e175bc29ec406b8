import EngineIO
import SIOBytes
import SIONet
import SocketIOProtocol

/// What is sent to a client: packets of its sockets, each at once.
extension Client {
    /// Whether a message that is sent now leaves now: what `volatile` asks.
    var isWritable: Bool { session?.use { $0.isWritable } ?? false }

    func send(connected socket: Socket, privateID: String?) {
        if speaksVersion3 { return sendVersion3(connected: socket) }
        // Not by `write`, which would have what is said here counted.
        send { writer in
            PacketEncoder.appendConnected(
                sid: socket.id, pid: privateID, namespace: socket.namespace.name, into: &writer.buffer)
        }
    }

    func send(disconnecting socket: Socket) {
        write { PacketEncoder.appendDisconnect(namespace: socket.namespace.name, into: &$0) }
    }

    func write(_ body: (inout ByteBuffer) -> Void) {
        send { body(&$0.buffer) }
    }

    /// Sends an event.
    func emit(
        _ event: String, in namespace: Namespace, compress: Bool, _ arguments: (inout PacketWriter) throws -> Void
    ) throws {
        try send(compress: compress) { writer in
            try PacketEncoder.appendEvent(event, namespace: namespace.name, to: &writer, arguments: arguments)
        }
    }

    /// Sends the packet that the body writes, and its attachments.
    @inline(__always)
    func send(compress: Bool = true, _ encode: (inout PacketWriter) throws -> Void) rethrows {
        try tools.write { writer in
            try encode(&writer)
            if let translator = tools.translator { return send(writer, through: translator, compress) }
            session?.use { session in
                session.send(packet: &writer.buffer, compress: compress)
                for attachment in writer.attachments {
                    session.send(binary: attachment.span.bytes, compress: compress)
                }
            }
        }
    }

    @inline(never)
    private func send(_ writer: borrowing PacketWriter, through translator: PacketTranslator, _ compress: Bool) {
        guard let session = session?.object else { return }
        // Behind the digit of an Engine.IO message.
        let text = writer.buffer.bytes.extracting(droppingFirst: 1)
        translator.send(text, attachments: writer.attachments, to: session, compress: compress)
    }

    /// Sends a packet that was encoded before, where another than the default parser is used.
    func translate(_ packet: EventPacket, compress: Bool) {
        guard let session = session?.object else { return }
        tools.translator?.send(packet, to: session, compress: compress)
    }
}
