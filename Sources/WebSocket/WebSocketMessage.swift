/// A message: text or bytes (RFC 6455 §5.6).
public enum WebSocketMessage: Sendable, Hashable {
    /// Text.
    case text(String)
    /// Bytes.
    case binary([UInt8])

    /// The bytes of the message; of a text, those of its UTF-8.
    public var count: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        }
    }

    /// The text; nil if the message is binary.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The bytes; nil if the message is a text.
    public var binary: [UInt8]? {
        if case .binary(let bytes) = self { bytes } else { nil }
    }
}
