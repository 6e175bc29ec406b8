/// A handler that listens to a socket's events.
public final class Listener: Sendable {
    private let socket: @Sendable () -> Socket?
    let event: String?

    init(socket: Socket, event: String?) {
        self.socket = { [weak socket] in socket }
        self.event = event
    }

    /// Takes the handler off.
    public func off() {
        socket()?.onLoop { [self] in $0.remove(self) }
    }
}

extension Socket {
    /// Adds a handler for an event; nil: for every event.
    func listen(to event: String?, once: Bool = false, _ body: @escaping EventHandler.Body) -> Listener {
        let listener = Listener(socket: self, event: event)
        onLoop { $0.add(EventHandler(listener: listener, isOnce: once, body: body), for: event) }
        return listener
    }

    /// Takes off all handlers of an event.
    public func off(_ event: String) {
        onLoop { $0.removeHandlers(of: event) }
    }

    /// Takes off all handlers of every event that ``onAny(_:)`` added.
    public func offAny() {
        onLoop { $0.removeHandlers(of: nil) }
    }
}
