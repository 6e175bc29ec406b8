/// What the verification of a request looks at: values that the HTTP layer found.
///
/// What nearly all requests say is no text here, so that to hand one on costs next to nothing.
package struct EngineRequest: Equatable, Sendable {
    /// The HTTP method.
    package var method: Method
    /// Whether the request asks for a WebSocket.
    package var isUpgrade: Bool
    /// The `transport` query.
    package var transport: Transport
    /// The `sid` query.
    package var sid: String?
    /// The `EIO` query.
    package var eio: Version
    /// The `Origin` header.
    package var origin: String?
    /// Whether there is a `b64` query.
    package var hasB64: Bool
    /// Whether there is a `j` query.
    package var hasJ: Bool

    package init(
        _ method: Method, isUpgrade: Bool, transport: Transport, sid: String?, eio: Version, origin: String?,
        hasB64: Bool, hasJ: Bool
    ) {
        self.method = method
        self.isUpgrade = isUpgrade
        self.transport = transport
        self.sid = sid
        self.eio = eio
        self.origin = origin
        self.hasB64 = hasB64
        self.hasJ = hasJ
    }

    /// A request whose method and query are texts.
    package init(
        method: String, isUpgrade: Bool = false, transport: String?, sid: String? = nil, eio: String? = "4",
        origin: String? = nil, hasB64: Bool = false, hasJ: Bool = false
    ) {
        self.init(
            Method(method), isUpgrade: isUpgrade, transport: Transport(transport), sid: sid, eio: Version(eio),
            origin: origin, hasB64: hasB64, hasJ: hasJ)
    }

    /// What to do with a request.
    package enum Verdict: Equatable, Sendable {
        /// Open a session, once the application allows it and ``EngineRequest/negotiate(_:)`` agrees.
        case open(EngineTransport)
        /// Hand the request to its session as a GET.
        case poll
        /// Hand the request to its session as a POST.
        case post
        /// Accept the WebSocket and hand it to its session.
        case upgrade
        /// Answer 500 with an empty body: the session exists, but the method is neither GET nor POST.
        case unsupportedMethod
        /// Answer with the error.
        case refuse(EngineError)
    }

    /// Verifies the request, in the reference's order.
    ///
    /// - Parameters:
    ///   - session: The transport of the session that ``sid`` names; nil when there is none of that name.
    ///   - transports: Those that clients may use.
    /// - Returns: What to do with it.
    package func verify(session: EngineTransport?, allowing transports: [EngineTransport]) -> Verdict {
        guard case .known(let transport) = transport, transports.contains(transport) else {
            return .refuse(EngineError(.transportUnknown, .transport(transport.name)))
        }
        if let origin, !Self.isValidHeaderValue(origin) {
            return .refuse(EngineError(.badRequest, .invalidOrigin(origin)))
        }
        if let sid {
            guard let session else { return .refuse(.unknownSession(sid)) }
            if isUpgrade {
                return transport == .websocket ? .upgrade : .refuse(EngineError(.badRequest, .transportHandshakeError))
            }
            guard transport == session else {
                return .refuse(.transportMismatch(transport, current: session))
            }
            // A plain request for a session on a WebSocket names the right transport, but has no business there.
            guard transport == .polling else { return .refuse(EngineError(.badRequest, .transportHandshakeError)) }
            switch method {
            case .get: return .poll
            case .post: return .post
            case .other: return .unsupportedMethod
            }
        }
        guard case .get = method else { return .refuse(EngineError(.badHandshakeMethod, .method(method.name))) }
        guard isUpgrade == (transport == .websocket) else {
            return .refuse(EngineError(.badRequest, .transportHandshakeError))
        }
        return .open(transport)
    }

    /// The version of the protocol that a new session speaks.
    ///
    /// Comes behind the application's own check. `EIO=4` means the fourth version, and all else, nothing included, the third.
    ///
    /// - Parameter versions: Those that clients may ask for.
    /// - Returns: The version.
    /// - Throws: It is none of them.
    package func negotiate(_ versions: [EngineProtocolVersion]) throws(EngineError) -> EngineProtocolVersion {
        let version: EngineProtocolVersion = if case .four = eio { .v4 } else { .v3 }
        if versions.contains(version) { return version }
        throw EngineError(.unsupportedProtocolVersion, .protocolVersion(eio.text))
    }

    /// Whether a header may have the value: no control characters but the tab (RFC 9110 §5.5).
    package static func isValidHeaderValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
