/// What a message's bytes mean.
package enum WebSocketMessageKind: Sendable {
    /// UTF-8, checked.
    case text
    case binary
}

/// Where a message's bytes are.
package enum WebSocketPayload: Equatable, Sendable {
    /// In the window that was decoded, unmasked: the message came in one frame.
    case window(Range<Int>)
    /// Here: the message came in fragments, which were joined.
    case assembled([UInt8])
}

/// What a decoder found.
///
/// Ranges count from the window's first byte.
package enum WebSocketEvent: Equatable, Sendable {
    /// A whole message.
    case message(WebSocketMessageKind, WebSocketPayload)
    /// A whole message that is compressed (RFC 7692 §6.2); of a text nothing is checked yet.
    case compressed(WebSocketMessageKind, WebSocketPayload)
    /// A fragment that is not a message's last; it was taken, and there is nothing to hand on yet.
    case fragment
    /// A ping: to be answered with a pong that holds the same bytes (RFC 6455 §5.5.3).
    case ping(Range<Int>)
    /// A pong, asked for or not (RFC 6455 §5.5.3).
    case pong(Range<Int>)
    /// The close frame; the decoder finds nothing behind it.
    case close(WebSocketCloseFrame)
}
