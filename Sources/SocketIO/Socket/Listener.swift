import Synchronization

/// A handler that listens to a socket's events: a token to take it off again.
///
/// Who has no use for it need not keep it: the handler itself is the socket's, until that is disconnected.
public struct Listener: Sendable {
    /// What a socket calls for an event.
    @usableFromInline
    typealias Body = @Sendable (borrowing IncomingEvent) throws -> Void

    private let socket: Socket
    private let number: UInt32

    init(_ number: UInt32, of socket: Socket) {
        self.number = number
        self.socket = socket
    }

    /// Takes the handler off.
    public func off() {
        socket.onLoop { [number] in $0.removeListener(number) }
    }
}

extension Socket {
    /// Adds a handler for an event; nil: for every event.
    @usableFromInline
    func listen(to event: String?, once: Bool = false, _ body: @escaping Listener.Body) -> Listener {
        let number = nextListenerNumber()
        let entry = ListenerTable.Entry(number, event: event, isOnce: once, body: body)
        // Said here too, because the work for another time would be an object of its own.
        if loop.isCurrent { core.value.add(entry) } else { onLoop { $0.add(entry) } }
        return Listener(number, of: self)
    }

    func nextListenerNumber() -> UInt32 { listenerCount.add(1, ordering: .relaxed).newValue }

    /// Takes off all handlers of an event.
    public func off(_ event: String) {
        onLoop { $0.removeListeners(of: event) }
    }

    /// Takes off all handlers of every event that ``onAny(_:)`` added.
    public func offAny() {
        onLoop { $0.removeListeners(of: nil) }
    }
}
