import EngineIOClient
public import SIOJSON
import SocketIOProtocol

/// Why an attempt to connect failed: what `connect_error` tells.
public struct ConnectFailure: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable {
        private let text: String

        /// The server could not be reached, or the connection went before the namespace was joined.
        public static let transport = Code(text: "transport")
        /// The attempt took longer than ``Manager/Configuration/timeout``.
        public static let timedOut = Code(text: "timedOut")
        /// The server refused the namespace: a middleware of it, or because there is no such namespace.
        public static let refused = Code(text: "refused")
        /// The closure that makes ``ClientSocket/Auth`` has thrown, or what it made is no object.
        public static let auth = Code(text: "auth")
        /// The server speaks Socket.IO 2.
        public static let incompatible = Code(text: "incompatible")
        /// The socket was disconnected by hand while it was connecting.
        public static let cancelled = Code(text: "cancelled")
    }

    /// The kind of failure.
    public let code: Code
    /// What went wrong: for ``Code/refused`` the server's words.
    public let message: String
    /// What the server's middleware gave along; nil if it did not.
    public let data: RawJSON?
    /// What went wrong below: an `EngineClientError`, or what the closure for ``ClientSocket/Auth`` has thrown.
    public let underlying: (any Error)?

    /// The failure in one line.
    public var description: String { message }

    init(_ code: Code, _ message: String, data: RawJSON? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.data = data
        self.underlying = underlying
    }

    init(_ error: EngineClientError) {
        self.init(.transport, error.description, underlying: error)
    }

    /// The reference's words for a server that answers CONNECT without an id.
    static let incompatible = ConnectFailure(
        .incompatible,
        """
        It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible \
        (more information here: https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)
        """)

    static let calledOff = ConnectFailure(.transport, "there will be no more attempts to connect")
    static let timedOut = ConnectFailure(.timedOut, "timeout")
    static let cancelled = ConnectFailure(.cancelled, "the socket was disconnected")

    static func lost(_ reason: DisconnectReason, _ error: EngineClientError?) -> ConnectFailure {
        ConnectFailure(
            .transport, "the connection went before the namespace was joined: \(reason)", underlying: error)
    }

    /// What went wrong with the connection, if that is what failed.
    var engineError: EngineClientError? { underlying as? EngineClientError }
}

extension ConnectFailure {
    /// What a CONNECT_ERROR says: an object with a message, or a bare text.
    init(refusal payload: JSONCursor?) {
        let parts = try? payload?.decode(Refusal.self)
        self.init(.refused, parts?.message ?? payload?.string ?? "refused", data: parts?.data)
    }

    private struct Refusal: Decodable {
        var message: String
        var data: RawJSON?
    }
}
