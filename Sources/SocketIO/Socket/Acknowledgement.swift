import SIOBytes
import SocketIOProtocol
import Synchronization

/// Answers a client that asked for an acknowledgement.
///
/// It answers once; what comes later is dropped.
public final class Acknowledgement: Sendable {
    private let socket: Socket
    private let id: UInt64
    private let isSent = Atomic<Bool>(false)

    init(socket: Socket, id: UInt64) {
        self.socket = socket
        self.id = id
    }

    /// Answers with the arguments.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded; nothing was answered then, and it may be tried again.
    public func callAsFunction<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        try answer { [id, namespace = socket.namespace.name] buffer, attachments in
            try PacketEncoder.appendAck(
                id, repeat each arguments, namespace: namespace, into: &buffer, attachments: &attachments)
        }
    }

    /// Answers with arguments that came from elsewhere, as they are.
    public func callAsFunction(arguments: Arguments) {
        answer { [id, namespace = socket.namespace.name] buffer, attachments in
            PacketEncoder.appendAck(
                id, arguments: arguments.text.span.bytes, binary: arguments.attachments, namespace: namespace,
                into: &buffer, attachments: &attachments)
        }
    }

    private func answer(_ encode: (inout ByteBuffer, inout [[UInt8]]) throws -> Void) rethrows {
        guard !isSent.exchange(true, ordering: .relaxed) else { return }
        do {
            try socket.send(encode)
        } catch {
            isSent.store(false, ordering: .relaxed)
            throw error
        }
    }
}
