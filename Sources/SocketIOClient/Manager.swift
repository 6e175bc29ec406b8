public import EngineIOClient
import EngineIOProtocol
import SIOHTTP
import SIONet
import SocketIOProtocol
import Synchronization

/// A connection to a server, which the sockets of several namespaces share, and which comes back when it is lost.
///
/// ```swift
/// let manager = try Manager("https://chat.example")
/// let chat = manager.socket("/chat")
/// let news = manager.socket("/news")
/// ```
///
/// It connects when the first of its sockets does, and closes when the last one has left. It may be used from anywhere.
public final class Manager: Sendable {
    /// What happens to the connection.
    public enum Change: Sendable {
        /// It is open.
        case open
        /// An attempt to open it failed.
        case error(ConnectFailure)
        /// It is over; if `reconnection` is on, an attempt to open it again follows, unless this side closed it.
        ///
        /// With what went wrong, if anything did.
        case close(DisconnectReason, EngineClientError?)
        /// It is on a WebSocket now.
        case upgrade
        /// The server has sent a ping.
        case ping
        /// This attempt, counted from 1, to open it again begins.
        case reconnectAttempt(Int)
        /// An attempt to open it again failed.
        case reconnectError(ConnectFailure)
        /// There will be no more attempts.
        case reconnectFailed
        /// This attempt has brought it back.
        case reconnect(Int)
    }

    let core: LoopBound<ManagerCore>
    let reports = ErrorReports()
    private let registry = Mutex<[String: WeakSocket]>([:])
    private let handlerCount = Atomic<UInt64>(0)
    private let usedTransport = Mutex<EngineClientOptions.Transport?>(nil)
    /// What of the configuration may be changed.
    let options: Mutex<ManagerOptions>

    private struct WeakSocket {
        weak var socket: ClientSocket?
    }

    /// A manager of its own, shared by nobody who does not hold it.
    ///
    /// - Parameters:
    ///   - url: The server: `https://chat.example:3000`. A path in it is passed over; its query goes to the server with each
    ///     request.
    ///   - configuration: How to connect.
    /// - Throws: ``InvalidURL``.
    public convenience init(_ url: String, _ configuration: Configuration = Configuration()) throws(InvalidURL) {
        self.init(try InvalidURL.checking(url), configuration)
    }

    init(_ url: HTTPURL, _ configuration: Configuration) {
        let loop = configuration.loops.next()
        options = Mutex(configuration.options)
        core = LoopBound(ManagerCore(url, configuration, loop: loop), to: loop)
        loop.run { [self] in core.value.face(self) }
    }

    // No socket holds it any more, so nobody needs a connection that was opened by hand.
    deinit {
        let core = core
        core.loop.post { core.value.end() }
    }

    var loop: EventLoop { core.loop }

    /// The socket of a namespace: always the same, as long as somebody holds it.
    ///
    /// It does not connect by itself.
    ///
    /// - Parameters:
    ///   - namespace: The namespace's name; a slash in front may be left out.
    ///   - configuration: How it connects and sends; where the socket is there already, it has its own.
    /// - Returns: The socket.
    public func socket(
        _ namespace: String = "/", _ configuration: ClientSocket.Configuration = ClientSocket.Configuration()
    ) -> ClientSocket {
        find(namespace.hasPrefix("/") ? namespace : "/" + namespace, configuration).socket
    }

    /// The socket of the namespace; nil if there is one already.
    func newSocket(_ name: String, _ configuration: ClientSocket.Configuration) -> ClientSocket? {
        let found = find(name, configuration)
        return found.isNew ? found.socket : nil
    }

    private func find(
        _ name: String, _ configuration: ClientSocket.Configuration
    ) -> (socket: ClientSocket, isNew: Bool) {
        // Those that are there are let go behind the lock: with the last who holds one goes what its handlers hold.
        let (found, all) = registry.withLock { registry in
            let all = registry.compactMapValues(\.socket)
            if let socket = all[name] { return ((socket, false), all) }
            registry = registry.filter { all[$0.key] != nil }
            let socket = ClientSocket(name, configuration, manager: self)
            registry[name] = WeakSocket(socket: socket)
            return ((socket, true), all)
        }
        return withExtendedLifetime(all) { found }
    }

    // MARK: The connection

    /// What carries the connection; nil while there is none.
    public var transport: EngineClientOptions.Transport? { usedTransport.withLock { $0 } }

    func uses(_ transport: EngineTransport?) {
        usedTransport.withLock { $0 = transport.map { EngineClientOptions.Transport($0) } }
    }

    /// Opens the connection, although no socket needs it yet.
    public func open() {
        onLoop { $0.open() }
    }

    /// Ends the connection, or the attempts to open it: all sockets are disconnected, and do not come back by themselves.
    public func close() {
        onLoop { $0.close() }
    }

    /// Waits until all that was sent has left and the connection is closed; it does not close it.
    public func closed() async {
        await withCheckedContinuation { continuation in
            if !onLoop({ $0.whenClosed { continuation.resume() } }) { continuation.resume() }
        }
    }

    /// Does not wait any longer for the next attempt to reconnect: the network is back.
    ///
    /// Nor for the end of a connection on which the server has been silent for too long, as after the machine slept.
    public func reconnectNow() {
        onLoop { $0.hurry() }
    }

    /// Has errors reported that no caller waits for: what handlers throw, arguments that do not fit their types.
    ///
    /// - Parameter report: Called with a ``HandlerError`` or a `PacketParserError`; without one errors go to the standard
    ///   error stream.
    public func onError(_ report: @escaping @Sendable (any Error) -> Void) {
        reports.send(to: report)
    }

    // MARK: Helpers

    func nextHandlerNumber() -> UInt64 { handlerCount.add(1, ordering: .relaxed).newValue }

    @discardableResult
    func onLoop(_ body: @escaping @Sendable (ManagerCore) -> Void) -> Bool {
        guard loop.isCurrent else { return loop.post { [self] in body(core.value) } }
        body(core.value)
        return true
    }
}
