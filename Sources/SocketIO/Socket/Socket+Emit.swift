public import SIOEvents
import SIONet
public import SocketIOProtocol

extension Socket: EmittingSocket {
    /// Sends an event to the client.
    ///
    /// To a socket that is disconnected nothing is sent.
    public func emit(
        _ event: String, options: EmitOptions, arguments: (inout PacketWriter) throws -> Void
    ) throws {
        guard let isSent = try core.useHere({ try $0.emit(event, in: namespace, options, arguments) })
        else { return try emitElsewhere(event, options, arguments) }
        // What is dropped is not encoded; a name that may not be used is told of all the same.
        if !isSent, EventName.isReserved(event) { throw ReservedEventName(event) }
    }

    @inline(never)
    private func emitElsewhere(
        _ event: String, _ options: EmitOptions, _ arguments: (inout PacketWriter) throws -> Void
    ) throws {
        try send(volatile: options.isVolatile, compress: options.compresses) { writer in
            try PacketEncoder.appendEvent(event, namespace: namespace.name, to: &writer, arguments: arguments)
        }
    }

    /// Sends an event to the client, and waits for its answer.
    public func ask<Reply: Decodable & Sendable>(
        _ event: String, options: EmitOptions, arguments: (inout PacketWriter) throws -> Void
    ) async throws -> Reply {
        let packet = try EventPacket(
            event, namespace: namespace.name, acknowledgementID: namespace.sockets.acknowledgementID(), arguments)
        let timeout = options.timeout ?? namespace.ackTimeout
        let retries = options.retries
        return try await answer { settle in
            let isTaken = inOrder { core in
                guard let retries else {
                    return core.send(packet, timeout: timeout, compress: options.compresses, settle)
                }
                core.send(
                    RetriedQuestion(packet: packet, timeout: timeout, compress: options.compresses, settle: settle),
                    retries: retries)
            }
            if !isTaken { settle(.failed(.disconnected)) }
        } giveUp: { [self] in
            onLoop { core in
                core.cancelAcknowledgement(of: packet)
                if retries != nil { core.cancelWaiting(packet) }
            }
        }
    }

    /// Sends the packet that the body encodes: now, where the socket's loop is the caller's, or through it.
    ///
    /// - Returns: Whether the body was called; it is not if there is nobody to send to.
    @discardableResult
    @inline(__always)
    func send(
        volatile isVolatile: Bool = false, compress: Bool = true, _ encode: (inout PacketWriter) throws -> Void
    ) rethrows -> Bool {
        let isSent = try core.useHere { try $0.send(volatile: isVolatile, compress: compress, encode) }
        if let isSent { return isSent }
        let sockets = namespace.sockets
        let log = isVolatile || !connected ? nil : sockets.recovery
        let packet = try EventPacket(namespace: namespace.name, recovery: log, encode)
        if let log, packet.offset != nil {
            let ticket = log.append(packet, to: .socket(id, loop: loop.index), compress: compress)
            loop.post { [loop] in sockets.shard(on: loop).goOn(with: log, upTo: ticket) }
        } else {
            inOrder { $0.sendAlone(packet, volatile: isVolatile, compress: compress) }
        }
        return true
    }
}
