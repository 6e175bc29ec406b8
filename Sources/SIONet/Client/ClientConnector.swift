package import SIOHTTP

/// Connects to where an address leads: directly or by a proxy's tunnel, and with TLS where the scheme asks for it.
///
/// TLS has begun then, and goes on by itself: what is written waits for the handshake, and a connection whose handshake
/// fails is closed, with ``TCPConnection/failure``.
package final class ClientConnector {
    package typealias Completion = TCPConnector.Completion

    private let url: HTTPURL
    private let options: ConnectOptions
    private let core: LoopCore
    /// Whom to tell; nil once that was done, or if nobody wants to know any more.
    private var completion: Completion?
    private var connector: TCPConnector?
    private var tunnel: ProxyTunnel?

    /// - Parameters:
    ///   - url: Where to.
    ///   - options: How.
    ///   - core: The loop that the connection is to live on.
    ///   - completion: Called once, behind ``start()``, with the connection, which is to be started, or with why there is
    ///     none.
    package init(to url: HTTPURL, options: ConnectOptions, core: LoopCore, completion: @escaping Completion) {
        self.url = url
        self.options = options
        self.core = core
        self.completion = completion
    }

    /// Begins.
    ///
    /// The connector is held until it is done.
    package func start() {
        let end = core.now + options.connectTimeout
        let (host, port) = options.proxy.map { ($0.host, $0.port) } ?? (url.host, url.port)
        connector = TCPConnector(host: host, port: port, options: options, core: core) { [self] result in
            connector = nil
            switch result {
            case .success(let connection): connected(connection, until: end)
            case .failure(let error): finish(.failure(error))
            }
        }
        connector?.start()
    }

    /// Gives up; nobody is told.
    package func cancel() {
        completion = nil
        connector?.cancel()
        connector = nil
        tunnel?.abandon()
        tunnel = nil
    }

    private func connected(_ connection: TCPConnection, until end: ContinuousClock.Instant) {
        guard let proxy = options.proxy else { return secure(connection) }
        tunnel = ProxyTunnel(connection, to: url.authority, as: proxy.credentials, until: end) { [self] error in
            tunnel = nil
            if let error { finish(.failure(error)) } else { secure(connection) }
        }
    }

    private func secure(_ connection: TCPConnection) {
        guard url.isSecure else { return finish(.success(connection)) }
        do throws(TLSError) {
            let context = if let tls = options.tls { tls } else { try TLSClientContext.system.get() }
            // A name may end with the root's dot; certificates are made out to it without.
            let host = url.host.hasSuffix(".") ? String(url.host.dropLast()) : url.host
            guard let session = TLSSession(context, host: host) else {
                throw TLSError(.unusableSetting, "\(url.host) is no name to ask for")
            }
            connection.encrypt(with: session, handshakeTimeout: session.material.handshakeTimeout)
            // OpenSSL may refuse to begin, as with settings that leave no cipher.
            if let failure = connection.tlsFailure { throw failure }
            finish(.success(connection))
        } catch {
            connection.abort()
            finish(.failure(NetworkError(error)))
        }
    }

    private func finish(_ result: Result<TCPConnection, NetworkError>) {
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }
}
