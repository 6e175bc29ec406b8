import SIONet
import Synchronization

/// What happens on a namespace.
public enum NamespaceEvent: Sendable {
    /// A client has connected to the namespace.
    case connection
}

/// A part of a server, named by a path: `/`, `/admin`.
///
/// Its sockets, rooms and middleware are its own.
public final class Namespace: Broadcasting, Sendable {
    /// The name, which begins with a slash.
    public let name: String
    let sockets: LocalSockets
    let adapter: any Adapter
    let reports: ErrorReports
    /// How long acknowledgements are awaited where nothing else is said.
    let ackTimeout: Duration
    /// What a namespace has that a parent has made.
    let child: Child?
    private let state = Mutex(State())

    /// A child's place among all others.
    final class Child: Sendable {
        let parent: ParentNamespace
        /// The clients that are connected, or about to be; it changes under the directory's lock.
        let uses = Atomic<Int>(0)

        init(of parent: ParentNamespace) {
            self.parent = parent
        }
    }

    /// What a middleware is.
    public typealias Middleware = @Sendable (Socket) async throws -> Void

    private struct State {
        var middlewares: [Middleware] = []
        var connectionHandlers: [@Sendable (Socket) throws -> Void] = []
    }

    init(
        name: String, parent: ParentNamespace? = nil, loops: [EventLoop], configuration: Server.Configuration,
        reports: ErrorReports
    ) {
        self.name = name
        child = parent.map(Child.init)
        self.reports = reports
        ackTimeout = configuration.ackTimeout
        sockets = LocalSockets(namespace: name, loops: loops, recovery: configuration.connectionStateRecovery)
        adapter = configuration.adapter.make(sockets)
    }

    /// All sockets of the namespace.
    public var broadcast: BroadcastOperator { BroadcastOperator(namespace: self) }

    /// The number of this server's sockets in the namespace.
    public var socketsCount: Int { sockets.socketsCount }

    // MARK: Connections

    /// Calls the handler with each socket that has connected.
    ///
    /// What it sets up before it returns misses nothing that the client sends.
    ///
    /// - Parameters:
    ///   - event: `.connection`.
    ///   - handler: Called on the socket's event loop. What it throws is reported to ``Server/onError(_:)``.
    public func on(_ event: NamespaceEvent, _ handler: @escaping @Sendable (Socket) throws -> Void) {
        state.withLock { $0.connectionHandlers.append(handler) }
    }

    /// Runs the handler as a task for each socket that has connected.
    ///
    /// It begins at once, on the socket's event loop. Events may arrive while it waits for something, so that what it
    /// sets up behind its first `await` may miss some.
    public func on(_ event: NamespaceEvent, _ handler: @escaping @Sendable (Socket) async throws -> Void) {
        on(event) { (socket: Socket) throws -> Void in socket.run(event: "connection") { try await handler(socket) } }
    }

    /// Has each client that wants to connect pass a middleware, in the order in which they were added.
    ///
    /// - Parameter middleware: Lets the client in by returning, and refuses it by throwing: a ``ConnectError`` reaches the
    ///   client with its message and data, any other error as `internal error`, and it is reported to
    ///   ``Server/onError(_:)``.
    public func use(_ middleware: @escaping Middleware) {
        state.withLock { $0.middlewares.append(middleware) }
    }

    var middlewares: [Middleware] { state.withLock { $0.middlewares } }

    func connected(_ socket: Socket) {
        for handler in state.withLock({ $0.connectionHandlers }) {
            do {
                try handler(socket)
            } catch {
                socket.report(error, event: "connection")
            }
        }
    }

    /// Forgets the application's closures, which often hold the server that holds them.
    func close() async {
        // Whatever they hold goes behind the lock: it may hold the last of this namespace.
        _ = state.withLock { state in
            defer { state = State() }
            return state
        }
        await adapter.close()
    }

    // MARK: Sending

    func broadcast(_ packet: EventPacket, to options: BroadcastOptions) {
        adapter.broadcast(packet, to: options)
    }

    func broadcastWithAcknowledgements(
        _ packet: EventPacket, to options: BroadcastOptions
    ) async throws -> [RawJSON] {
        let collector = AcknowledgementCollector()
        var options = options
        let timeout = options.timeout ?? ackTimeout
        options.timeout = timeout
        adapter.broadcast(packet, to: options, collecting: collector)
        let timer = Task {
            try await Task.sleep(for: timeout)
            collector.giveUp()
        }
        defer { timer.cancel() }
        let (responses, isComplete) = await withTaskCancellationHandler {
            await collector.result()
        } onCancel: {
            collector.giveUp()
        }
        if isComplete { return responses }
        try Task.checkCancellation()
        throw BroadcastTimeout(responses: responses)
    }
}
