import SIOJSON

extension ClientSocket {
    /// How a socket connects and sends; the defaults are the reference's.
    public struct Configuration: Sendable {
        /// What the server's middleware is told of who connects.
        public var auth = Auth.none
        /// How often an event is sent again when its acknowledgement does not come in time; nil: not at all.
        ///
        /// With it every event is sent so, also with `emit`: one after the other, each behind the acknowledgement of the one
        /// before, also across connections. The server may get an event more than once.
        public var retries: Int?
        /// How long an acknowledgement is awaited where nothing else is said; nil: until the connection goes.
        public var ackTimeout: Duration?
        /// The packets that may wait for the connection.
        public var maxBufferedPackets = 10_000
        /// The bytes of the packets that may wait for the connection.
        public var maxBufferedBytes = 16 * 1024 * 1024

        /// The reference's defaults.
        ///
        /// - Parameter auth: What the server's middleware is told of who connects.
        public init(auth: Auth = .none) {
            self.auth = auth
        }
    }

    /// What the server's middleware is told of who connects, as `handshake.auth`.
    public struct Auth: Sendable {
        enum Form: Sendable {
            case none
            case value(Result<RawJSON, any Error>)
            case closure(@Sendable () async throws -> RawJSON)
        }

        let form: Form

        /// Nothing.
        public static let none = Auth(form: .none)

        /// A value that becomes a JSON object.
        ///
        /// One that cannot be encoded lets the attempt to connect fail with ``ConnectFailure/Code-swift.struct/auth``.
        public static func value(_ value: some Encodable) -> Auth {
            Auth(form: .value(Result { try RawJSON(encoding: value) }))
        }

        /// What the closure makes, which is called for each attempt to connect: a token that is still valid.
        ///
        /// What it throws lets the attempt fail with ``ConnectFailure/Code-swift.struct/auth``.
        ///
        /// - Parameter make: Called on the socket's event loop.
        /// - Returns: What a configuration's `auth` may be.
        public static func each(_ make: @escaping @Sendable () async throws -> some Encodable & SendableMetatype)
            -> Auth
        {
            Auth(form: .closure { try RawJSON(encoding: await make()) })
        }
    }
}
