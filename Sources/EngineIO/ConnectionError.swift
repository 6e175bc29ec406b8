import EngineIOProtocol

/// Why a request was refused: what `EngineServer.onConnectionError(_:)` tells.
///
/// The client is told the code and the message only.
public struct ConnectionError: Error, Sendable {
    /// The request.
    public let request: IncomingRequest
    /// The number that tells the client why.
    ///
    /// | code | meaning |
    /// |---|---|
    /// | 0 | transport unknown |
    /// | 1 | session unknown |
    /// | 2 | bad handshake method |
    /// | 3 | bad request |
    /// | 4 | forbidden |
    /// | 5 | unsupported protocol version |
    public let code: Int
    /// The text that tells the client why.
    public let message: String
    /// What was wrong, under the reference's names: `transport`, `sid`, `method`, `origin`, `protocol`, `name` and others.
    public let context: [String: String]
    /// What a check, a middleware or the maker of ids threw, if that was the reason.
    public let underlyingError: (any Error)?

    init(_ error: EngineError, _ request: IncomingRequest, _ underlyingError: (any Error)?) {
        self.request = request
        code = error.code.rawValue
        message = error.message
        context = error.context.fields
        self.underlyingError = underlyingError
    }
}

extension EngineError.Context {
    /// The context under the reference's names.
    fileprivate var fields: [String: String] {
        switch self {
        case .transport(let name): name.map { ["transport": $0] } ?? [:]
        case .sid(let sid): ["sid": sid]
        case .method(let method): ["method": method]
        case .invalidOrigin(let origin): ["name": "INVALID_ORIGIN", "origin": origin]
        case .originNotAllowed(let origin): ["name": "ORIGIN_NOT_ALLOWED", "origin": origin]
        case .transportMismatch(let transport, let previous):
            [
                "name": "TRANSPORT_MISMATCH", "transport": transport.rawValue, "previousTransport": previous.rawValue,
            ]
        case .transportHandshakeError: ["name": "TRANSPORT_HANDSHAKE_ERROR"]
        case .idGenerationError: ["name": "ID_GENERATION_ERROR"]
        case .middlewareFailure: ["name": "MIDDLEWARE_FAILURE"]
        case .message(let message): ["message": message]
        case .protocolVersion(let version): version.map { ["protocol": $0] } ?? [:]
        }
    }
}
