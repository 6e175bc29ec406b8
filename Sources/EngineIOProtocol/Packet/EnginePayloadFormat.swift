/// How the packets of a polling payload are told from each other.
package enum EnginePayloadFormat: Sendable, CaseIterable {
    /// The record separator, U+001E, stands between two (EIO4 "HTTP long-polling").
    case separated
    /// The length stands before each, in UTF-16 code units: `<length>:<packet>` (EIO3 "Payload").
    case counted
    /// A byte for text or bytes, and the length in bytes stand before each, not as text (EIO3 "Payload").
    case binary
}
