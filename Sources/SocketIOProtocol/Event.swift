import SIOBytes

/// What there is to know about the names of events.
public enum EventName {
    /// The names that Socket.IO keeps for itself; nobody may send them.
    public static let reserved = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// Whether Socket.IO keeps the name for itself.
    public static func isReserved(_ name: String) -> Bool {
        name.withUTF8Bytes { isReserved($0) }
    }

    /// Whether these UTF-8 bytes are a reserved name.
    static func isReserved(_ name: RawSpan) -> Bool {
        switch name.byteCount {
        case 7: name.equals("connect")
        case 10: name.equals("disconnect")
        case 11: name.equals("newListener")
        case 13: name.equals("connect_error") || name.equals("disconnecting")
        case 14: name.equals("removeListener")
        default: false
        }
    }
}

/// Somebody tried to send an event whose name Socket.IO keeps for itself.
public struct ReservedEventName: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let name: String

    /// The error in the reference's words.
    public var description: String { "\"\(name)\" is a reserved event name" }

    package init(_ name: String) { self.name = name }
}

/// An event's name together with the types of its arguments, declared once and checked on both ends.
///
/// ```swift
/// let message = Event<String, Date>("chat message")
/// ```
public struct Event<each Argument: Codable & Sendable>: Sendable {
    /// The event's name on the wire.
    public let name: String

    /// Declares an event.
    ///
    /// - Parameter name: A name that is not reserved.
    public init(_ name: String) {
        precondition(!EventName.isReserved(name), "\"\(name)\" is a reserved event name")
        self.name = name
    }

    /// An event that is answered.
    ///
    /// ```swift
    /// let history = Event<Int>.Acknowledged<[String]>("history")
    /// ```
    public struct Acknowledged<Reply: Codable & Sendable>: Sendable {
        /// The event's name on the wire.
        public let name: String

        /// Declares an event with an answer.
        ///
        /// - Parameter name: A name that is not reserved.
        public init(_ name: String) {
            precondition(!EventName.isReserved(name), "\"\(name)\" is a reserved event name")
            self.name = name
        }
    }
}

/// An event without arguments.
///
/// The name for what can hardly be spelled: `<>` is an operator to Swift, and the formatter knows no space there.
// swift-format-ignore
public typealias Signal = Event< >
