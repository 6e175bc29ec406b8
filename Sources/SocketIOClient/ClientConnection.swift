import SIOEvents
import SocketIOProtocol

/// One connection of a socket, as the handlers of its events see it: what they answer later must not go to the next one.
final class ClientConnection: EventHost {
    private let socket: ClientSocket
    private let number: Int

    init(_ socket: ClientSocket, number: Int) {
        self.socket = socket
        self.number = number
    }

    func run(event: String, _ body: @escaping @Sendable () async throws -> Void) {
        socket.run(event: event, body)
    }

    func acknowledge(_ id: UInt64, arguments: (inout PacketWriter) throws -> Void) rethrows {
        let packet = try ClientPacket { writer in
            try PacketEncoder.appendAck(id, namespace: socket.namespace, to: &writer, arguments: arguments)
        }
        socket.onLoop { [number] in $0.acknowledge(packet, on: number) }
    }
}
