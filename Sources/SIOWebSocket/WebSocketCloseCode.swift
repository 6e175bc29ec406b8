/// Why a connection is closed (RFC 6455 §7.4, and the IANA registry for 1012–1014).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let normalClosure = Self(rawValue: 1000)
    package static let goingAway = Self(rawValue: 1001)
    package static let protocolError = Self(rawValue: 1002)
    package static let unsupportedData = Self(rawValue: 1003)
    /// Never on the wire: the close frame that came held no code.
    package static let noStatusReceived = Self(rawValue: 1005)
    /// Never on the wire: the connection ended without a close frame.
    package static let abnormalClosure = Self(rawValue: 1006)
    package static let invalidFramePayloadData = Self(rawValue: 1007)
    package static let policyViolation = Self(rawValue: 1008)
    package static let messageTooBig = Self(rawValue: 1009)
    package static let mandatoryExtension = Self(rawValue: 1010)
    package static let internalError = Self(rawValue: 1011)
    package static let serviceRestart = Self(rawValue: 1012)
    package static let tryAgainLater = Self(rawValue: 1013)
    package static let badGateway = Self(rawValue: 1014)
    /// Never on the wire: the TLS handshake failed.
    package static let tlsHandshake = Self(rawValue: 1015)

    /// Whether a close frame may hold the code.
    ///
    /// RFC 6455 §7.4.2: 0–999 are not used, 1004–1006 and 1015 are reserved, 1016–2999 are for later versions,
    /// 3000–4999 belong to libraries and applications.
    package var isValidOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
