import SIOBytes

/// A message that has begun and not ended (RFC 6455 §5.4): the only bytes that a decoder keeps.
struct WebSocketFragments: Sendable {
    let kind: WebSocketMessageKind
    /// Whether the bytes are compressed, so that nothing can be said of the text yet.
    let isCompressed: Bool
    private(set) var bytes: [UInt8] = []
    private var count = 0
    private var validator = UTF8Validator()

    init(_ kind: WebSocketMessageKind, isCompressed: Bool = false) {
        self.kind = kind
        self.isCompressed = isCompressed
    }

    /// Whether one more fragment, of `length` bytes, keeps the message within the limits.
    func admit(_ length: Int, limits: WebSocketLimits) throws(WebSocketError) {
        guard count < limits.maxFragments else { throw .tooManyFragments }
        // Compared so that neither side can overflow: `length` is at most the frame's limit, whatever that is.
        guard length <= limits.maxMessageSize - bytes.count,
            count < limits.maxMessageSize / max(limits.fragmentOverhead, 1) || limits.fragmentOverhead == 0
        else { throw .messageTooBig }
    }

    /// Takes the next fragment, which was admitted.
    ///
    /// - Throws: When the text so far is not the beginning of any text.
    mutating func append(_ payload: RawSpan, isFinal: Bool) throws(WebSocketError) {
        if kind == .text, !isCompressed {
            guard validator.consume(payload), !isFinal || validator.isComplete else { throw .textNotUTF8 }
        }
        count += 1
        unsafe payload.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
}
