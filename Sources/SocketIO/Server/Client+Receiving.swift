import EngineIO
import EngineIOProtocol
import SIOBytes
import SIOEvents
import SIONet
import SocketIOProtocol

/// What arrives on a client's connection: packets, each for one of its sockets.
extension Client: EngineSessionDelegate {
    func received(text: RawSpan) {
        do throws(PacketError) {
            if try decoder.read(text: text, parser: parser, { received($0) }) { return }
            try decoder.keep(text: text, now: core.now)
            armDeadline()
        } catch {
            closeForFault(error.serverReason)
        }
    }

    func received(binary: RawSpan) {
        do throws(PacketError) {
            let packet = try decoder.receive(binary: binary.array, parser: parser)
            guard let packet else { return }
            armDeadline()
            received(packet)
        } catch {
            closeForFault(error.serverReason)
        }
    }

    func sessionDrained() {}

    private func received(_ packet: Packet) {
        // Not compared, which would be a call into the enumeration's own module.
        if case .connect = packet.kind { return connect(packet) }
        guard packet.namespace == nil else { return receivedElsewhere(packet) }
        switch root {
        case .some(let root): received(packet, for: root.value)
        case nil: receivedElsewhere(packet)
        }
    }

    /// A packet for another namespace than `/`, or for none.
    @inline(never)
    private func receivedElsewhere(_ packet: Packet) {
        let name = packet.namespace
        guard let socket = socket(in: name) ?? socketBehindQuery(in: name) else {
            return received(packet.kind, ofNone: name ?? "/")
        }
        received(packet, for: socket)
    }

    @inline(__always)
    private func received(_ packet: Packet, for socket: Socket) {
        switch packet.kind {
        case .event:
            IncomingEvent.reading(packet, host: socket) { socket.received($0) }
        case .ack:
            socket.core.value.received(acknowledgement: packet)
        case .disconnect:
            forget(socket)
            socket.end(.clientNamespaceDisconnect)
        case .connect, .connectError:
            closeForFault(.forcedServerClose)
        }
    }

    /// A packet for a namespace that the client is not connected to: its fault, unless it was sent before the client
    /// could know that it was disconnected.
    private func received(_ kind: Packet.Kind, ofNone name: String) {
        let name = speaksVersion3 ? nameVersion3(of: name) : name
        guard let others, others.dismissed.contains(name), kind != .connectError else {
            return closeForFault(.forcedServerClose)
        }
        if kind == .disconnect { change { $0.admit(name) } }
    }

    /// A packet that another than the default parser has made.
    func received(_ packet: borrowing WholePacket) {
        do throws(PacketError) {
            received(try packet.packet(parser: parser, limits: tools.limits.value))
        } catch {
            failed(error)
        }
    }

    /// The client's messages are no packets.
    func failed(_ error: PacketError) {
        closeForFault(error.serverReason)
    }
}
