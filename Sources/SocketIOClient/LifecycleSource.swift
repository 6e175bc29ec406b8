public import EngineIOClient
public import SocketIOProtocol

/// What tells of its own life: a socket, or the manager of its connection.
public protocol LifecycleSource: AnyObject, Sendable {
    /// What may happen to it.
    associatedtype Change: Sendable

    /// Adds a handler: what `on(_:_:)` and `once(_:_:)` are made of.
    ///
    /// - Parameter handler: Called on the source's event loop.
    /// - Returns: A token to take the handler off again.
    func listen(_ handler: LifecycleHandler<Change>) -> LifecycleListener

    /// Takes off all handlers for what happens to the source, of one kind.
    func off<Value>(_ event: Lifecycle<Change, Value>)

    /// Whether anybody listens to this kind of what happens to the source.
    func hasListeners<Value>(_ event: Lifecycle<Change, Value>) async -> Bool
}

extension LifecycleSource {
    /// Calls the handler when this happens.
    ///
    /// ```swift
    /// socket.on(.connect) { print("connected as \(socket.id ?? "")") }
    /// socket.on(.connectError) { failure in print(failure) }
    /// socket.on(.disconnect) { reason in print(reason) }
    /// manager.on(.reconnect) { attempt in print("back after \(attempt) attempts") }
    /// ```
    ///
    /// - Parameters:
    ///   - event: Of a socket `.connect`, `.connectError` or `.disconnect`; of a manager `.open`, `.error`, `.close`, `.upgrade`,
    ///     `.ping`, `.reconnectAttempt`, `.reconnectError`, `.reconnectFailed` or `.reconnect`.
    ///   - handler: Called on the source's event loop. What it throws is reported to ``Manager/onError(_:)``.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func on<Value>(
        _ event: Lifecycle<Change, Value>, _ handler: @escaping @Sendable (Value) throws -> Void
    ) -> LifecycleListener {
        listen(event.calling(handler, once: false))
    }

    /// Runs the handler as a task when this happens.
    @discardableResult
    public func on<Value>(
        _ event: Lifecycle<Change, Value>, _ handler: @escaping @Sendable (Value) async throws -> Void
    ) -> LifecycleListener {
        listen(event.starting(handler, once: false))
    }

    /// Calls the handler the next time when this happens, and not again.
    ///
    /// It is taken off before it is called.
    @discardableResult
    public func once<Value>(
        _ event: Lifecycle<Change, Value>, _ handler: @escaping @Sendable (Value) throws -> Void
    ) -> LifecycleListener {
        listen(event.calling(handler, once: true))
    }

    /// Runs the handler as a task the next time when this happens, and not again.
    @discardableResult
    public func once<Value>(
        _ event: Lifecycle<Change, Value>, _ handler: @escaping @Sendable (Value) async throws -> Void
    ) -> LifecycleListener {
        listen(event.starting(handler, once: true))
    }
}

extension LifecycleSource {
    // MARK: Ends

    /// Calls the handler when this ends, with the reason and with what exactly went wrong.
    ///
    /// ```swift
    /// socket.on(.disconnect) { reason, error in print(reason, error?.closeCode as Any, error?.status as Any) }
    /// ```
    ///
    /// - Parameters:
    ///   - event: A socket's `.disconnect`, or a manager's `.close`.
    ///   - handler: Given the reason, and what went wrong with the connection: the WebSocket's close code, the status and body of
    ///     an answer, what the network or TLS said. That is nil where the reason says all: one of the two sides left, or
    ///     was silent for too long. Called on the source's event loop.
    /// - Returns: A token to take the handler off again.
    @discardableResult
    public func on(
        _ event: Lifecycle<Change, DisconnectReason>,
        _ handler: @escaping @Sendable (DisconnectReason, EngineClientError?) throws -> Void
    ) -> LifecycleListener {
        listen(event.withError.calling({ try handler($0.0, $0.1) }, once: false))
    }

    /// Runs the handler as a task when this ends, with the reason and with what exactly went wrong.
    @discardableResult
    public func on(
        _ event: Lifecycle<Change, DisconnectReason>,
        _ handler: @escaping @Sendable (DisconnectReason, EngineClientError?) async throws -> Void
    ) -> LifecycleListener {
        listen(event.withError.starting({ try await handler($0.0, $0.1) }, once: false))
    }

    /// Calls the handler the next time when this ends, with the reason and with what exactly went wrong.
    @discardableResult
    public func once(
        _ event: Lifecycle<Change, DisconnectReason>,
        _ handler: @escaping @Sendable (DisconnectReason, EngineClientError?) throws -> Void
    ) -> LifecycleListener {
        listen(event.withError.calling({ try handler($0.0, $0.1) }, once: true))
    }

    /// Runs the handler as a task the next time when this ends, with the reason and with what exactly went wrong.
    @discardableResult
    public func once(
        _ event: Lifecycle<Change, DisconnectReason>,
        _ handler: @escaping @Sendable (DisconnectReason, EngineClientError?) async throws -> Void
    ) -> LifecycleListener {
        listen(event.withError.starting({ try await handler($0.0, $0.1) }, once: true))
    }
}

extension Lifecycle {
    /// The same kind, which also tells what went wrong.
    var withError: Lifecycle<Change, (Value, EngineClientError?)> {
        Lifecycle<Change, (Value, EngineClientError?)>(name) { change in value(change).map { ($0, error(change)) } }
    }

    func calling(_ body: @escaping @Sendable (Value) throws -> Void, once: Bool) -> LifecycleHandler<Change> {
        LifecycleHandler(event: name, isOnce: once) { change in
            value(change).map { value in .inline { try body(value) } }
        }
    }

    func starting(_ body: @escaping @Sendable (Value) async throws -> Void, once: Bool) -> LifecycleHandler<Change> {
        LifecycleHandler(event: name, isOnce: once) { change in
            value(change).map { value in .task { try await body(value) } }
        }
    }
}
