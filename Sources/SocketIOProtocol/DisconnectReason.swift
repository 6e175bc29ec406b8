/// Why a socket was disconnected.
///
/// The raw values are the words that the JavaScript implementation uses.
public struct DisconnectReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The reason in the reference's words.
    public let rawValue: String

    /// A reason in these words.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The reason in the reference's words.
    public var description: String { rawValue }

    /// The transport failed.
    public static let transportError = DisconnectReason(rawValue: "transport error")
    /// The transport was closed: the network broke, or the other side went away.
    public static let transportClose = DisconnectReason(rawValue: "transport close")
    /// The connection was closed from this side, below the sockets.
    public static let forcedClose = DisconnectReason(rawValue: "forced close")
    /// The other side fell silent.
    public static let pingTimeout = DisconnectReason(rawValue: "ping timeout")
    /// The other side sent what is no packet.
    public static let parseError = DisconnectReason(rawValue: "parse error")
    /// On a server: more waited to be sent to the client than may, because it reads too slowly (not in the reference).
    public static let sendBufferOverflow = DisconnectReason(rawValue: "send buffer overflow")
    /// On a server: the client sent more in a time than it may (not in the reference).
    public static let rateLimitExceeded = DisconnectReason(rawValue: "rate limit exceeded")

    /// On a server: it is shutting down.
    public static let serverShuttingDown = DisconnectReason(rawValue: "server shutting down")
    /// On a server: it closed the connection, because the client misbehaved or did not join a namespace in time.
    public static let forcedServerClose = DisconnectReason(rawValue: "forced server close")
    /// On a server: the client left the namespace.
    public static let clientNamespaceDisconnect = DisconnectReason(rawValue: "client namespace disconnect")
    /// On a server: it made the socket leave the namespace.
    public static let serverNamespaceDisconnect = DisconnectReason(rawValue: "server namespace disconnect")

    /// On a client: the server made the socket leave; it does not reconnect by itself.
    public static let serverDisconnect = DisconnectReason(rawValue: "io server disconnect")
    /// On a client: it left; it does not reconnect by itself.
    public static let clientDisconnect = DisconnectReason(rawValue: "io client disconnect")

    /// Whether a session may be restored after it (Socket.IO "Connection state recovery").
    public var isRecoverable: Bool {
        switch self {
        case .transportError, .transportClose, .forcedClose, .pingTimeout, .serverShuttingDown, .forcedServerClose,
            .sendBufferOverflow:
            true
        default: false
        }
    }
}
