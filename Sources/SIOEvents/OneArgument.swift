public import SocketIOProtocol

// The commonest shapes once more, for one argument: the compiler knows its type all the way down, where it looks at each
// element of a pack anew for every event.

extension Emitting {
    /// Sends an event with one argument to the peer.
    ///
    /// - Throws: As ``emit(_:_:)-(String,_)``.
    @inlinable
    public func emit<Argument: Encodable>(_ event: String, _ argument: Argument) throws {
        let emitter = emitter
        try emitter.socket.emit(event, options: emitter.options) { writer in try writer.append(argument) }
    }

    /// Sends an event with the type that its declaration says.
    ///
    /// - Throws: `EncodingError` if the argument cannot be encoded.
    @inlinable
    public func emit<Argument>(_ event: Event<Argument>, _ argument: Argument) throws {
        try emit(event.name, argument)
    }
}

extension EmittingSocket {
    /// Sends an event with one argument to the peer.
    ///
    /// Said of a socket once more, because an emitter that is made of it would hold it, and holding is counted.
    ///
    /// - Throws: `EncodingError` if the argument cannot be encoded, ``ReservedEventName``.
    @inlinable
    public func emit<Argument: Encodable>(_ event: String, _ argument: Argument) throws {
        try emit(event, options: EmitOptions()) { writer in try writer.append(argument) }
    }
}

extension Acknowledgement {
    /// Answers with one argument.
    ///
    /// - Throws: `EncodingError` if it cannot be encoded; nothing was answered then, and it may be tried again.
    @inlinable
    public func callAsFunction<Argument: Encodable>(_ argument: Argument) throws {
        try answer { writer in try writer.append(argument) }
    }
}

extension EventSource {
    /// Calls the handler with each event of a name.
    @inlinable
    @discardableResult
    public func on<Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (Argument) throws -> Void
    ) -> Listener {
        listen(to: event) { event in
            var reader = event.arguments
            try handler(reader.next(Argument.self))
            try event.acknowledgement?()
        }
    }

    /// Calls the handler with each event of a name, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func on<Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (Argument) throws -> Reply
    ) -> Listener {
        listen(to: event) { event in
            var reader = event.arguments
            let reply = try handler(reader.next(Argument.self))
            try event.acknowledgement?(reply)
        }
    }

    /// Calls the handler with each event of a name, and with what it answers by.
    @inlinable
    @discardableResult
    public func on<Argument: Decodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (Acknowledgement?, Argument) throws -> Void
    ) -> Listener {
        listen(to: event) { event in
            var reader = event.arguments
            try handler(event.acknowledgement, reader.next(Argument.self))
        }
    }

    /// Calls the handler with each event of a declaration.
    @inlinable
    @discardableResult
    public func on<Argument>(
        _ event: Event<Argument>, _ handler: @escaping @Sendable (Argument) throws -> Void
    ) -> Listener {
        on(event.name, handler)
    }

    /// Calls the handler with each event of a declaration, and acknowledges with what it returns.
    @inlinable
    @discardableResult
    public func on<Argument, Reply>(
        _ event: Event<Argument>.Acknowledged<Reply>, _ handler: @escaping @Sendable (Argument) throws -> Reply
    ) -> Listener {
        on(event.name, handler)
    }
}
