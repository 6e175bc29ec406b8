public import SIOEvents
import SocketIOProtocol
import Synchronization

extension Socket {
    // MARK: Events that arrive

    /// What an event passes before its handlers are called.
    public typealias EventMiddleware = @Sendable (_ event: String, _ arguments: Arguments) throws -> Void

    /// Has each event that arrives pass a middleware, in the order in which they were added, before any handler is called.
    ///
    /// - Parameter middleware: Lets the event through by returning. What it throws reaches ``onError(_:)``, and no handler
    ///   is called: a client that asked for an acknowledgement gets none.
    public func use(_ middleware: @escaping EventMiddleware) {
        onLoop { $0.changeExtras { $0.middlewares.append(.inline(middleware)) } }
    }

    /// Has each event that arrives pass a middleware that may wait for something.
    ///
    /// The events' middleware starts in the order of their arrival; one that waits longer than another may be overtaken.
    ///
    /// - Parameter middleware: As for ``use(_:)-(Socket.EventMiddleware)``.
    public func use(_ middleware: @escaping @Sendable (_ event: String, _ arguments: Arguments) async throws -> Void) {
        onLoop { $0.changeExtras { $0.middlewares.append(.task(middleware)) } }
    }

    /// Calls the handler with what the middleware of ``use(_:)-(Socket.EventMiddleware)`` throws.
    ///
    /// Without one, it is reported to ``Server/onError(_:)``.
    public func onError(_ handler: @escaping @Sendable (any Error) throws -> Void) {
        onLoop { $0.changeExtras { $0.errorHandlers.append(handler) } }
    }

    // MARK: Events that are sent

    /// Calls the handler with every event that is sent to the client, by itself or to many.
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
        onLoop { $0.removeOutgoing(nil) }
    }

    private func addOutgoing(
        _ handler: @escaping @Sendable (String, Arguments) throws -> Void, atFront: Bool
    ) -> Listener {
        let number = listenerCount.add(1, ordering: .relaxed).newValue
        onLoop { $0.addOutgoing(number, atFront: atFront, handler) }
        return Listener(number, of: self)
    }
}
