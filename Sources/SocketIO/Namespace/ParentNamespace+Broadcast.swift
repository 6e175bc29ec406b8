public import SocketIOProtocol

/// The sockets of all children of a ``ParentNamespace``, and how to send to them.
///
/// Each word makes a new operator; nothing is shared. Which children there are is looked at when something is sent.
public struct ParentBroadcast: Sendable {
    let parent: ParentNamespace
    var options = BroadcastOptions()

    private func with(_ change: (inout BroadcastOptions) -> Void) -> ParentBroadcast {
        var copy = self
        change(&copy.options)
        return copy
    }

    /// Narrows to the sockets that are in any of the rooms.
    public func to(_ rooms: String...) -> ParentBroadcast { with { $0.rooms.formUnion(rooms) } }

    /// The same as ``to(_:)``, for reading.
    public func `in`(_ rooms: String...) -> ParentBroadcast { with { $0.rooms.formUnion(rooms) } }

    /// Leaves out the sockets that are in any of the rooms.
    public func except(_ rooms: String...) -> ParentBroadcast { with { $0.except.formUnion(rooms) } }

    /// Reaches only the sockets of this server, in a cluster.
    public var local: ParentBroadcast { with { $0.local = true } }

    /// Lets the packet be dropped for clients that cannot take it at once.
    public var volatile: ParentBroadcast { with { $0.volatile = true } }

    /// Says whether the packet may be compressed, where compression is in use.
    public func compress(_ compress: Bool) -> ParentBroadcast { with { $0.compress = compress } }

    /// Sends an event.
    ///
    /// - Parameters:
    ///   - event: The event's name, not a reserved one.
    ///   - arguments: The event's arguments.
    /// - Throws: `EncodingError` if an argument cannot be encoded, ``ReservedEventName``.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        for child in operators { try child.emit(event, repeat each arguments) }
    }

    /// Sends an event with the types that its declaration says.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    public func emit<each Argument>(_ event: Event<repeat each Argument>, _ arguments: repeat each Argument) throws {
        for child in operators { try child.emit(event, repeat each arguments) }
    }

    /// Sends the event `message`.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    public func send<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        try emit("message", repeat each arguments)
    }

    /// Has the sockets join rooms.
    public func socketsJoin(_ rooms: String...) { for child in operators { child.socketsJoin(rooms) } }

    /// Has the sockets leave rooms.
    public func socketsLeave(_ rooms: String...) { for child in operators { child.socketsLeave(rooms) } }

    /// Disconnects the sockets.
    ///
    /// - Parameter close: Whether their connections end too, with all namespaces on them.
    public func disconnectSockets(close: Bool = false) {
        for child in operators { child.disconnectSockets(close: close) }
    }

    private var operators: [BroadcastOperator] {
        parent.children.map { BroadcastOperator(namespace: $0, options: options) }
    }
}

extension ParentNamespace {
    /// All sockets of all children.
    public var broadcast: ParentBroadcast { ParentBroadcast(parent: self) }

    /// Narrows to the sockets that are in any of the rooms, in all children.
    public func to(_ rooms: String...) -> ParentBroadcast { with(rooms) { $0.rooms.formUnion($1) } }

    /// The same as ``to(_:)``, for reading.
    public func `in`(_ rooms: String...) -> ParentBroadcast { with(rooms) { $0.rooms.formUnion($1) } }

    /// Leaves out the sockets that are in any of the rooms, in all children.
    public func except(_ rooms: String...) -> ParentBroadcast { with(rooms) { $0.except.formUnion($1) } }

    /// Sends an event to all sockets of all children.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        try broadcast.emit(event, repeat each arguments)
    }

    /// Sends the event `message` to all sockets of all children.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    public func send<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        try broadcast.send(repeat each arguments)
    }

    private func with(
        _ rooms: [String], _ change: (inout BroadcastOptions, [String]) -> Void
    ) -> ParentBroadcast {
        var broadcast = self.broadcast
        change(&broadcast.options, rooms)
        return broadcast
    }
}
