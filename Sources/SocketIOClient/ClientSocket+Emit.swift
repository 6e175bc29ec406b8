public import SIOEvents
public import SocketIOProtocol

/// So much waits for the connection that an event could not wait, too, and was dropped.
///
/// Reported to ``Manager/onError(_:)``, because nobody waits for what `emit` becomes.
public struct SendBufferFull: Error, Sendable, CustomStringConvertible {
    /// One line for a log.
    public var description: String { "too much waits for the connection: the event was dropped" }
}

extension ClientSocket: EmittingSocket {
    /// Sends an event to the server, now or when the socket is connected.
    public func emit(
        _ event: String, options: EmitOptions, arguments: (inout PacketWriter) throws -> Void
    ) throws {
        var options = options
        options.retries = options.retries ?? configuration.retries
        guard options.retries != nil, !options.isVolatile else {
            let packet = try packet(event, options, id: nil, arguments)
            onLoop { [options] in $0.emit(packet, ask: nil, options) }
            return
        }
        // What is sent until it is acknowledged asks for that, although nobody waits for it.
        let ask = ask(options) { [weak self] outcome in
            if case .failed(let code) = outcome { self?.report(AcknowledgementError(code), event: event) }
        }
        let packet = try packet(event, options, id: ask.id, arguments)
        onLoop { [options] in $0.emit(packet, ask: ask, options) }
    }

    /// Sends an event to the server, and waits for its answer.
    public func ask<Reply: Decodable & Sendable>(
        _ event: String, options: EmitOptions, arguments: (inout PacketWriter) throws -> Void
    ) async throws -> Reply {
        var options = options
        options.retries = options.retries ?? configuration.retries
        let id = nextAcknowledgementID()
        let packet = try packet(event, options, id: id, arguments)
        return try await answer { [options] settle in
            let ask = ask(options, id: id, settle)
            if !onLoop({ $0.emit(packet, ask: ask, options) }) { settle(.failed(.disconnected)) }
        } giveUp: { [self] in
            onLoop { $0.cancel(id) }
        }
    }

    private func packet(
        _ event: String, _ options: EmitOptions, id: UInt64?, _ arguments: (inout PacketWriter) throws -> Void
    ) throws -> ClientPacket {
        var packet = try ClientPacket { writer in
            try PacketEncoder.appendEvent(event, namespace: namespace, id: id, to: &writer, arguments: arguments)
        }
        packet.compresses = options.compresses
        return packet
    }

    private func ask(
        _ options: EmitOptions, id: UInt64? = nil, _ asker: @escaping ClientSocketCore.Asker
    ) -> ClientSocketCore.Machine.Ask {
        ClientSocketCore.Machine.Ask(
            id: id ?? nextAcknowledgementID(), asker: asker, timeout: options.timeout ?? configuration.ackTimeout)
    }
}
