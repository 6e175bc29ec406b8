import Synchronization

/// Where events arrive that somebody listens to: a server's socket, or a client's.
public protocol EventSource: AnyObject, Sendable {
    /// Adds a handler: what `on(_:_:)` and its kin are made of.
    ///
    /// - Parameters:
    ///   - event: The event's name; nil: every event, in front of the handlers of its name.
    ///   - options: Where it stands, and when it is taken off.
    ///   - body: Called on the source's event loop, in the order of arrival.
    /// - Returns: A token to take the handler off again.
    func listen(to event: String?, options: ListenerOptions, _ body: consuming @escaping Listener.Body) -> Listener

    /// Takes the handler off that the token stands for.
    func off(_ listener: Listener)

    /// Takes off all handlers of an event.
    func off(_ event: String)

    /// Takes off all handlers of every event that `onAny(_:)` added.
    func offAny()
}

/// Where a handler stands among others, and when it is taken off.
public struct ListenerOptions: OptionSet, Sendable {
    /// The options as bits.
    public let rawValue: UInt8

    /// The options of these bits.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// It is taken off when it is called.
    @inlinable public static var once: ListenerOptions { ListenerOptions(rawValue: 1) }
    /// It stands in front of the handlers of every event that there are.
    @inlinable public static var atFront: ListenerOptions { ListenerOptions(rawValue: 2) }
    /// It is taken off when the source will have no more events, unless somebody has it begin anew.
    @inlinable public static var untilEnd: ListenerOptions { ListenerOptions(rawValue: 4) }
}

/// A handler that listens to events: a token to take it off again.
///
/// Who has no use for it need not keep it: the handler itself is the source's, which lets go of it when it ends.
public struct Listener: Sendable {
    /// What is called for an event.
    public typealias Body = @Sendable (borrowing IncomingEvent) throws -> Void

    private let source: any EventSource
    package let number: UInt32

    package init(_ number: UInt32, of source: any EventSource) {
        self.number = number
        self.source = source
    }

    /// Takes the handler off.
    public func off() {
        source.off(self)
    }
}

extension EventSource {
    @usableFromInline
    func listen(to event: String?, _ body: consuming @escaping Listener.Body) -> Listener {
        listen(to: event, options: [], body)
    }
}
