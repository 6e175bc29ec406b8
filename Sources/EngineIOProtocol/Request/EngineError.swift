package import SIOBytes

/// Why a request was refused, with the answer that it gets (EIO4; the table of `Server.errors` in the reference).
package struct EngineError: Error, Equatable, Sendable {
    /// The number that tells the client why.
    package enum Code: Int, Sendable, CaseIterable {
        case transportUnknown = 0
        case sessionUnknown = 1
        case badHandshakeMethod = 2
        case badRequest = 3
        case forbidden = 4
        case unsupportedProtocolVersion = 5
    }

    /// What the server's operator may want to know, and the client must not.
    package enum Context: Equatable, Sendable {
        /// The `transport` query, nil when there was none.
        case transport(String?)
        /// The `sid` query.
        case sid(String)
        case method(String)
        case invalidOrigin(String)
        /// The origin of a page that may not use a WebSocket.
        case originNotAllowed(String)
        case transportMismatch(transport: EngineTransport, previous: EngineTransport)
        case transportHandshakeError
        case idGenerationError
        case middlewareFailure
        /// The message of whoever forbade the request.
        case message(String)
        /// The `EIO` query, nil when there was none.
        case protocolVersion(String?)
    }

    package var code: Code
    package var message: String
    package var context: Context

    package init(_ code: Code, _ context: Context, message: String? = nil) {
        self.code = code
        self.context = context
        self.message = message ?? code.message
    }

    /// The refusal of a request by the application (`allowRequest`).
    package static func forbidden(_ message: String? = nil) -> EngineError {
        let message = message ?? Code.forbidden.message
        return EngineError(.forbidden, .message(message), message: message)
    }

    /// The refusal of a WebSocket that a page of another origin asks for (RFC 6455 §10.2).
    package static func originNotAllowed(_ origin: String) -> EngineError {
        EngineError(.forbidden, .originNotAllowed(origin), message: "Origin not allowed")
    }

    package static func unknownSession(_ sid: String) -> EngineError {
        EngineError(.sessionUnknown, .sid(sid))
    }

    package static func transportMismatch(_ transport: EngineTransport, current: EngineTransport) -> EngineError {
        EngineError(.badRequest, .transportMismatch(transport: transport, previous: current))
    }

    /// The status of the answer to a plain request.
    package var status: Int { code == .forbidden ? 403 : 400 }

    /// The status of the answer to a WebSocket handshake: 400 whatever the code, as in the reference.
    ///
    /// Only an origin is refused as RFC 6455 §4.2.2 wants it; the reference does not look at it.
    package var handshakeStatus: Int {
        if case .originNotAllowed = context { 403 } else { 400 }
    }

    /// Appends the body of the HTTP answer: `{"code":N,"message":"…"}`, of the type `application/json`.
    package func appendBody(to buffer: inout ByteBuffer) {
        buffer.append("{\"code\":")
        buffer.append(decimal: code.rawValue)
        buffer.append(",\"message\":")
        buffer.append(jsonString: message)
        buffer.append("}")
    }
}

extension EngineError.Code {
    /// The reference's text for the code.
    package var message: String {
        switch self {
        case .transportUnknown: "Transport unknown"
        case .sessionUnknown: "Session ID unknown"
        case .badHandshakeMethod: "Bad handshake method"
        case .badRequest: "Bad request"
        case .forbidden: "Forbidden"
        case .unsupportedProtocolVersion: "Unsupported protocol version"
        }
    }
}
