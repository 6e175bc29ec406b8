import SIOJSON
import SIONet
import Synchronization

/// Namespaces that are made when a client first asks for one: `/workspace-1`, `/workspace-2`.
///
/// What is set up here, handlers and middleware, each child has from its beginning. ``Server/of(matching:)`` and
/// ``Server/of(where:)`` make one.
///
/// Whoever may name a namespace may make one, so that a pattern should not fit more than is meant;
/// ``Server/Configuration/maxChildNamespaces`` bounds their number, and
/// ``Server/Configuration/cleanupEmptyChildNamespaces`` has them go with their last socket.
public final class ParentNamespace: ServerSideListening, Sendable {
    /// Decides whether there shall be a namespace of a name.
    enum Rule: Sendable {
        case pattern(@Sendable (String) -> Bool)
        case function(@Sendable (String, RawJSON) async throws -> Bool)
    }

    /// Who listens to events of the cluster's other servers: to those that a server sends to a child's namespace, in the
    /// child of the same name here, if there is one.
    ///
    /// Children that there are already do not get what is added.
    public let serverSideListeners = ServerSideListeners()
    private let rule: Rule
    private let state = Mutex(State())

    private struct State {
        var middlewares: [Namespace.Middleware] = []
        var connectionHandlers: [@Sendable (Socket) throws -> Void] = []
        var children: [String: Namespace] = [:]
    }

    init(_ rule: Rule) {
        self.rule = rule
    }

    /// The namespaces that were made so far, and are there still.
    public var children: [Namespace] { state.withLock { Array($0.children.values) } }

    /// Calls the handler with each socket that has connected to a child.
    ///
    /// See `Namespace.on(_:_:)`. Children that there are already do not get it.
    public func on(_ event: NamespaceEvent, _ handler: @escaping @Sendable (Socket) throws -> Void) {
        state.withLock { $0.connectionHandlers.append(handler) }
    }

    /// Runs the handler as a task for each socket that has connected to a child.
    ///
    /// See `Namespace.on(_:_:)`. Children that there are already do not get it.
    public func on(_ event: NamespaceEvent, _ handler: @escaping @Sendable (Socket) async throws -> Void) {
        on(event) { (socket: Socket) throws -> Void in socket.run(event: "connection") { try await handler(socket) } }
    }

    /// Has each client that wants to connect to a child pass a middleware.
    ///
    /// See ``Namespace/use(_:)``. Children that there are already do not get it.
    public func use(_ middleware: @escaping Namespace.Middleware) {
        state.withLock { $0.middlewares.append(middleware) }
    }

    // MARK: Children

    /// Whether the pattern fits; a function is asked only for a client.
    func matches(_ name: String) -> Bool {
        guard case .pattern(let fits) = rule else { return false }
        return fits(name)
    }

    func allows(_ name: String, _ auth: RawJSON) async throws -> Bool {
        switch rule {
        case .pattern(let fits): fits(name)
        case .function(let allows): try await allows(name, auth)
        }
    }

    /// Gives a child what it begins with.
    func adopt(_ child: Namespace) {
        let (middlewares, handlers) = state.withLock { state in
            state.children[child.name] = child
            return (state.middlewares, state.connectionHandlers)
        }
        for middleware in middlewares { child.use(middleware) }
        for handler in handlers { child.on(.connection, handler) }
    }

    /// Forgets the application's closures.
    func close() {
        // Whatever they hold goes behind the lock.
        state.letGo { state in
            defer { state = State() }
            return state
        }
        serverSideListeners.close()
    }

    func abandon(_ child: Namespace) {
        state.withLock { if $0.children[child.name] === child { $0.children[child.name] = nil } }
    }
}
