import SIOHTTP

/// A proxy that opens tunnels (RFC 9110 §9.3.6).
///
/// It is asked for all connections, also for those without TLS. What is spoken to it is not encrypted by itself.
public struct HTTPProxy: Sendable, Hashable {
    /// The proxy's name or address.
    public var host: String
    /// Its port.
    public var port: Int
    /// Who asks, for proxies that want to know (RFC 7617); nil if they need not.
    public var credentials: Credentials?

    /// A user's name and password.
    public struct Credentials: Sendable, Hashable {
        /// The name, without a colon.
        public var user: String
        /// The password.
        public var password: String

        /// A user's name and password.
        public init(user: String, password: String) {
            precondition(!user.utf8.contains(UInt8(ascii: ":")), "a user's name has no colon")
            self.user = user
            self.password = password
        }
    }

    /// A proxy.
    ///
    /// - Parameters:
    ///   - host: Its name or address.
    ///   - port: Its port, 1…65535.
    ///   - credentials: Who asks, for proxies that want to know.
    public init(host: String, port: Int, credentials: Credentials? = nil) {
        self.host = host
        self.port = port
        self.credentials = credentials
    }
}

/// How a client's connections are made.
package struct ConnectOptions: Sendable {
    /// Makes a connected stream socket in another way than by TCP, which belongs to the connection then.
    ///
    /// Called on the loop; it must not block.
    package typealias Dial = @Sendable (_ host: String, _ port: Int) throws -> CInt

    /// What TLS trusts and shows; nil is a client that trusts what the system trusts.
    package var tls: TLSClientContext?
    /// Asked for tunnels, if there is one.
    package var proxy: HTTPProxy?
    /// How long it may take until there is a connection: the host's name, TCP, and the proxy's answer, together.
    ///
    /// A TLS handshake has its own time behind it.
    package var connectTimeout: Duration = .seconds(10)
    /// How long an attempt to connect to one of several addresses runs alone (RFC 8305 §5).
    package var attemptDelay: Duration = .milliseconds(250)
    /// Makes sockets in the system's stead.
    package var dial: Dial?

    package init() {}
}

extension TLSClientContext {
    /// A client that trusts what the system trusts, made once: it reads all of the system's roots.
    static let system: Result<TLSClientContext, TLSError> = {
        do throws(TLSError) { return .success(try TLSClientContext()) } catch { return .failure(error) }
    }()
}
