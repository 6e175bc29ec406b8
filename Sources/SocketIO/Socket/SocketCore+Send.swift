import EngineIO
import SIOBytes
import SIOEvents
import SIOJSON
import SIONet
import SocketIOProtocol

extension SocketCore: DeadlineOwner {
    /// Sends an event; does nothing if there is no way to send it.
    ///
    /// What ``send(volatile:compress:_:)`` would do with an encoding of it, but nothing has to be captured here.
    ///
    /// - Returns: Whether there was somebody to send to.
    func emit(
        _ event: String, in namespace: Namespace, _ options: EmitOptions,
        _ arguments: (inout PacketWriter) throws -> Void
    ) throws -> Bool {
        guard let client else { return false }
        if extras != nil || recovery != nil {
            try sendWhole(volatile: options.isVolatile, compress: options.compresses) { writer in
                try PacketEncoder.appendEvent(event, namespace: namespace.name, to: &writer, arguments: arguments)
            }
            return true
        }
        return try client.use { client in
            if options.isVolatile, !client.isWritable { return false }
            try client.emit(event, in: namespace, compress: options.compresses, arguments)
            return true
        }
    }

    /// Answers an event of the client's; does nothing if there is no way to send it.
    ///
    /// As with ``emit(_:in:_:_:)``, nothing has to be captured here.
    func acknowledge(
        _ id: UInt64, in namespace: Namespace, _ arguments: (inout PacketWriter) throws -> Void
    ) rethrows {
        try send(volatile: false) { writer in
            try PacketEncoder.appendAck(id, namespace: namespace.name, to: &writer, arguments: arguments)
        }
    }

    /// Sends the packet that the body writes; does nothing if there is no way to send it.
    ///
    /// - Returns: Whether the body was called.
    @discardableResult
    @inline(__always)
    func send(
        volatile isVolatile: Bool, compress: Bool = true, _ encode: (inout PacketWriter) throws -> Void
    ) rethrows -> Bool {
        guard let client else { return false }
        if extras != nil || recovery != nil {
            try sendWhole(volatile: isVolatile, compress: compress, encode)
            return true
        }
        return try client.use { client in
            if isVolatile, !client.isWritable { return false }
            try client.send(compress: compress, encode)
            return true
        }
    }

    /// Sends a packet that others want to have, too: listeners to what is sent, and the log for those who come back.
    @inline(never)
    private func sendWhole(
        volatile isVolatile: Bool, compress: Bool, _ encode: (inout PacketWriter) throws -> Void
    ) rethrows {
        let log = isVolatile || !isConnected ? nil : namespace.sockets.recovery
        sendAlone(
            try EventPacket(namespace: namespace.name, recovery: log, encode), volatile: isVolatile, compress: compress)
    }

    /// Sends a packet that was encoded before to this socket and no other.
    func sendAlone(_ packet: EventPacket, volatile isVolatile: Bool, compress: Bool) {
        if packet.offset != nil, isConnected, let log = namespace.sockets.recovery {
            let ticket = log.append(packet, to: .socket(id, loop: loop.index), compress: compress)
            return namespace.sockets.shard(on: loop).goOn(with: log, upTo: ticket)
        }
        // An offset that the log does not know would have the client that comes back with it sent everything again.
        let packet = packet.offset == nil || client == nil ? packet : packet.withoutOffset
        send(packet, volatile: isVolatile, compress: compress)
        tell(packet)
    }

    /// Sends a packet of the log.
    func send(_ packet: EventPacket, at position: Int, compress: Bool) {
        if let recovery {
            // What was sent when the client came back is not sent again.
            guard position >= recovery.place.skipped else { return }
            recovery.place.sent = packet.offset
        }
        send(packet, volatile: false, compress: compress)
    }

    /// Sends a packet that was encoded before.
    func send(_ packet: EventPacket, volatile isVolatile: Bool, compress: Bool = true) {
        guard let session else { return translate(packet, volatile: isVolatile, compress) }
        session.use { session in
            if isVolatile, !session.isWritable { return }
            session.send(packet.message, compress: compress)
            for attachment in packet.attachments { session.send(binary: attachment.span.bytes, compress: compress) }
        }
    }

    @inline(never)
    private func translate(_ packet: EventPacket, volatile isVolatile: Bool, _ compress: Bool) {
        guard let client = client?.object, !isVolatile || client.isWritable else { return }
        client.translate(packet, compress: compress)
    }

    // MARK: Acknowledgements

    /// Sends a packet and calls back once: with the answer, at the end of the time, or at the socket's end.
    func send(
        _ packet: EventPacket,
        timeout: Duration,
        compress: Bool,
        _ settle: @escaping (AcknowledgementOutcome) -> Void
    ) {
        guard let client = client?.object, isConnected, let id = packet.acknowledgementID else {
            return settle(.failed(.disconnected))
        }
        let acknowledgements = self.acknowledgements ?? Acknowledgements()
        self.acknowledgements = acknowledgements
        acknowledgements.table.insert(settle, id: id, deadline: client.core.now + timeout)
        arm(acknowledgements)
        send(packet, volatile: false, compress: compress)
        tell(packet)
    }

    /// Sends a packet whose answers are gathered elsewhere, where the time is kept too.
    func send(
        _ packet: EventPacket, collecting collector: AcknowledgementCollector, timeout: Duration, compress: Bool
    ) {
        send(packet, timeout: timeout, compress: compress) { outcome in
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
        guard let id = packet.id, let acknowledgements, let settle = acknowledgements.table.take(id) else { return }
        arm(acknowledgements)
        settle(.answered(ArgumentReader(packet)))
    }

    /// Nobody waits any more for a packet's acknowledgement.
    func cancelAcknowledgement(of packet: EventPacket) {
        guard let id = packet.acknowledgementID, let acknowledgements,
            let settle = acknowledgements.table.take(id)
        else { return }
        arm(acknowledgements)
        settle(.cancelled)
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        guard let acknowledgements else { return }
        for settle in acknowledgements.table.expire(now: now) { settle(.failed(.timedOut)) }
        arm(acknowledgements)
    }

    private func arm(_ acknowledgements: Acknowledgements) {
        client?.object.core.set(&acknowledgements.deadline, of: self, to: acknowledgements.table.deadline)
    }
}
