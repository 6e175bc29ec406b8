import EngineIOClient

/// One kind of what happens to a connection itself.
///
/// For example `.connect` or `.disconnect`.
public struct Lifecycle<Change: Sendable, Value: Sendable>: Sendable {
    /// The reference's name of the event.
    let name: String
    /// What a change of this kind tells; nil for another.
    let value: @Sendable (Change) -> Value?
    /// What went wrong below, if a change of this kind tells that.
    let error: @Sendable (Change) -> EngineClientError?

    init(
        _ name: String, _ value: @escaping @Sendable (Change) -> Value?,
        error: @escaping @Sendable (Change) -> EngineClientError? = { _ in nil }
    ) {
        self.name = name
        self.value = value
        self.error = error
    }
}

/// A handler for what happens to a connection: a token to take it off again.
public struct LifecycleListener: Sendable {
    let remove: @Sendable () -> Void

    /// Takes the handler off.
    public func off() {
        remove()
    }
}

/// What is called for one kind of what happens to a connection: what ``LifecycleSource``'s `on` and `once` make.
public struct LifecycleHandler<Change: Sendable>: Sendable {
    enum Call: Sendable {
        /// Called at once.
        case inline(@Sendable () throws -> Void)
        /// Run as a task.
        case task(@Sendable () async throws -> Void)
    }

    /// The event's name.
    let event: String
    /// Whether it is taken off when it is called.
    let isOnce: Bool
    /// What to do for a change; nil if it is of another kind.
    let call: @Sendable (Change) -> Call?
}
