import SIOEvents
import SIOJSON
import SIONet
import Synchronization

/// A server's namespaces, and those that make more of them.
final class NamespaceDirectory: Sendable {
    /// The namespace `/`, which there is always.
    let root: Namespace

    private let loops: [EventLoop]
    private let configuration: Server.Configuration
    private let reports: ErrorReports
    private let state: Mutex<State>

    private struct State {
        var byName: [String: Namespace]
        var parents: [ParentNamespace] = []
        /// The number of namespaces that parents have made.
        var childCount = 0
        var newNamespaceHandlers: [@Sendable (Namespace) -> Void] = []
    }

    init(loops: [EventLoop], configuration: Server.Configuration, reports: ErrorReports) {
        self.loops = loops
        self.configuration = configuration
        self.reports = reports
        root = Namespace(name: "/", loops: loops, configuration: configuration, reports: reports)
        state = Mutex(State(byName: ["/": root]))
    }

    /// The name as it stands in the table.
    static func normalized(_ name: String) -> String { name.hasPrefix("/") ? name : "/" + name }

    // MARK: By name

    /// The namespace, made if there is none: as a child, if a parent's pattern fits.
    func namespace(_ name: String) -> Namespace {
        let name = Self.normalized(name)
        let (found, parents) = state.withLock { ($0.byName[name], $0.parents) }
        if let found { return found }
        // A pattern is the application's, and may ask for a namespace itself.
        let parent = parents.first { $0.matches(name) }
        let (namespace, handlers) = state.withLock { state in
            if let namespace = state.byName[name] { return (namespace, [@Sendable (Namespace) -> Void]()) }
            return (make(name, parent, &state), state.newNamespaceHandlers)
        }
        for handler in handlers { handler(namespace) }
        return namespace
    }

    /// All namespaces.
    var all: [Namespace] { state.withLock { Array($0.byName.values) } }

    func onNewNamespace(_ handler: @escaping @Sendable (Namespace) -> Void) {
        state.withLock { $0.newNamespaceHandlers.append(handler) }
    }

    private func make(_ name: String, _ parent: ParentNamespace?, _ state: inout State) -> Namespace {
        let namespace = Namespace(
            name: name, parent: parent, loops: loops, configuration: configuration, reports: reports)
        state.byName[name] = namespace
        if let parent {
            state.childCount += 1
            parent.adopt(namespace)
        }
        return namespace
    }

    // MARK: Parents

    func add(_ parent: ParentNamespace) {
        state.withLock { $0.parents.append(parent) }
    }

    /// Whether somebody might make a namespace that there is not.
    var hasParents: Bool { state.withLock { !$0.parents.isEmpty } }

    /// Asks one parent after the other to make a namespace, which is in use then.
    ///
    /// - Returns: The namespace, or what the client is refused with.
    func ask(for name: String, auth: RawJSON) async -> Result<Namespace, ConnectError> {
        for parent in state.withLock({ $0.parents }) {
            do {
                if try await parent.allows(name, auth) { return makeChild(name, of: parent) }
            } catch {
                reports.report(
                    HandlerError(namespace: name, socketID: "", event: "new_namespace", underlying: error))
            }
        }
        return .failure(ConnectError("Invalid namespace"))
    }

    private func makeChild(_ name: String, of parent: ParentNamespace) -> Result<Namespace, ConnectError> {
        let (outcome, handlers): (Result<Namespace, ConnectError>, [@Sendable (Namespace) -> Void]) = state.withLock {
            // Another client may have been faster.
            if let namespace = $0.byName[name] {
                namespace.child?.uses.add(1, ordering: .relaxed)
                return (.success(namespace), [])
            }
            guard $0.childCount < configuration.maxChildNamespaces else {
                return (.failure(ConnectError("Too many namespaces")), [])
            }
            let namespace = make(name, parent, &$0)
            namespace.child?.uses.add(1, ordering: .relaxed)
            return (.success(namespace), $0.newNamespaceHandlers)
        }
        if case .success(let namespace) = outcome { for handler in handlers { handler(namespace) } }
        return outcome
    }

    // MARK: In use

    /// The namespace for a client to connect to, which is in use from now on; nil if there is none.
    @inline(__always)
    func use(_ name: String) -> Namespace? { name == "/" ? root : useOther(name) }

    private func useOther(_ name: String) -> Namespace? {
        state.withLock { state in
            guard let namespace = state.byName[name] else { return nil }
            namespace.child?.uses.add(1, ordering: .relaxed)
            return namespace
        }
    }

    /// A client has left, or was not let in: the last that leaves a child may be its end.
    func release(_ namespace: Namespace) {
        guard let child = namespace.child else { return }
        let isOver = state.withLock { state in
            let uses = child.uses.subtract(1, ordering: .relaxed).newValue
            guard uses == 0, configuration.cleanupEmptyChildNamespaces,
                state.byName[namespace.name] === namespace
            else { return false }
            state.byName[namespace.name] = nil
            state.childCount -= 1
            return true
        }
        guard isOver else { return }
        child.parent?.abandon(namespace)
        Task { await namespace.close() }
    }

    /// Forgets the application's closures.
    func close() async {
        let namespaces = all
        // Whatever they hold goes behind the lock.
        let (parents, handlers) = state.withLock { state in
            defer {
                state.parents = []
                state.newNamespaceHandlers = []
            }
            return (state.parents, state.newNamespaceHandlers)
        }
        withExtendedLifetime(handlers) {}
        for parent in parents { parent.close() }
        for namespace in namespaces { await namespace.close() }
    }
}
