/// Why a connection is closed (RFC 6455 §7.4, and the IANA registry for 1012–1014).
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code, as it goes over the wire.
    public let rawValue: UInt16

    /// A code: applications have 4000…4999 for their own.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The purpose that the connection was opened for is fulfilled.
    public static let normalClosure = Self(rawValue: 1000)
    /// A server shuts down, or a browser leaves the page.
    public static let goingAway = Self(rawValue: 1001)
    /// The peer broke the protocol.
    public static let protocolError = Self(rawValue: 1002)
    /// The peer sent a kind of message that is not taken: binary where text was wanted, perhaps.
    public static let unsupportedData = Self(rawValue: 1003)
    /// Never on the wire: the close frame that came held no code.
    public static let noStatusReceived = Self(rawValue: 1005)
    /// Never on the wire: the connection ended without a close frame.
    public static let abnormalClosure = Self(rawValue: 1006)
    /// A message was not what its kind says: a text that is not UTF-8.
    public static let invalidFramePayloadData = Self(rawValue: 1007)
    /// The peer may not do what it did; for whatever has no code of its own.
    public static let policyViolation = Self(rawValue: 1008)
    /// A message was too big.
    public static let messageTooBig = Self(rawValue: 1009)
    /// A client needed an extension that the server did not agree to.
    public static let mandatoryExtension = Self(rawValue: 1010)
    /// A server failed.
    public static let internalError = Self(rawValue: 1011)
    /// The server restarts; come back in a while.
    public static let serviceRestart = Self(rawValue: 1012)
    /// The server has too much to do; come back later.
    public static let tryAgainLater = Self(rawValue: 1013)
    /// A gateway got an answer that makes no sense.
    public static let badGateway = Self(rawValue: 1014)
    /// Never on the wire: the TLS handshake failed.
    public static let tlsHandshake = Self(rawValue: 1015)

    /// Whether a close frame may hold the code.
    ///
    /// RFC 6455 §7.4.2: 0–999 are not used, 1004–1006 and 1015 are reserved, 1016–2999 are for later versions,
    /// 3000–4999 belong to libraries and applications.
    public var isValidOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// The number.
    public var description: String { String(rawValue) }
}
