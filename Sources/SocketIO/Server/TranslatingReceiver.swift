import EngineIO
import EngineIOProtocol
import SIOBytes
import SocketIOProtocol

/// Takes the messages of a client that does not use the default parser, and hands it packets.
///
/// It stands between session and client, so that other clients do not pay for it.
final class TranslatingReceiver: EngineSessionDelegate {
    let client: Client
    private var reader: MessageReader

    init(_ client: Client, _ reader: MessageReader) {
        self.client = client
        self.reader = reader
    }

    func received(text: RawSpan) {
        do throws(PacketError) {
            if let packet = try reader.receive(text: text) { client.received(packet) }
        } catch {
            client.failed(error)
        }
    }

    func received(binary: RawSpan) {
        do throws(PacketError) {
            let packet = try reader.receive(binary: binary, limits: client.tools.limits.value)
            if let packet { client.received(packet) }
        } catch {
            client.failed(error)
        }
    }

    func sessionDrained() { client.sessionDrained() }

    func deadlineReached(now: ContinuousClock.Instant) { client.deadlineReached(now: now) }

    func sessionClosed(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
        client.sessionClosed(reason, fault)
    }
}
