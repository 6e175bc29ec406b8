/// An event that a decoder found, and where its bytes end.
@usableFromInline
package struct Step<Event> {
    @usableFromInline package var event: Event
    /// The offset behind the event's last byte, in the window it was found in.
    @usableFromInline package var end: Int

    @inlinable
    package init(_ event: Event, end: Int) {
        self.event = event
        self.end = end
    }
}

extension Step: Sendable where Event: Sendable {}

/// A machine that finds events in a stream of bytes, and keeps no unread bytes itself.
///
/// The caller owns the bytes, in one contiguous window. It asks again and again, each time from the last step's
/// `end`; when the answer is nil it waits for more bytes, and presents what is unread with the new bytes behind it.
/// So bytes are decoded where they were received, and one piece of code, the caller's, keeps what is left over.
/// Ranges in an event count from the window's first byte.
package protocol StreamDecoder {
    associatedtype Event
    associatedtype Failure: Error

    /// The next event at or after `offset`, or nil when the bytes do not complete one.
    ///
    /// The bytes may be changed in place, behind `offset` and within the event only (a WebSocket frame is unmasked
    /// where it lies); bytes of an event that is not complete stay as they are.
    ///
    /// - Throws: The peer's fault. The stream cannot be decoded any further.
    mutating func next(in window: inout MutableRawSpan, from offset: Int) throws(Failure) -> Step<Event>?
}
