public import SocketIOProtocol

/// What happens to a socket itself.
public enum SocketEvent: Sendable {
    /// The socket is about to be disconnected; its rooms are still set.
    case disconnecting
    /// The socket was disconnected, and has left its rooms.
    case disconnect
}

extension Socket {
    // MARK: Its own end

    /// Calls the handler when the socket is disconnected.
    ///
    /// - Parameters:
    ///   - event: Before or behind the leaving of its rooms.
    ///   - handler: Given the reason.
    public func on(_ event: SocketEvent, _ handler: @escaping @Sendable (DisconnectReason) -> Void) {
        onLoop { $0.add(handler, for: event) }
    }

    // MARK: Events by name

    /// Calls the handler with each event of a name.
    ///
    /// The arguments are decoded to the handler's types; what does not fit is reported to ``Server/onError(_:)``, and the
    /// handler is not called. Arguments that are missing are nil where the type has a nil; further ones are dropped. If
    /// the client asks for an acknowledgement, it gets one without arguments when the handler returns.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - handler: Called on the socket's event loop, in the order of arrival.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener {
        listen(event) { incoming in
            var reader = incoming.arguments
            try handler(repeat try reader.next((each Argument).self))
            try incoming.acknowledgement?()
        }
    }

    /// Calls the handler with each event of a name, and acknowledges with what it returns.
    @discardableResult
    public func on<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Listener {
        listen(event) { incoming in
            var reader = incoming.arguments
            let reply = try handler(repeat try reader.next((each Argument).self))
            try incoming.acknowledgement?(reply)
        }
    }

    /// Runs the handler as a task for each event of a name.
    ///
    /// The tasks start in the order of arrival, on the socket's event loop, and stay there unless they choose otherwise.
    @discardableResult
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> Listener {
        listen(event) { incoming in
            var reader = incoming.arguments
            let arguments = (repeat try reader.next((each Argument).self))
            incoming.run { acknowledgement in
                try await handler(repeat each arguments)
                try acknowledgement?()
            }
        }
    }

    /// Runs the handler as a task for each event of a name, and acknowledges with what it returns.
    @discardableResult
    public func on<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> Listener {
        listen(event) { incoming in
            var reader = incoming.arguments
            let arguments = (repeat try reader.next((each Argument).self))
            incoming.run { acknowledgement in
                let reply = try await handler(repeat each arguments)
                try acknowledgement?(reply)
            }
        }
    }

    // MARK: Events that are declared

    /// Calls the handler with each event of a declaration.
    @discardableResult
    public func on<each Argument>(
        _ event: Event<repeat each Argument>, _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener {
        on(event.name, handler)
    }

    /// Runs the handler as a task for each event of a declaration.
    @discardableResult
    public func on<each Argument>(
        _ event: Event<repeat each Argument>, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> Listener {
        on(event.name, handler)
    }

    /// Calls the handler with each event of a declaration, and acknowledges with what it returns.
    @discardableResult
    public func on<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>,
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Listener {
        on(event.name, handler)
    }

    /// Runs the handler as a task for each event of a declaration, and acknowledges with what it returns.
    @discardableResult
    public func on<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>,
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> Listener {
        on(event.name, handler)
    }

    // MARK: Events as they come

    /// Calls the handler with each event of a name, its arguments as they came.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - handler: Given the arguments, and what to answer with if the client asks for an acknowledgement.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func on(
        _ event: String, raw handler: @escaping @Sendable (Arguments, Acknowledgement?) throws -> Void
    ) -> Listener {
        listen(event) { try handler($0.arguments.all, $0.acknowledgement) }
    }

    /// Calls the handler with every event, in front of the handlers of its name.
    @discardableResult
    public func onAny(_ handler: @escaping @Sendable (String, Arguments) throws -> Void) -> Listener {
        listen(nil) { try handler($0.name, $0.arguments.all) }
    }

    /// Takes off all handlers of an event.
    public func off(_ event: String) {
        onLoop { $0.removeHandlers(of: event) }
    }

    private func listen(
        _ event: String?, _ body: @escaping @Sendable (IncomingEvent) throws -> Void
    ) -> Listener {
        let listener = Listener(socket: self, event: event)
        onLoop { $0.add(EventHandler(listener: listener, body: body), for: event) }
        return listener
    }
}

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

/// What a socket calls for an event.
struct EventHandler: Sendable {
    let listener: Listener
    let body: @Sendable (IncomingEvent) throws -> Void
}

extension IncomingEvent {
    /// Runs an async handler on the socket's loop, beginning at once.
    func run(_ body: @escaping @Sendable (Acknowledgement?) async throws -> Void) {
        let acknowledgement = self.acknowledgement
        let socket = self.socket
        let name = self.name
        Task.immediate(executorPreference: socket.loop) {
            do {
                try await body(acknowledgement)
            } catch {
                socket.report(error, event: name)
            }
        }
    }
}
