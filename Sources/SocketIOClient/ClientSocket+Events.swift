public import SIOEvents
import SocketIOProtocol

extension ClientSocket: EventSource {
    /// Adds a handler for an event; nil: for every event.
    public func listen(to event: String?, options: ListenerOptions, _ body: @escaping Listener.Body) -> Listener {
        let entry = ListenerTable.Entry(nextListenerNumber(), event: event, options: options, body: body)
        onLoop { $0.listeners.add(entry) }
        return Listener(entry.number, of: self)
    }

    /// Takes the handler off.
    public func off(_ listener: Listener) {
        onLoop { core in
            let taken = core.listeners.remove(listener.number)
            withExtendedLifetime(taken) {}
            let hearers = core.outgoing.remove(listener.number)
            withExtendedLifetime(hearers) {}
        }
    }

    /// Takes off all handlers of an event.
    public func off(_ event: String) {
        onLoop { withExtendedLifetime($0.listeners.removeAll(of: event)) {} }
    }

    /// Takes off all handlers of every event that `onAny(_:)` added.
    public func offAny() {
        onLoop { withExtendedLifetime($0.listeners.removeAll(of: nil)) {} }
    }

    /// Takes off all handlers of events by their names, and all for what happens to the socket: `.connect` and its kin.
    ///
    /// Those of every event stay, as in the reference: see ``offAny()``.
    public func off() {
        onLoop { core in
            let taken = core.listeners.removeNamed()
            withExtendedLifetime(taken) {}
            core.handlers.removeAll(of: nil)
        }
    }

    /// Whether anybody listens to the event by its name.
    public func hasListeners(_ event: String) async -> Bool {
        await loop.callUnlessStopped { [self] in core.value.hasListeners(of: event) } ?? false
    }

    // MARK: Events that are sent

    /// Calls the handler with every event that is sent, when it leaves.
    ///
    /// - Parameter handler: Given the event's name and arguments, on the socket's event loop. Acknowledgements are no events.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func onAnyOutgoing(_ handler: @escaping @Sendable (String, Arguments) throws -> Void) -> Listener {
        addOutgoing(handler, atFront: false)
    }

    /// The same as ``onAnyOutgoing(_:)``, in front of the handlers that there are.
    @discardableResult
    public func prependAnyOutgoing(_ handler: @escaping @Sendable (String, Arguments) throws -> Void) -> Listener {
        addOutgoing(handler, atFront: true)
    }

    /// Takes off all handlers of what is sent.
    public func offAnyOutgoing() {
        onLoop { withExtendedLifetime($0.outgoing.remove(nil)) {} }
    }

    private func addOutgoing(
        _ handler: @escaping @Sendable (String, Arguments) throws -> Void, atFront: Bool
    ) -> Listener {
        let number = nextListenerNumber()
        onLoop { $0.outgoing.add(number, atFront: atFront, handler) }
        return Listener(number, of: self)
    }
}
