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
public final class Namespace: ServerSideEmitting, Sendable {
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
        /// It holds its children, and the directory holds it.
        weak let parent: ParentNamespace?
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
        sockets = LocalSockets(
            namespace: name, parent: parent, loops: loops, recovery: configuration.connectionStateRecovery,
            reports: reports)
        adapter = configuration.adapter.make(sockets)
    }

    /// All sockets of the namespace.
    public var broadcast: BroadcastOperator { BroadcastOperator(namespace: self) }

    /// The number of this server's sockets in the namespace.
    ///
    /// ``Broadcasting/countSockets()`` counts those of all servers.
    public var socketsCount: Int { sockets.socketsCount }

    /// The number of servers in the cluster, this one among them.
    ///
    /// - Throws: What the adapter's transport throws if it has to ask and cannot.
    public func serverCount() async throws -> Int { try await adapter.serverCount() }

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
        state.letGo { state in
            defer { state = State() }
            return state
        }
        sockets.close()
        await adapter.close()
    }

    // MARK: Rooms

    /// Calls the handler with what happens to the rooms of this server's sockets, from now on.
    ///
    /// A room exists as long as a socket of this server is in it: each server of a cluster creates and deletes its own. A
    /// socket's own room is one, too. Nothing is said of rooms that are there already.
    ///
    /// - Parameter handler: Called with one event after the other, in the order in which they happened, soon after: always
    ///   on the same event loop of the server.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func onRoomEvent(_ handler: @escaping @Sendable (RoomEvent) -> Void) -> RoomListener {
        sockets.onRoomEvent(handler)
    }

    /// A socket has taken its place in a room; called on its loop.
    func joined(_ id: String, room: String, on loop: @autoclosure () -> EventLoop) {
        sockets.joined(id, room: room, on: loop())
        adapter.joined(id, room: room)
    }

    /// A socket has given up its place in a room; called on its loop.
    func left(_ id: String, room: String, on loop: @autoclosure () -> EventLoop) {
        sockets.left(id, room: room, on: loop())
        adapter.left(id, room: room)
    }

    // MARK: Sending

    func broadcast(_ packet: EventPacket, to options: BroadcastOptions) {
        adapter.broadcast(packet, to: options)
    }

    /// Sends a packet, and waits for all acknowledgements, or for as many as are enough.
    func broadcastWithAcknowledgements(
        _ packet: EventPacket, to options: BroadcastOptions, enough: Int = .max
    ) async throws -> [RawJSON] {
        let collector = AcknowledgementCollector(enough: enough)
        var options = options
        let timeout = options.timeout ?? ackTimeout
        options.timeout = timeout
        // Whatever answers before all who are asked are known, it is not over yet.
        collector.expectServers(1)
        adapter.broadcast(packet, to: options, collecting: collector)
        collector.expectClients(0)
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
