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
public protocol ServerSideEmitting: Broadcasting, ServerSideListening {}

extension ServerSideEmitting {
    /// Who listens.
    public var serverSideListeners: ServerSideListeners {
        broadcast.namespace.sockets.serverSideReceiver.listeners
    }

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
}
