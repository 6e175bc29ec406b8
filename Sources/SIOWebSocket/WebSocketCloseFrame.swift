import SIOBytes

/// What a close frame says (RFC 6455 §5.5.1).
public struct WebSocketCloseFrame: Hashable, Sendable {
    /// The code, or nil when the frame is empty.
    public let code: WebSocketCloseCode?

    /// The reason, at most 123 bytes of UTF-8: people read it, programs do not.
    public let reason: String

    /// A close frame that may go on the wire.
    ///
    /// A reason of more than 123 bytes is cut where a character's encoding ends, because a long explanation is no
    /// cause to fail to close. A code that must not be sent, or a reason without a code, is the caller's mistake.
    package init(code: WebSocketCloseCode? = nil, reason: String = "") {
        precondition(code?.isValidOnWire ?? true, "a close code that must not be sent")
        precondition(code != nil || reason.isEmpty, "a close reason needs a code")
        self.code = code
        self.reason = reason.utf8.count <= 123 ? reason : Self.cut(reason)
    }

    /// Reads the payload of a close frame.
    init(payload: RawSpan) throws(WebSocketError) {
        switch payload.byteCount {
        case 0:
            code = nil
            reason = ""
        case 1:
            throw .truncatedCloseCode
        default:
            let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
            guard code.isValidOnWire else { throw .invalidCloseCode(code.rawValue) }
            let text = payload.extracting(droppingFirst: 2)
            guard UTF8Validator.isValid(text) else { throw .closeReasonNotUTF8 }
            self.code = code
            reason = text.string
        }
    }

    /// The first 123 bytes, or fewer: a string's subscript rounds down to where a character's encoding begins.
    private static func cut(_ reason: String) -> String {
        String(reason[..<reason.utf8.index(reason.startIndex, offsetBy: 123)])
    }
}
