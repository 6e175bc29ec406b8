public import SIOHTTP
public import SIONet

/// A server of WebSockets (RFC 6455).
///
/// ```swift
/// let server = WebSocketServer()
/// server.on(path: "/echo") { socket in
///     for try await message in socket { try await socket.send(message) }
/// }
/// try await server.listen(port: 8080)
/// ```
///
/// A handler runs as a task of its own, on its connection's event loop unless it goes elsewhere; its WebSocket lives until
/// it returns.
public final class WebSocketServer: Sendable {
    /// The HTTP server below, for other handlers: `server.http.on("/health") { _ in .text("ok") }`.
    public let http: HTTPServer
    private let ownsHTTP: Bool
    private let core: WebSocketServerCore

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: Who may connect, and how WebSockets are conducted.
    ///   - eventLoops: The loops to run on.
    public convenience init(
        _ configuration: Configuration = Configuration(), eventLoops: EventLoopGroup = .shared
    ) {
        let http = HTTPServer(eventLoops: eventLoops, configuration: configuration.http)
        self.init(configuration, http: http, ownsHTTP: true)
    }

    /// WebSockets on an HTTP server that serves other things, too, such as Socket.IO.
    ///
    /// Whoever has the HTTP server listens, and closes it.
    ///
    /// - Parameters:
    ///   - http: The server.
    ///   - configuration: Who may connect, and how WebSockets are conducted; ``Configuration/http`` has no meaning.
    public convenience init(mountedOn http: HTTPServer, _ configuration: Configuration = Configuration()) {
        self.init(configuration, http: http, ownsHTTP: false)
    }

    private init(_ configuration: Configuration, http: HTTPServer, ownsHTTP: Bool) {
        configuration.socket.check()
        precondition(configuration.maxConnections ?? 0 >= 0, "a negative number of connections")
        self.http = http
        self.ownsHTTP = ownsHTTP
        core = WebSocketServerCore(configuration, on: http.eventLoops)
    }

    // MARK: Handlers

    /// Handles the WebSockets of a path.
    ///
    /// When the handler returns the WebSocket is closed with code 1000, if it is still open; when it throws, with code 1011.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded as in a request, without a query. One that ends in `/` means everything below it as well.
    ///   - subprotocols: Those that may be agreed on: the client's first one that is among them is.
    ///   - handler: Uses the WebSocket.
    public func on(
        path: String, subprotocols: [String] = [], _ handler: @escaping @Sendable (WebSocket) async throws -> Void
    ) {
        mount(path, WebSocketRoute(core, subprotocols, .open) { socket, _ in try await handler(socket) })
    }

    /// Handles the WebSockets of a path, once somebody has decided on them.
    ///
    /// - Parameters:
    ///   - path: As for ``on(path:subprotocols:_:)``.
    ///   - subprotocols: As for ``on(path:subprotocols:_:)``.
    ///   - admit: Decides on each client that wants to open a WebSocket: returns what the handler has to know of it, or throws
    ///     ``WebSocketRefusal``. Another error is answered with 500, and told to ``onError(_:)``. The client waits meanwhile;
    ///     if it goes, or the server closes, the task is cancelled.
    ///   - handler: Uses the WebSocket, and what was returned.
    public func on<Context: Sendable>(
        path: String, subprotocols: [String] = [], admit: @escaping @Sendable (Request) async throws -> Context,
        _ handler: @escaping @Sendable (WebSocket, Context) async throws -> Void
    ) {
        mount(path, WebSocketRoute(core, subprotocols, .asking(admit), handler))
    }

    private func mount(_ path: String, _ route: any HTTPHandler) {
        http.mount(route, at: path, exactly: !path.hasSuffix("/"))
    }

    /// Calls the closure with what a handler, or who decides on clients, has thrown, and the request that it was about.
    ///
    /// That a WebSocket ended, or a task was cancelled, is not told.
    public func onError(_ handler: @escaping @Sendable (any Error, HTTPRequest) -> Void) {
        core.onError(handler)
    }

    // MARK: Listening

    /// Listens on an address; may be called several times.
    ///
    /// - Parameters:
    ///   - host: A name or an address; nil means every address of this machine, IPv4 and IPv6.
    ///   - port: The port; 0 means one that is free.
    ///   - tls: The certificates to speak TLS with; nil means `ws`, not `wss`.
    /// - Returns: The addresses that are listened on, those of earlier calls among them.
    /// - Throws: `NetworkError` if the name cannot be resolved or the address cannot be used.
    @discardableResult
    public func listen(host: String? = nil, port: Int, tls: TLSContext? = nil) async throws -> [SocketAddress] {
        try await http.listen(host: host, port: port, tls: tls)
        return http.addresses
    }

    /// The WebSockets that are open, or whose handlers still run, and the clients that are being decided on.
    public var connectionCount: Int { core.census.count }

    /// Takes no more clients, says goodbye to all, with code 1001, and waits until their handlers have returned.
    ///
    /// Clients that are being decided on are answered with 503; the tasks of those who decide are cancelled, and waited for.
    ///
    /// - Parameter grace: How long they may take. Then, or when the task is cancelled, the handlers' tasks are cancelled
    ///   and what is still open is dropped; handlers are not waited for any more.
    public func close(grace: Duration = .seconds(10)) async {
        let isQuiet = core.census.close()
        if ownsHTTP { await http.close() }
        for shard in core.shards { _ = await shard.loop.callUnlessStopped { shard.value.close() } }
        let timer = Task { [core] in
            if (try? await Task.sleep(for: grace)) != nil { core.endAtOnce() }
        }
        await withTaskCancellationHandler {
            await isQuiet.wait()
        } onCancel: {
            core.endAtOnce()
        }
        timer.cancel()
    }
}
