/// A peer's fault.
///
/// The raw value names it in logs; ``status`` is the answer that a server gives.
///
/// After any of these nobody can tell where the next message begins, so the connection ends with the answer.
package enum HTTPError: String, Error, Equatable, Sendable {
    /// The first line of a request is not `method SP target SP version` (RFC 9112 §3).
    case invalidRequestLine = "invalid-request-line"
    /// The target is in none of the four forms, or not in the one that its method asks for (RFC 9112 §3.2).
    case invalidTarget = "invalid-target"
    /// The request line is longer than ``HTTPLimits/maxRequestLine``.
    case requestLineTooLong = "request-line-too-long"
    /// The version is neither 1.0 nor 1.1.
    case unsupportedVersion = "unsupported-version"
    /// `CONNECT`: this is no proxy.
    case unsupportedMethod = "unsupported-method"
    /// The first line of a response is not `version SP code SP phrase` (RFC 9112 §4).
    case invalidStatusLine = "invalid-status-line"
    /// A line ends in LF without CR.
    case bareLineFeed = "bare-line-feed"
    /// A field's value goes on in the next line (RFC 9112 §5.2).
    case lineFolding = "line-folding"
    /// A field's name is no token, or no colon follows it directly (RFC 9112 §5.1).
    case invalidFieldName = "invalid-field-name"
    /// A field's value holds a control character (RFC 9110 §5.5).
    case invalidFieldValue = "invalid-field-value"
    /// The header fields are larger than ``HTTPLimits/maxHeaderBytes``.
    case headersTooLarge = "headers-too-large"
    /// The header fields are more than ``HTTPLimits/maxHeaderCount``.
    case tooManyHeaders = "too-many-headers"
    /// A request of HTTP/1.1 has no `Host` (RFC 9112 §3.2).
    case missingHost = "missing-host"
    /// There are several `Host` fields, or it is no host with an optional port.
    case invalidHost = "invalid-host"
    /// `Content-Length` is no decimal number, or there are several.
    case invalidContentLength = "invalid-content-length"
    /// Both `Content-Length` and `Transfer-Encoding` are there, the classic of request smuggling (RFC 9112 §6.3).
    case conflictingLengths = "conflicting-lengths"
    /// `Transfer-Encoding` does not end in one `chunked`, stands there twice, or in HTTP/1.0 (RFC 9112 §6.1).
    case invalidTransferEncoding = "invalid-transfer-encoding"
    /// `Transfer-Encoding` asks for more than `chunked`.
    case unsupportedTransferEncoding = "unsupported-transfer-encoding"
    /// `Expect` asks for something else than `100-continue` (RFC 9110 §10.1.1).
    case unsupportedExpectation = "unsupported-expectation"
    /// The body is larger than the request's limit.
    case bodyTooLarge = "body-too-large"
    /// A chunk's size is no hexadecimal number, or its data does not end where it says (RFC 9112 §7.1).
    case invalidChunk = "invalid-chunk"
    /// A chunk's first line is longer than ``HTTPLimits/maxChunkLine``, or all extensions than their limit.
    case chunkExtensionsTooLarge = "chunk-extensions-too-large"
    /// The driver waited too long for the rest of the request.
    case requestTimeout = "request-timeout"
    /// The stream ended within a message.
    case prematureEnd = "premature-end"
    /// The 1xx responses are more than ``HTTPLimits/maxInformationalResponses``.
    case tooManyInformationalResponses = "too-many-informational-responses"

    /// The answer that a server gives to a client with this fault.
    package var status: HTTPStatus {
        switch self {
        case .invalidRequestLine, .invalidTarget, .invalidStatusLine, .bareLineFeed, .lineFolding, .invalidFieldName,
            .invalidFieldValue, .missingHost, .invalidHost, .invalidContentLength, .conflictingLengths,
            .invalidTransferEncoding, .invalidChunk, .chunkExtensionsTooLarge, .prematureEnd,
            .tooManyInformationalResponses:
            .badRequest
        case .requestTimeout: .requestTimeout
        case .bodyTooLarge: .contentTooLarge
        case .requestLineTooLong: .uriTooLong
        case .unsupportedExpectation: .expectationFailed
        case .headersTooLarge, .tooManyHeaders: .headersTooLarge
        case .unsupportedMethod, .unsupportedTransferEncoding: .notImplemented
        case .unsupportedVersion: .versionNotSupported
        }
    }
}
