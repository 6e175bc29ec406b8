public import SIOEvents
public import SIOJSON
public import SocketIOProtocol

/// What can be sent to many sockets at once: a server (its `/` namespace), a namespace, or a ``BroadcastOperator``.
public protocol Broadcasting {
    /// All that this reaches.
    var broadcast: BroadcastOperator { get }
}

extension Broadcasting {
    /// Narrows to the sockets that are in any of the rooms, each of them once.
    public func to(_ rooms: String...) -> BroadcastOperator { broadcast.adding(rooms) }

    /// Narrows to the sockets that are in any of the rooms, each of them once.
    public func to(_ rooms: [String]) -> BroadcastOperator { broadcast.adding(rooms) }

    /// The same as ``to(_:)-(String...)``, for reading.
    public func `in`(_ rooms: String...) -> BroadcastOperator { broadcast.adding(rooms) }

    /// The same as ``to(_:)-([String])``, for reading.
    public func `in`(_ rooms: [String]) -> BroadcastOperator { broadcast.adding(rooms) }

    /// Leaves out the sockets that are in any of the rooms.
    public func except(_ rooms: String...) -> BroadcastOperator { broadcast.leavingOut(rooms) }

    /// Leaves out the sockets that are in any of the rooms.
    public func except(_ rooms: [String]) -> BroadcastOperator { broadcast.leavingOut(rooms) }

    /// Reaches only the sockets of this server, in a cluster.
    public var local: BroadcastOperator { broadcast.with { $0.local = true } }

    /// Lets the packet be dropped for clients that cannot take it at once.
    public var volatile: BroadcastOperator { broadcast.with { $0.volatile = true } }

    /// Says whether the packet may be compressed, where compression is in use.
    public func compress(_ compress: Bool) -> BroadcastOperator { broadcast.with { $0.compress = compress } }

    /// Sets how long acknowledgements are awaited.
    public func timeout(_ timeout: Duration) -> BroadcastOperator { broadcast.with { $0.timeout = timeout } }

    /// Sends an event.
    ///
    /// It is encoded once, now; what is encoded leaves in the order of the calls.
    ///
    /// - Parameters:
    ///   - event: The event's name, not a reserved one.
    ///   - arguments: The event's arguments. `Data` and `[UInt8]` in them, however deep, travel as binary.
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    @inlinable
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        try broadcast.emit(event) { writer in repeat try writer.append(each arguments) }
    }

    /// Sends an event with the types that its declaration says.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    @inlinable
    public func emit<each Argument>(_ event: Event<repeat each Argument>, _ arguments: repeat each Argument) throws {
        try emit(event.name, repeat each arguments)
    }

    /// Sends an event with one argument: the commonest shape, whose type the compiler knows all the way down.
    ///
    /// - Throws: `EncodingError` if the argument cannot be encoded.
    @inlinable
    public func emit<Argument: Encodable>(_ event: String, _ argument: Argument) throws {
        try broadcast.emit(event) { writer in try writer.append(argument) }
    }

    /// Sends an event with arguments that came from elsewhere, neither decoded nor encoded on the way.
    ///
    /// - Throws: ``ReservedEventName``; the arguments are JSON already.
    public func emit(_ event: String, arguments: Arguments) throws {
        try broadcast.emit(event) { $0.append(arguments.text.span.bytes, binary: arguments.attachments) }
    }

    /// Sends the event `message`.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    @inlinable
    public func send<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        try emit("message", repeat each arguments)
    }

    /// Sends an event and waits for every client's acknowledgement.
    ///
    /// Clients that disconnect meanwhile are not waited for.
    ///
    /// - Parameters:
    ///   - event: The event's name, not a reserved one.
    ///   - arguments: The event's arguments.
    /// - Returns: The first argument of each client's answer, in the order of arrival.
    /// - Throws: ``BroadcastTimeout`` with the answers that came if not all did in time, and `EncodingError`.
    public func emitWithAck<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument
    ) async throws -> [RawJSON] {
        let target = broadcast
        let packet = try EventPacket(
            event, namespace: target.namespace.name,
            acknowledgementID: target.namespace.sockets.acknowledgementID()
        ) { writer in repeat try writer.append(each arguments) }
        return try await target.namespace.broadcastWithAcknowledgements(packet, to: target.options)
    }

    /// Sends an event and waits for every client's acknowledgement, of the type that the event's declaration promises.
    ///
    /// - Throws: As ``emitWithAck(_:_:)``, and `DecodingError` if an answer does not fit the type.
    public func emitWithAck<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>, _ arguments: repeat each Argument
    ) async throws -> [Reply] {
        try await emitWithAck(event.name, repeat each arguments).map { try $0.decode(Reply.self) }
    }

    // MARK: Many sockets at once

    /// Has the sockets join rooms.
    public func socketsJoin(_ rooms: String...) { broadcast.join(rooms) }

    /// Has the sockets join rooms.
    public func socketsJoin(_ rooms: [String]) { broadcast.join(rooms) }

    /// Has the sockets leave rooms.
    public func socketsLeave(_ rooms: String...) { broadcast.leave(rooms) }

    /// Has the sockets leave rooms.
    public func socketsLeave(_ rooms: [String]) { broadcast.leave(rooms) }

    /// Disconnects the sockets.
    ///
    /// - Parameter close: Whether their connections end too, with all namespaces on them.
    public func disconnectSockets(close: Bool = false) { broadcast.disconnect(close: close) }

    /// Describes the sockets, those of other servers of a cluster too.
    ///
    /// - Throws: ``FetchSocketsTimeout`` with the sockets that are known if a server of the cluster did not answer in time,
    ///   ``ClusterError``, `CancellationError`.
    public func fetchSockets() async throws -> [RemoteSocket] { try await broadcast.fetch() }

    /// Counts the sockets, those of other servers of a cluster too, without describing them.
    ///
    /// The size of a room is `io.in("room").countSockets()`.
    ///
    /// - Throws: ``ClusterError`` if a server of the cluster did not answer in time, `CancellationError`.
    public func countSockets() async throws -> Int { try await broadcast.count() }
}
