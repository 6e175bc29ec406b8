import EngineIO
import SIOBytes
import SIOJSON
import SIONet
import SocketIOProtocol

/// What became of a packet that asked for an acknowledgement.
enum AcknowledgementOutcome {
    /// The answer, while its bytes are there.
    case answered(ArgumentReader)
    case failed(AcknowledgementError.Code)
    case cancelled

    /// The first argument of the answer.
    func decode<Reply: Decodable>(_ type: Reply.Type) throws -> Reply {
        switch self {
        case .answered(var arguments): return try arguments.next(type)
        case .failed(let code): throw AcknowledgementError(code)
        case .cancelled: throw CancellationError()
        }
    }
}

extension SocketCore: DeadlineOwner {
    /// Encodes and sends an event, on the way that makes no copy that is not needed.
    func emit<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument, volatile isVolatile: Bool
    ) throws {
        guard let client, !isVolatile || client.session.isWritable else {
            // What is dropped is not encoded; a name that may not be used is told of all the same.
            if EventName.isReserved(event) { throw ReservedEventName(event) }
            return
        }
        var buffer = client.tools.takeBuffer()
        defer { client.tools.giveBack(&buffer) }
        var attachments: [[UInt8]] = []
        buffer.append("4")
        try PacketEncoder.appendEvent(
            event, repeat each arguments, namespace: namespace.name, into: &buffer, attachments: &attachments)
        client.sending { session in
            session.send(packet: buffer.bytes)
            for attachment in attachments { session.send(binary: attachment.span.bytes) }
        }
    }

    /// Sends a packet that was encoded before.
    func send(_ packet: EventPacket, volatile isVolatile: Bool) {
        guard let client, !isVolatile || client.session.isWritable else { return }
        client.sending { session in
            session.send(packet.message)
            for attachment in packet.attachments { session.send(binary: attachment.span.bytes) }
        }
    }

    // MARK: Acknowledgements

    /// Sends a packet and calls back once: with the answer, at the end of the time, or at the socket's end.
    func send(_ packet: EventPacket, timeout: Duration, _ settle: @escaping (AcknowledgementOutcome) -> Void) {
        guard let client, isConnected, let id = packet.acknowledgementID else { return settle(.failed(.disconnected)) }
        acknowledgements.insert(settle, id: id, deadline: client.core.now + timeout)
        client.core.set(deadline, of: self, to: acknowledgements.deadline)
        send(packet, volatile: false)
    }

    /// Sends a packet whose answers are gathered elsewhere, where the time is kept too.
    func send(_ packet: EventPacket, collecting collector: AcknowledgementCollector, timeout: Duration) {
        send(packet, timeout: timeout) { outcome in
            switch outcome {
            case .answered(let arguments): collector.answered((try? arguments.first) ?? .null)
            case .failed(.timedOut): collector.giveUp()
            case .failed, .cancelled: collector.left()
            }
        }
    }

    /// An acknowledgement has arrived.
    ///
    /// One that nobody waits for is dropped.
    func received(acknowledgement packet: Packet) {
        guard let id = packet.id, let settle = acknowledgements.take(id) else { return }
        client?.core.set(deadline, of: self, to: acknowledgements.deadline)
        settle(.answered(ArgumentReader(packet)))
    }

    /// Nobody waits any more for a packet's acknowledgement.
    func cancelAcknowledgement(of packet: EventPacket) {
        guard let id = packet.acknowledgementID, let settle = acknowledgements.take(id) else { return }
        client?.core.set(deadline, of: self, to: acknowledgements.deadline)
        settle(.cancelled)
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        for settle in acknowledgements.expire(now: now) { settle(.failed(.timedOut)) }
        client?.core.set(deadline, of: self, to: acknowledgements.deadline)
    }
}
