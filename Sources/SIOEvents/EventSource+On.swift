public import SocketIOProtocol

extension EventSource {
    // MARK: Events by name

    /// Calls the handler with each event of a name.
    ///
    /// The arguments are decoded to the handler's types; what does not fit is reported to `onError(_:)`, and the
    /// handler is not called. Arguments that are missing are nil where the type has a nil; further ones are dropped. If
    /// the peer asks for an acknowledgement, it gets one without arguments when the handler returns.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - handler: Called on the socket's event loop, in the order of arrival.
    /// - Returns: A token to take the handler off again.
    @inlinable
    @discardableResult
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener {
        listen(to: event, EventHandler.calling(handler))
    }

    /// Calls the handler with each event of a name, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func on<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Listener {
        listen(to: event, EventHandler.answering(handler))
    }

    /// Calls the handler with each event of a name, and with what it answers by.
    ///
    /// The acknowledgement may be kept and used later; it is nil if the peer does not ask for one.
    @inlinable
    @discardableResult
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (Acknowledgement?, repeat each Argument) throws -> Void
    ) -> Listener {
        listen(to: event, EventHandler.handing(handler))
    }

    /// Runs the handler as a task for each event of a name.
    ///
    /// The tasks start in the order of arrival, on the socket's event loop, and stay there unless they choose otherwise.
    @inlinable
    @discardableResult
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> Listener {
        listen(to: event, EventHandler.starting(handler))
    }

    /// Runs the handler as a task for each event of a name, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func on<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> Listener {
        listen(to: event, EventHandler.startingAndAnswering(handler))
    }

    // MARK: Events that are declared

    /// Calls the handler with each event of a declaration.
    @inlinable
    @discardableResult
    public func on<each Argument>(
        _ event: Event<repeat each Argument>,
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener {
        listen(to: event.name, EventHandler.calling(handler))
    }

    /// Calls the handler with each event of a declaration, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func on<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>,
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Listener {
        listen(to: event.name, EventHandler.answering(handler))
    }

    /// Runs the handler as a task for each event of a declaration.
    @inlinable
    @discardableResult
    public func on<each Argument>(
        _ event: Event<repeat each Argument>,
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> Listener {
        listen(to: event.name, EventHandler.starting(handler))
    }

    /// Runs the handler as a task for each event of a declaration, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func on<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>,
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> Listener {
        listen(to: event.name, EventHandler.startingAndAnswering(handler))
    }

    // MARK: Events as they come

    /// Calls the handler with each event of a name, its arguments as they came.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - handler: Given the arguments, and what to answer with if the peer asks for an acknowledgement.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func on(
        _ event: String, raw handler: @escaping @Sendable (Arguments, Acknowledgement?) throws -> Void
    ) -> Listener {
        listen(to: event) { try handler($0.allArguments, $0.acknowledgement) }
    }

    /// Calls the handler with every event, in front of the handlers of its name.
    @discardableResult
    public func onAny(_ handler: @escaping @Sendable (String, Arguments) throws -> Void) -> Listener {
        listen(to: nil) { try handler($0.name, $0.allArguments) }
    }

    /// The same as ``onAny(_:)``, in front of the handlers of every event that there are.
    @discardableResult
    public func prependAny(_ handler: @escaping @Sendable (String, Arguments) throws -> Void) -> Listener {
        listen(to: nil, options: .atFront) { try handler($0.name, $0.allArguments) }
    }
}
