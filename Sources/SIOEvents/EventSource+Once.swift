public import SocketIOProtocol

extension EventSource {
    // MARK: Events by name

    /// Calls the handler with the next event of a name, and with no other.
    ///
    /// It is taken off before it is called, and also when the event's arguments do not fit its types.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - handler: As for `on(_:_:)`.
    /// - Returns: A token to take the handler off before.
    @inlinable
    @discardableResult
    public func once<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener {
        listen(to: event, options: .once, EventHandler.calling(handler))
    }

    /// Calls the handler with the next event of a name, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func once<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Listener {
        listen(to: event, options: .once, EventHandler.answering(handler))
    }

    /// Calls the handler with the next event of a name, and with what it answers by.
    @inlinable
    @discardableResult
    public func once<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (Acknowledgement?, repeat each Argument) throws -> Void
    ) -> Listener {
        listen(to: event, options: .once, EventHandler.handing(handler))
    }

    /// Runs the handler as a task for the next event of a name.
    @inlinable
    @discardableResult
    public func once<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> Listener {
        listen(to: event, options: .once, EventHandler.starting(handler))
    }

    /// Runs the handler as a task for the next event of a name, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func once<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> Listener {
        listen(to: event, options: .once, EventHandler.startingAndAnswering(handler))
    }

    // MARK: Events that are declared

    /// Calls the handler with the next event of a declaration.
    @inlinable
    @discardableResult
    public func once<each Argument>(
        _ event: Event<repeat each Argument>,
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener {
        listen(to: event.name, options: .once, EventHandler.calling(handler))
    }

    /// Calls the handler with the next event of a declaration, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func once<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>,
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Listener {
        listen(to: event.name, options: .once, EventHandler.answering(handler))
    }

    /// Runs the handler as a task for the next event of a declaration.
    @inlinable
    @discardableResult
    public func once<each Argument>(
        _ event: Event<repeat each Argument>,
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> Listener {
        listen(to: event.name, options: .once, EventHandler.starting(handler))
    }

    /// Runs the handler as a task for the next event of a declaration, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func once<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>,
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> Listener {
        listen(to: event.name, options: .once, EventHandler.startingAndAnswering(handler))
    }

    // MARK: Events as they come

    /// Calls the handler with the next event of a name, its arguments as they came.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - handler: Given the arguments, and what to answer with if the peer asks for an acknowledgement.
    /// - Returns: A token to take the handler off before.
    @discardableResult
    public func once(
        _ event: String, raw handler: @escaping @Sendable (Arguments, Acknowledgement?) throws -> Void
    ) -> Listener {
        listen(to: event, options: .once) { try handler($0.allArguments, $0.acknowledgement) }
    }
}
