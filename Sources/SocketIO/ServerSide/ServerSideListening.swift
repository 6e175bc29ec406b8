public import SIOEvents
public import SocketIOProtocol

/// Where events of the cluster's other servers are listened to: a server (its `/` namespace), a namespace, or a
/// ``ParentNamespace``, for all its children.
///
/// ```swift
/// let rooms = io.of(matching: /\/room-\d+/)
/// rooms.onServerSideEmit("reload") { (name: String) in templates.reload(name) }
/// ```
public protocol ServerSideListening {
    /// Who listens.
    var serverSideListeners: ServerSideListeners { get }
}

extension ServerSideListening {
    // MARK: Listening by name

    /// Calls the handler with each event of a name that another server sends.
    ///
    /// The arguments are decoded as for `Socket.on(_:_:)`. If the other server wants an answer, it gets null when the
    /// handler returns.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - handler: Called on an event loop, always the same; what it throws is reported to ``Server/onError(_:)``.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func onServerSideEmit<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> ServerSideListener {
        listen(to: event) { event in
            var reader = event.arguments
            try handler(repeat try reader.next((each Argument).self))
            event.reply?()
        }
    }

    /// Calls the handler with each event of a name that another server sends, and answers with what it returns.
    @discardableResult
    public func onServerSideEmit<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> ServerSideListener {
        listen(to: event) { event in
            var reader = event.arguments
            let reply = try handler(repeat try reader.next((each Argument).self))
            try event.reply?(reply)
        }
    }

    /// Runs the handler as a task for each event of a name that another server sends.
    @discardableResult
    public func onServerSideEmit<each Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> ServerSideListener {
        listen(to: event) { event in
            var reader = event.arguments
            let arguments = (repeat try reader.next((each Argument).self))
            let reply = event.reply
            event.run {
                try await handler(repeat each arguments)
                reply?()
            }
        }
    }

    /// Runs the handler as a task for each event of a name that another server sends, and answers with what it returns.
    @discardableResult
    public func onServerSideEmit<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> ServerSideListener {
        listen(to: event) { event in
            var reader = event.arguments
            let arguments = (repeat try reader.next((each Argument).self))
            let reply = event.reply
            event.run {
                let value = try await handler(repeat each arguments)
                try reply?(value)
            }
        }
    }

    // MARK: Listening to declared events

    /// Calls the handler with each event of a declaration that another server sends.
    @discardableResult
    public func onServerSideEmit<each Argument>(
        _ event: Event<repeat each Argument>, _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> ServerSideListener {
        onServerSideEmit(event.name, handler)
    }

    /// Calls the handler with each event of a declaration that another server sends, and answers with what it returns.
    @discardableResult
    public func onServerSideEmit<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>,
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> ServerSideListener {
        onServerSideEmit(event.name, handler)
    }

    /// Runs the handler as a task for each event of a declaration that another server sends.
    @discardableResult
    public func onServerSideEmit<each Argument>(
        _ event: Event<repeat each Argument>,
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> ServerSideListener {
        onServerSideEmit(event.name, handler)
    }

    /// Runs the handler as a task for each event of a declaration, and answers with what it returns.
    @discardableResult
    public func onServerSideEmit<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>,
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> ServerSideListener {
        onServerSideEmit(event.name, handler)
    }

    // MARK: Listening to events as they come

    /// Calls the handler with each event of a name that another server sends, its arguments as they came.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - handler: Given the arguments, and what to answer with, now or later, if an answer is wanted.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func onServerSideEmit(
        _ event: String, raw handler: @escaping @Sendable (Arguments, ServerSideReply?) throws -> Void
    ) -> ServerSideListener {
        listen(to: event) { try handler($0.allArguments, $0.reply) }
    }

    private func listen(to event: String, _ body: @escaping ServerSideListeners.Body) -> ServerSideListener {
        serverSideListeners.add(event, body)
    }
}
