public import SocketIOProtocol

/// Events that a sequence could not keep, because nobody took those before them.
public struct EventsDropped: Error, Sendable, CustomStringConvertible {
    /// The event's name.
    public let event: String
    /// The events that the sequence keeps.
    public let limit: Int

    /// One line for a log.
    public var description: String { "\"\(event)\" was dropped: \(limit) events wait to be taken" }
}

/// Does something when nobody holds it any more.
private final class AtEnd: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    deinit {
        body()
    }

    func whileThere<Result>(_ body: () -> Result) -> Result { body() }
}

extension EventSource {
    // MARK: Events as a sequence

    /// The events of a name, from now until there will be no more: a server's socket ends when it is
    /// disconnected, a client's when it does not connect again by itself.
    ///
    /// ```swift
    /// for await (text, sentAt) in socket.events("chat message", as: String.self, Date.self) { … }
    /// ```
    ///
    /// Each is taken by one loop only. A peer that asks for an acknowledgement gets it when the event arrives.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - types: What its arguments are decoded to, as for `on(_:_:)`.
    ///   - limit: The events that wait to be taken at most. What arrives beyond is dropped, and reported to
    ///     `onError(_:)` as ``EventsDropped``.
    /// - Returns: The sequence. Its listener is taken off when it ends, or when nobody keeps it any more.
    public func events<each Argument: Decodable & Sendable>(
        _ event: String, as types: repeat (each Argument).Type, limit: Int = 1024
    ) -> AsyncStream<(repeat each Argument)> {
        precondition(limit > 0, "a sequence that can keep nothing")
        let (stream, continuation) = AsyncStream.makeStream(
            of: (repeat each Argument).self, bufferingPolicy: .bufferingOldest(limit))
        // The listener goes when it is taken off, and with the socket: then the sequence is at its end.
        let end = AtEnd { continuation.finish() }
        let body = EventHandler.calling { (arguments: repeat each Argument) throws -> Void in
            if case .dropped = end.whileThere({ continuation.yield((repeat each arguments)) }) {
                throw EventsDropped(event: event, limit: limit)
            }
        }
        let listener = listen(to: event, options: .untilEnd, body)
        continuation.onTermination = { _ in listener.off() }
        return stream
    }

    /// The events of a declaration, from now until there will be no more.
    ///
    /// See ``events(_:as:limit:)``.
    public func events<each Argument>(
        _ event: Event<repeat each Argument>, limit: Int = 1024
    ) -> AsyncStream<(repeat each Argument)> {
        events(event.name, as: repeat (each Argument).self, limit: limit)
    }
}
