import SIOBytes

/// A handler that listens to a socket's events.
public final class Listener: Sendable {
    /// What a socket calls for an event.
    @usableFromInline
    typealias Body = @Sendable (borrowing IncomingEvent) throws -> Void

    // The socket holds its listeners until it is disconnected, and lets go of them then.
    private let socket: Socket
    /// The event's name; nil for every event.
    let event: String?
    /// Whether it is taken off when it is called.
    let isOnce: Bool
    private let body: Body

    init(socket: Socket, event: String?, isOnce: Bool, body: @escaping Body) {
        self.socket = socket
        self.event = event
        self.isOnce = isOnce
        self.body = body
    }

    /// Whether it listens to the event with this name in UTF-8.
    func isTo(_ name: RawSpan) -> Bool {
        guard let event else { return false }
        return event.utf8Span.span.bytes.hasSameBytes(as: name)
    }

    @inline(__always)
    func call(_ event: borrowing IncomingEvent) throws {
        try body(event)
    }

    /// Takes the handler off.
    public func off() {
        socket.onLoop { [self] in $0.remove(self) }
    }
}

extension Socket {
    /// Adds a handler for an event; nil: for every event.
    @usableFromInline
    func listen(to event: String?, once: Bool = false, _ body: @escaping Listener.Body) -> Listener {
        let listener = Listener(socket: self, event: event, isOnce: once, body: body)
        onLoop { $0.add(listener) }
        return listener
    }

    /// Takes off all handlers of an event.
    public func off(_ event: String) {
        onLoop { $0.removeListeners(of: event) }
    }

    /// Takes off all handlers of every event that ``onAny(_:)`` added.
    public func offAny() {
        onLoop { $0.removeListeners(of: nil) }
    }
}
