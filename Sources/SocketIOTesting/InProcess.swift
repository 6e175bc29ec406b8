import Glibc
public import SocketIO
public import SocketIOClient

/// A server and its clients in one process, without ports: what your tests of your own handlers need.
///
/// ```swift
/// @Test func `a message reaches the room`() async throws {
///     let io = Server()
///     configure(io)                                        // your handlers
///     let pair = InProcess(io)
///     try await withSocket(pair.socket()) { socket in
///         let echo: String = try await socket.emitWithAck("echo", "hello")
///         #expect(echo == "hello")
///     }
///     await pair.close()
/// }
/// ```
///
/// All is as it is between machines, packets, heartbeat and upgrade among it, but that the bytes go through pairs of
/// sockets that the system has made. A test may be the network's bad luck: ``cutAll()``, ``hold()``.
public final class InProcess: Sendable {
    /// The server.
    public let server: Server
    private let manager: Manager.Configuration
    private let network: Network

    /// A pair of this server and any number of clients.
    ///
    /// - Parameters:
    ///   - server: The server; it need not listen.
    ///   - manager: How clients connect.
    public init(_ server: Server, _ manager: Manager.Configuration = Manager.Configuration()) {
        self.server = server
        var manager = manager
        let network = Network(server)
        self.network = network
        manager.engine.dial = { _, _ in try network.dial() }
        manager.engine.path = server.configuration.engine.path
        self.manager = manager
    }

    /// A client's connection, which its sockets share.
    public func client() -> Manager {
        guard let manager = try? Manager("http://in-process", manager) else { preconditionFailure("no address") }
        return manager
    }

    /// The socket of a namespace, on a connection of its own.
    ///
    /// It does not connect by itself.
    ///
    /// - Parameters:
    ///   - namespace: The namespace's name.
    ///   - configuration: How it connects and sends.
    /// - Returns: The socket.
    public func socket(
        _ namespace: String = "/", _ configuration: ClientSocket.Configuration = ClientSocket.Configuration()
    ) -> ClientSocket {
        client().socket(namespace, configuration)
    }

    /// Closes the server.
    public func close() async {
        await server.close()
    }

    // MARK: Bad luck

    /// Ends all connections, as a network does that breaks: what is on its way is lost.
    public func cutAll() {
        network.onLoop { $0.cutAll() }
    }

    /// Holds up all bytes from now on, as a network does that falls silent.
    public func hold() {
        network.fallSilent(true)
    }

    /// Lets what was held up arrive, and all that comes.
    public func release() {
        network.fallSilent(false)
    }
}
