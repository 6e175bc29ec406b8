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

    /// What a message still takes.
    struct Room {
        /// Whether it may have one fragment more.
        let hasFragment: Bool
        /// The bytes that the fragment may have; negative when there are so many fragments that it may not have any.
        let bytes: Int

        /// Whether one more fragment, of `length` bytes, keeps the message within the limits.
        func admit(_ length: Int) throws(WebSocketError) {
            guard hasFragment else { throw .tooManyFragments }
            guard length <= bytes else { throw .messageTooBig }
        }
    }

    /// What the message still takes.
    func room(within limits: WebSocketLimits) -> Room {
        // Not multiplied, so that nothing can overflow.
        let isWorth =
            limits.fragmentOverhead == 0 || count < limits.maxMessageSize / max(limits.fragmentOverhead, 1)
        return Room(
            hasFragment: count < limits.maxFragments, bytes: isWorth ? limits.maxMessageSize - bytes.count : -1)
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
