import EngineIOProtocol
import SIOBytes
import SIOHTTP
public import SIONet
import Synchronization

/// A session with an Engine.IO server, as a user of Engine.IO sees it.
///
/// It may be used from anywhere. It is opened once, and lives until it is closed, whoever holds it; there is no
/// reconnection, which is Socket.IO's business.
///
/// ```swift
/// let socket = try EngineClientSocket("https://chat.example")
/// socket.onMessage { message in print(message) }
/// socket.onClose { reason, error in print(reason, error as Any) }
/// socket.open()
/// socket.send(.text("hello"))
/// ```
public final class EngineClientSocket: Sendable {
    /// A message: text or bytes.
    public enum Message: Sendable, Hashable {
        /// Text.
        case text(String)
        /// Bytes.
        case binary([UInt8])
    }

    /// What the application wants to be told.
    private struct Handlers {
        var open: (@Sendable (String) -> Void)?
        var upgrade: (@Sendable () -> Void)?
        var message: (@Sendable (Message) -> Void)?
        var close: (@Sendable (String, EngineClientError?) -> Void)?
    }

    private let url: HTTPURL
    private let options: EngineClientOptions
    private let loop: EventLoop
    private let state = Mutex(State())

    private struct State {
        var handlers = Handlers()
        var client: LoopBound<EngineClient>?
        var isOpened = false
    }

    /// A session that is to be opened.
    ///
    /// - Parameters:
    ///   - address: The server, `https://chat.example:8443`; `http`, `https`, `ws` and `wss` say no more than whether TLS is
    ///     spoken. Its query is sent along; its path is not looked at, see ``EngineClientOptions/path``.
    ///   - options: How.
    ///   - eventLoops: The loops, one of which the session lives on.
    /// - Throws: ``EngineClientError`` with the code ``EngineClientError/Code/invalidURL`` if the address is none.
    public init(
        _ address: String, options: EngineClientOptions = EngineClientOptions(), eventLoops: EventLoopGroup = .shared
    ) throws(EngineClientError) {
        precondition(!options.transports.isEmpty, "a client needs a transport")
        do throws(HTTPURLError) { url = try HTTPURL(address) } catch { throw EngineClientError(error) }
        self.options = options
        loop = eventLoops.next()
    }

    // MARK: What happens

    /// Calls the handler when the session is open, on its event loop, with the session's id.
    public func onOpen(_ handler: @escaping @Sendable (String) -> Void) {
        change { $0.open = handler }
    }

    /// Calls the handler when the session has moved from polling to a WebSocket.
    public func onUpgrade(_ handler: @escaping @Sendable () -> Void) {
        change { $0.upgrade = handler }
    }

    /// Calls the handler with each message, on the session's event loop, in the order of arrival.
    public func onMessage(_ handler: @escaping @Sendable (Message) -> Void) {
        change { $0.message = handler }
    }

    /// Calls the handler once when the session is over, or could not be opened: with the reason, such as `ping timeout`, and
    /// with what exactly went wrong, if anything did.
    public func onClose(_ handler: @escaping @Sendable (String, EngineClientError?) -> Void) {
        change { $0.close = handler }
    }

    private func change(_ body: (inout Handlers) -> Void) {
        // What the old handler holds goes behind the lock.
        state.letGo { state in
            defer { body(&state.handlers) }
            return state.handlers
        }
    }

    // MARK: What to do

    /// Opens the session.
    ///
    /// A second call does nothing.
    public func open() {
        guard
            state.withLock({ state in
                defer { state.isOpened = true }
                return !state.isOpened
            })
        else { return }
        // On the loop at once: what is sent next finds the client.
        if loop.isCurrent { return begin() }
        if !loop.post({ [self] in begin() }) {
            closed(.transportError, EngineClientError(.connectionFailed, .start, "the event loops were shut down"))
        }
    }

    private func begin() {
        let client = EngineClient(url: url, options: options, loop: loop, delegate: Receiver(self))
        state.withLock { $0.client = LoopBound(client, to: loop) }
        client.open()
    }

    /// Sends a message.
    ///
    /// Messages arrive in the order of the calls, also those that are sent before the session is open, behind
    /// ``open()``; one to a session that is over is dropped.
    ///
    /// - Parameters:
    ///   - message: The message. On polling a text must not have the character U+001E.
    ///   - compress: Whether the message may be compressed, where compression is in use.
    public func send(_ message: Message, compress: Bool = true) {
        onLoop { client in
            switch message {
            case .text(let text): client.send(text: Array(text.utf8).span.bytes, compress: compress)
            case .binary(let bytes): client.send(binary: bytes.span.bytes, compress: compress)
            }
        }
    }

    /// Ends the session behind all that was sent.
    public func close() {
        onLoop { $0.close() }
    }

    private func onLoop(_ body: @escaping @Sendable (EngineClient) -> Void) {
        loop.run { [self] in
            guard let client = state.withLock({ $0.client }) else { return }
            body(client.value)
        }
    }

    private func closed(_ reason: EngineDisconnectReason, _ error: EngineClientError?) {
        // The handlers may hold the socket, and go behind the lock.
        let last = state.withLock { state in
            defer { state = State(isOpened: true) }
            return state
        }
        withExtendedLifetime(last) { last.handlers.close?(reason.rawValue, error) }
    }

    /// Takes the session's calls.
    private final class Receiver: EngineClientDelegate {
        private let socket: EngineClientSocket

        init(_ socket: EngineClientSocket) {
            self.socket = socket
        }

        func opened(_ handshake: EngineHandshake) {
            socket.state.withLock { $0.handlers.open }?(handshake.sid)
        }

        func upgraded() {
            socket.state.withLock { $0.handlers.upgrade }?()
        }

        func received(text: RawSpan) {
            socket.state.withLock { $0.handlers.message }?(.text(text.string))
        }

        func received(binary: RawSpan) {
            socket.state.withLock { $0.handlers.message }?(.binary(binary.array))
        }

        func closed(_ reason: EngineDisconnectReason, _ error: EngineClientError?) {
            socket.closed(reason, error)
        }
    }
}
