import SocketIOProtocol

/// Sockets that are chosen, and how to send to them.
///
/// Each word makes a new operator; nothing is shared.
public struct BroadcastOperator: Broadcasting, Sendable {
    let namespace: Namespace
    var options = BroadcastOptions()

    /// The operator itself.
    public var broadcast: BroadcastOperator { self }

    func with(_ change: (inout BroadcastOptions) -> Void) -> BroadcastOperator {
        var copy = self
        change(&copy.options)
        return copy
    }

    func adding(_ rooms: [String]) -> BroadcastOperator { with { $0.rooms.formUnion(rooms) } }

    func leavingOut(_ rooms: [String]) -> BroadcastOperator { with { $0.except.formUnion(rooms) } }

    /// Sends the event whose arguments the body writes.
    @usableFromInline
    func emit(_ event: String, _ arguments: (inout PacketWriter) throws -> Void) throws {
        let recovery = options.volatile ? nil : namespace.sockets.recovery
        try namespace.broadcast(
            EventPacket(event, namespace: namespace.name, recovery: recovery, arguments), to: options)
    }

    func join(_ rooms: [String]) { namespace.adapter.addSockets(options, to: rooms) }

    func leave(_ rooms: [String]) { namespace.adapter.removeSockets(options, from: rooms) }

    func disconnect(close: Bool) { namespace.adapter.disconnectSockets(options, close: close) }

    func fetch() async throws -> [RemoteSocket] {
        try await namespace.adapter.fetchSockets(options).map { RemoteSocket(description: $0, namespace: namespace) }
    }

    func count() async throws -> Int { try await namespace.adapter.countSockets(options) }
}
