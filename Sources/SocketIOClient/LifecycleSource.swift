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

extension Lifecycle {
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
