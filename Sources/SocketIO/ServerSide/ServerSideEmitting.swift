public import SIOEvents
public import SIOJSON
public import SocketIOProtocol

/// What can send events to the other servers of a cluster, and hear theirs: a server (its `/` namespace), or a namespace.
///
/// ```swift
/// io.onServerSideEmit("reload") { (name: String) in templates.reload(name) }
/// io.onServerSideEmit("load") { () in Load.current }
///
/// try io.serverSideEmit("reload", "index")
/// let loads = try await io.serverSideEmitWithAck("load")
/// ```
public protocol ServerSideEmitting: Broadcasting {}

extension ServerSideEmitting {
    // MARK: Sending

    /// Sends an event to all other servers of the cluster; not to clients, and not to this server.
    ///
    /// - Parameters:
    ///   - event: The event's name; not `connect`, `connection` or `new_namespace`.
    ///   - arguments: The event's arguments.
    /// - Throws: `EncodingError` if an argument cannot be encoded, ``ReservedEventName``.
    public func serverSideEmit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        let event = try ServerSideEvent.encode(event, Arguments(repeat each arguments))
        broadcast.namespace.adapter.serverSideEmit(event)
    }

    /// Sends an event to all other servers of the cluster, with the types that its declaration says.
    ///
    /// - Throws: As ``serverSideEmit(_:_:)``.
    public func serverSideEmit<each Argument>(
        _ event: Event<repeat each Argument>, _ arguments: repeat each Argument
    ) throws {
        try serverSideEmit(event.name, repeat each arguments)
    }

    /// Sends an event to all other servers of the cluster, and waits for an answer of each.
    ///
    /// Servers that go meanwhile are not waited for. One on which nobody listens to the event does not answer.
    ///
    /// - Parameters:
    ///   - event: The event's name; not `connect`, `connection` or `new_namespace`.
    ///   - arguments: The event's arguments.
    /// - Returns: The answers, in the order of arrival; none if there is no other server.
    /// - Throws: ``ServerSideEmitTimeout`` with the answers that came if not all did in time, `EncodingError`,
    ///   ``ReservedEventName``, ``ClusterError``, `CancellationError`.
    public func serverSideEmitWithAck<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument
    ) async throws -> [RawJSON] {
        let event = try ServerSideEvent.encode(event, Arguments(repeat each arguments))
        return try await broadcast.namespace.adapter.serverSideEmitWithAck(event)
    }

    /// Sends an event to all other servers of the cluster, and waits for the answers that its declaration promises.
    ///
    /// - Throws: As ``serverSideEmitWithAck(_:_:)``, and `DecodingError` if an answer does not fit the type.
    public func serverSideEmitWithAck<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>, _ arguments: repeat each Argument
    ) async throws -> [Reply] {
        try await serverSideEmitWithAck(event.name, repeat each arguments).map { try $0.decode(Reply.self) }
    }

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
        broadcast.namespace.sockets.serverSideListeners.add(event, body)
    }
}
