public import EngineIOClient
import SIOEvents
import SIONet
public import SocketIOProtocol
import Synchronization

/// A client's connection to a namespace of a server.
///
/// ```swift
/// let socket = try ClientSocket.make("https://chat.example")
/// socket.on("chat message") { (text: String) in print(text) }
/// socket.connect()
/// try socket.emit("chat message", "hello")
/// ```
///
/// What is sent while there is no connection waits for it; handlers stay from one connection to the next. A socket lives
/// on one event loop, where its handlers are called. It may be used from anywhere: what is called elsewhere is carried out
/// on the loop, in the order of the calls. As long as it is ``active``, it need not be held by anybody.
public final class ClientSocket: Sendable {
    /// What happens to the socket itself.
    public enum Change: Sendable {
        /// The socket is connected: for the first time, or again.
        case connect
        /// An attempt to connect failed; ``ClientSocket/active`` says whether another one follows.
        case connectError(ConnectFailure)
        /// The socket is not connected any more; ``ClientSocket/active`` says whether it connects again by itself.
        ///
        /// With what went wrong with the connection, if anything did.
        case disconnect(DisconnectReason, EngineClientError?)
    }

    /// The namespace's name.
    public let namespace: String
    /// The connection that the socket shares with those of other namespaces.
    public let manager: Manager
    let configuration: Configuration
    let core: LoopBound<ClientSocketCore>
    private let state = Mutex(State())
    private let counters = Counters()

    /// What may be asked from anywhere.
    struct State {
        var id: String?
        var isActive = false
        var isRecovered = false
    }

    private struct Counters: ~Copyable, Sendable {
        let listeners = Atomic<UInt32>(0)
        let handlers = Atomic<UInt64>(0)
        let acknowledgements = Atomic<UInt64>(0)
    }

    init(_ namespace: String, _ configuration: Configuration, manager: Manager) {
        self.namespace = namespace
        self.manager = manager
        self.configuration = configuration
        let core = ClientSocketCore(namespace, configuration)
        self.core = LoopBound(core, to: manager.loop)
        manager.loop.run { [weak self] in
            guard let self else { return }
            self.core.value.face(self, manager.core.value)
        }
    }

    var loop: EventLoop { core.loop }

    // MARK: What it is

    /// The id that the server knows the socket by; nil while it is not connected.
    public var id: String? { state.withLock { $0.id } }

    /// Whether the socket is connected.
    public var connected: Bool { id != nil }

    /// Whether the socket is not connected.
    public var disconnected: Bool { !connected }

    /// Whether the socket is connected, or will try to be by itself.
    public var active: Bool { state.withLock { $0.isActive } }

    /// Whether the last connection went on where the one before was lost: with the same id and rooms, and with all events
    /// that were missed.
    public var recovered: Bool { state.withLock { $0.isRecovered } }

    func update(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
    }

    // MARK: Connecting

    /// Connects, and from then on again whenever the connection is lost.
    public func connect() {
        onLoop { $0.connect() }
    }

    /// Leaves the namespace, and does not connect by itself any more.
    ///
    /// What waits to be sent waits for the next ``connect()``.
    public func disconnect() {
        onLoop { $0.disconnect() }
    }

    /// Connects, and waits until the socket is connected.
    ///
    /// - Throws: ``ConnectFailure`` if the socket is not ``active`` any more, because the server refused it or there are no more
    ///   attempts; `CancellationError`.
    public func ready() async throws {
        try await wait { $0.connect($1) }
    }

    /// Waits until nothing waits to be sent any more: the connection has it all, and what is sent until it is acknowledged was
    /// acknowledged, or given up.
    ///
    /// - Throws: ``ConnectFailure`` if the socket is not ``active`` any more, and something waits; `CancellationError`.
    func sent() async throws {
        try await wait { $0.whenSent($1) }
    }

    private func wait(_ body: @escaping @Sendable (ClientSocketCore, Waiter) -> Void) async throws {
        let waiter = Waiter()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiter.start(continuation)
                if !onLoop({ body($0, waiter) }) { waiter.finish(.failure(ConnectFailure.cancelled)) }
                if Task.isCancelled { waiter.finish(.failure(CancellationError())) }
            }
        } onCancel: {
            waiter.finish(.failure(CancellationError()))
        }
    }

    /// Gives up what waits for the connection: it is not sent any more, and what was asked with it fails.
    ///
    /// What is sent with `retries` is not given up.
    public func clearSendBuffer() {
        onLoop { $0.clearBuffer() }
    }

    /// Leaves the namespace for good, and waits until all that was sent has left.
    ///
    /// What waits for a connection is given up: acknowledgements among it fail. Where other sockets use the connection, it
    /// stays, and what was sent has been handed to it.
    public func close() async {
        await withCheckedContinuation { continuation in
            let isTaken = onLoop { $0.close { continuation.resume() } }
            if !isTaken { continuation.resume() }
        }
    }

    // MARK: Helpers

    func nextListenerNumber() -> UInt32 { counters.listeners.add(1, ordering: .relaxed).newValue }

    func nextHandlerNumber() -> UInt64 { counters.handlers.add(1, ordering: .relaxed).newValue }

    func nextAcknowledgementID() -> UInt64 { counters.acknowledgements.add(1, ordering: .relaxed).oldValue }

    func report(_ error: any Error, event: String) {
        manager.reports.report(
            HandlerError(namespace: namespace, socketID: id ?? "", event: event, underlying: error))
    }

    /// Carries the body out on the socket's loop.
    ///
    /// - Returns: False if the loop was shut down.
    @discardableResult
    func onLoop(_ body: @escaping @Sendable (ClientSocketCore) -> Void) -> Bool {
        guard loop.isCurrent else { return loop.post { [self] in body(core.value) } }
        body(core.value)
        return true
    }

    /// Runs the body as a task on the socket's loop, where the caller is; its error is reported.
    func run(event: String, _ body: @escaping @Sendable () async throws -> Void) {
        Task.immediate(executorPreference: loop) { [self] in
            do {
                try await body()
            } catch {
                report(error, event: event)
            }
        }
    }
}
