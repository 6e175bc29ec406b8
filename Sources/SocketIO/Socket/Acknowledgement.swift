import SIOJSON
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
    /// - Throws: `EncodingError` if an argument cannot be encoded; nothing was answered then.
    public func callAsFunction<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        guard !isSent.load(ordering: .relaxed) else { return }
        let packet = try EventPacket(acknowledging: id, repeat each arguments, namespace: socket.namespace.name)
        guard !isSent.exchange(true, ordering: .relaxed) else { return }
        socket.write(packet)
    }

    /// Answers with arguments that came from elsewhere.
    ///
    /// - Throws: Nothing in practice: the arguments are JSON already.
    public func callAsFunction(arguments: Arguments) throws {
        guard !isSent.load(ordering: .relaxed) else { return }
        let packet = try EventPacket(acknowledging: id, arguments: arguments, namespace: socket.namespace.name)
        guard !isSent.exchange(true, ordering: .relaxed) else { return }
        socket.write(packet)
    }
}
