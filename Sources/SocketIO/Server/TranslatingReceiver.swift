import EngineIO
import EngineIOProtocol
import SIOBytes
import SocketIOProtocol

/// Takes the messages of a client that does not use the default parser, and hands it packets.
///
/// It stands between session and client, so that other clients do not pay for it.
final class TranslatingReceiver: EngineSessionDelegate {
    let client: Client
    /// Nil for MessagePack, which has nothing to remember.
    private var decoder: (any PacketMessageDecoder)?

    init(_ client: Client, decoder: (any PacketMessageDecoder)?) {
        self.client = client
        self.decoder = decoder
    }

    func received(text: RawSpan) {
        guard decoder != nil else { return client.failed(.textInsteadOfPacket) }
        received { .text(text.string) }
    }

    func received(binary: RawSpan) {
        guard decoder == nil else { return received { .binary(binary.array) } }
        do throws(PacketError) {
            try client.received(MessagePackPacket.decode(binary, limits: client.tools.limits.value))
        } catch {
            client.failed(error)
        }
    }

    private func received(_ message: () -> PacketMessage) {
        let packet: ParsedPacket?
        do {
            packet = try decoder?.receive(message())
        } catch {
            return client.failed(.refusedByParser("\(error)"))
        }
        guard let packet else { return }
        client.received(packet.whole)
    }

    func sessionDrained() { client.sessionDrained() }

    func sessionClosed(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        client.sessionClosed(reason, fault)
    }
}
