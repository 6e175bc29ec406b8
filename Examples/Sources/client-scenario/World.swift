import SocketIOClient
import Synchronization

/// A case's sockets, which go with it.
final class World: Sendable {
    let options: Options
    private let state = Mutex(State())

    private struct State {
        var sockets: [ClientSocket] = []
        var errors: [String] = []
    }

    init(_ options: Options) {
        self.options = options
    }

    /// What was reported because nobody waited for it.
    var errors: [String] { state.withLock { $0.errors } }

    /// A connection of its own.
    func manager(_ configure: (inout Manager.Configuration) -> Void = { _ in }) throws -> Manager {
        var configuration = try options.manager()
        configure(&configuration)
        let manager = try Manager(options.url, configuration)
        manager.onError { [weak self] error in self?.state.withLock { $0.errors.append("\(error)") } }
        return manager
    }

    /// A socket on a connection of its own, or on this one, which is closed when the case is over.
    func socket(
        _ namespace: String = "/", auth: ClientSocket.Auth = .none, on manager: Manager? = nil
    ) throws -> ClientSocket {
        let socket = try (manager ?? self.manager()).socket(namespace, ClientSocket.Configuration(auth: auth))
        state.withLock { $0.sockets.append(socket) }
        return socket
    }

    /// A socket that is connected.
    func connected(_ namespace: String = "/", auth: ClientSocket.Auth = .none) async throws -> ClientSocket {
        let socket = try socket(namespace, auth: auth)
        try await socket.ready()
        return socket
    }

    func close() async {
        for socket in state.withLock({ $0.sockets }) { await socket.close() }
    }
}

/// Things that come one after the other, and are waited for.
final class Heard<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation
    private let counter = Mutex(0)

    /// How many there have been.
    var count: Int { counter.withLock { $0 } }

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func note(_ value: Value) {
        counter.withLock { $0 += 1 }
        continuation.yield(value)
    }

    /// The next one; one caller at a time.
    func next() async throws -> Value {
        for await value in stream { return value }
        throw Failure("nothing was heard")
    }
}

extension ClientSocket {
    /// The arguments of each event of a name, from now on.
    func hearing(_ event: String) -> Heard<Arguments> {
        let heard = Heard<Arguments>()
        on(event, raw: { arguments, _ in heard.note(arguments) })
        return heard
    }

    /// Why it was disconnected, from now on.
    func hearingDisconnects() -> Heard<DisconnectReason> {
        let heard = Heard<DisconnectReason>()
        on(.disconnect) { heard.note($0) }
        return heard
    }
}

extension Arguments {
    /// The arguments as values.
    var all: [JSONValue] {
        get throws { try (0..<count).map { try decode($0) } }
    }
}
