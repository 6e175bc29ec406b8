import SIONet
import Synchronization

/// What happens on a namespace.
public enum NamespaceEvent: Sendable {
    /// A client has connected to the namespace.
    case connection
}

/// A part of a server, named by a path: `/`, `/admin`. Its sockets, rooms and middleware are its own.
public final class Namespace: Broadcasting, Sendable {
    /// The name, which begins with a slash.
    public let name: String
    unowned let server: Server
    let sockets: LocalSockets
    let adapter: any Adapter
    private let state = Mutex(State())

    /// What a middleware is.
    public typealias Middleware = @Sendable (Socket) async throws -> Void

    private struct State {
        var middlewares: [Middleware] = []
        var connectionHandlers: [@Sendable (Socket) -> Void] = []
    }

    init(name: String, server: Server, loops: [EventLoop], adapter: AdapterFactory) {
        self.name = name
        self.server = server
        sockets = LocalSockets(namespace: name, loops: loops)
        self.adapter = adapter.make(sockets)
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
    ///   - handler: Called on the socket's event loop.
    public func on(_ event: NamespaceEvent, _ handler: @escaping @Sendable (Socket) -> Void) {
        state.withLock { $0.connectionHandlers.append(handler) }
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
        for handler in state.withLock({ $0.connectionHandlers }) { handler(socket) }
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
        let timeout = options.timeout ?? server.configuration.ackTimeout
        options.timeout = timeout
        adapter.broadcast(packet, to: options, collecting: collector)
        let timer = Task {
            try await Task.sleep(for: timeout)
            collector.giveUp()
        }
        let (responses, isComplete) = await collector.result()
        timer.cancel()
        guard isComplete else { throw BroadcastTimeout(responses: responses) }
        return responses
    }
}
