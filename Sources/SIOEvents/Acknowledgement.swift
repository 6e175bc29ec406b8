public import SocketIOProtocol
import Synchronization

/// Answers a peer that asked for an acknowledgement.
///
/// It answers once; what comes later is dropped.
public final class Acknowledgement: Sendable {
    private let host: any EventHost
    private let id: UInt64
    private let isSent = Atomic<Bool>(false)

    @usableFromInline
    init(host: any EventHost, id: UInt64) {
        self.host = host
        self.id = id
    }

    /// Answers with the arguments.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded; nothing was answered then, and it may be tried again.
    @inlinable
    public func callAsFunction<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        try answer { writer in repeat try writer.append(each arguments) }
    }

    /// Answers with arguments that came from elsewhere, as they are.
    public func callAsFunction(arguments: Arguments) {
        answer { unsafe $0.append(arguments.text.span.bytes, binary: arguments.attachments) }
    }

    /// Answers with the arguments that the body writes.
    @usableFromInline
    func answer(_ arguments: (inout PacketWriter) throws -> Void) rethrows {
        guard !isSent.exchange(true, ordering: .relaxed) else { return }
        do {
            try host.acknowledge(id, arguments: arguments)
        } catch {
            isSent.store(false, ordering: .relaxed)
            throw error
        }
    }
}
