import EngineIOProtocol
import SIOBytes
public import SIOHTTP
public import SIONet
import Synchronization

/// A client's session, as a user of Engine.IO sees it.
///
/// It may be used from anywhere.
public final class EngineSocket: Sendable {
    /// A message: text or bytes.
    public enum Message: Sendable, Hashable {
        /// Text.
        case text(String)
        /// Bytes.
        case binary([UInt8])
    }

    /// The session's id: 20 characters that nobody can guess.
    public let id: String
    /// The first request of the session, without a body.
    public var request: HTTPRequest { origin.request.request }
    /// Where the client's first connection came from.
    public var remoteAddress: SocketAddress? { origin.address }

    private let origin: SessionOrigin
    private let session: LoopBound<EngineSession>
    private let handlers = Mutex(Handlers())

    private struct Handlers {
        var message: (@Sendable (Message) -> Void)?
        var close: (@Sendable (String) -> Void)?
    }

    init(_ session: EngineSession) {
        id = session.id
        origin = session.origin
        self.session = LoopBound(session, to: session.core.loop)
    }

    func adopted(by session: EngineSession) -> any EngineSessionDelegate { Receiver(self) }

    /// Calls the handler with each message, on the session's event loop, in the order of arrival.
    public func onMessage(_ handler: @escaping @Sendable (Message) -> Void) {
        change { $0.message = handler }
    }

    /// Calls the handler once when the session is over, with the reason, such as `ping timeout`.
    public func onClose(_ handler: @escaping @Sendable (String) -> Void) {
        change { $0.close = handler }
    }

    private func change(_ body: (inout Handlers) -> Void) {
        // What the old handler holds goes behind the lock.
        handlers.letGo { handlers in
            defer { body(&handlers) }
            return handlers
        }
    }

    /// Sends a message.
    ///
    /// Messages arrive in the order of the calls; one to a session that is over is dropped.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - compress: Whether the message may be compressed, where compression is in use.
    public func send(_ message: Message, compress: Bool = true) {
        session.loop.run { [session] in
            switch message {
            case .text(let text):
                var packet = ByteBuffer()
                packet.restart(roomInFront: EngineSession.roomInFront, expecting: 0)
                packet.append("4")
                packet.append(text)
                session.value.send(packet: &packet, compress: compress)
            case .binary(let bytes):
                session.value.send(binary: bytes.span.bytes, compress: compress)
            }
        }
    }

    /// The bytes that were sent and wait: for the client's next GET, or for the system to take them.
    ///
    /// It is known on the session's event loop, in its handlers; elsewhere the answer is nil.
    public var bufferedBytes: Int? { session.loop.isCurrent ? session.value.bufferedBytes : nil }

    /// Waits until there is room for more: not at all, if less waits than ``EngineServer/Configuration/sendHighWaterMark``;
    /// else until the client has taken all but ``EngineServer/Configuration/sendLowWaterMark``.
    ///
    /// - Throws: ``SendError`` if the session ends, or is over; `CancellationError`.
    public func whenWritable() async throws { try await wait(for: .writable) }

    /// Waits until all that was sent has been handed to the system, or to the client's GET.
    ///
    /// - Throws: ``SendError`` if the session ends, or is over; `CancellationError`.
    public func drained() async throws { try await wait(for: .drained) }

    private func wait(for level: EngineSession.Level) async throws {
        let wait = SendWait()
        let session = self.session
        let giveUp: @Sendable () -> Void = { session.loop.run { session.value.cancel(wait) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let settle: @Sendable (SendOutcome) -> Void = { $0.resume(continuation) }
                let begin: @Sendable () -> Void = { session.value.wait(wait, for: level, settle) }
                if session.loop.isCurrent {
                    begin()
                } else if !session.loop.post(begin) {
                    settle(.disconnected)
                }
                // The handler below is too early where the task was cancelled before there was anything to give up.
                if Task.isCancelled { giveUp() }
            }
        } onCancel: {
            giveUp()
        }
    }

    /// Ends the session behind all that was sent.
    public func close() {
        session.loop.run { [session] in session.value.close() }
    }

    /// Takes the session's calls.
    private final class Receiver: EngineSessionDelegate {
        private let socket: EngineSocket

        init(_ socket: EngineSocket) {
            self.socket = socket
        }

        func received(text: RawSpan) {
            guard let handler = socket.handlers.withLock({ $0.message }) else { return }
            handler(.text(text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }))
        }

        func received(binary: RawSpan) {
            guard let handler = socket.handlers.withLock({ $0.message }) else { return }
            handler(.binary(binary.withUnsafeBytes { Array($0) }))
        }

        func sessionDrained() {}

        func sessionClosed(_ reason: EngineDisconnectReason, _ fault: EngineFault?) {
            // The handlers may hold the socket, and go behind the lock.
            let last = socket.handlers.withLock { handlers in
                defer { handlers = Handlers() }
                return handlers
            }
            withExtendedLifetime(last) { last.close?(reason.rawValue) }
        }
    }
}
