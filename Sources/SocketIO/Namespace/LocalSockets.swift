import SIONet
import Synchronization

/// This server's own sockets of a namespace, spread over its event loops.
///
/// An operation is carried out on each loop for the sockets that live there: at once on the caller's own loop, in the
/// next turn on others, in the order of the calls.
public final class LocalSockets: Sendable {
    /// The namespace's name.
    public let namespace: String
    let shards: [LoopBound<NamespaceShard>]
    /// What keeps events for clients that come back; nil where that is not wanted.
    let recovery: Recovery?
    private let count = Atomic<Int>(0)
    private let nextAcknowledgement = Atomic<UInt64>(0)

    init(namespace: String, loops: [EventLoop], recovery: ConnectionStateRecovery? = nil) {
        self.namespace = namespace
        self.recovery = recovery.map { Recovery($0, loops: loops) }
        shards = loops.map { LoopBound(NamespaceShard(loop: $0), to: $0) }
    }

    /// The number of sockets.
    public var socketsCount: Int { count.load(ordering: .relaxed) }

    /// A fresh id to acknowledge with: the ids are the namespace's, so that one packet can ask many sockets.
    public func acknowledgementID() -> UInt64 {
        nextAcknowledgement.add(1, ordering: .relaxed).oldValue
    }

    // MARK: On a socket's loop

    func shard(on loop: EventLoop) -> NamespaceShard { shards[loop.index].value }

    func add(_ socket: SocketCore) {
        shard(on: socket.loop).add(socket)
        count.add(1, ordering: .relaxed)
    }

    func remove(_ socket: SocketCore) {
        shard(on: socket.loop).remove(socket)
        count.subtract(1, ordering: .relaxed)
    }

    // MARK: Operations

    /// Sends a packet to the sockets that the options choose.
    public func broadcast(_ packet: EventPacket, to options: BroadcastOptions) {
        if let recovery, packet.offset != nil {
            recovery.append(packet, to: .many(options), compress: options.compress)
            return forEachShard { $0.send(from: recovery) }
        }
        forEachShard { shard in
            shard.forEach(options) { $0.send(packet, volatile: options.volatile, compress: options.compress) }
            if shard.hearers > 0 { for socket in shard.select(options) { socket.tell(packet) } }
        }
    }

    /// Sends a packet that asks for acknowledgements to the sockets that the options choose.
    public func broadcast(
        _ packet: EventPacket, to options: BroadcastOptions, collecting collector: AcknowledgementCollector
    ) {
        collector.expectServers(shards.count)
        // The collector keeps the time; the sockets keep the question a little longer than that.
        let timeout = (options.timeout ?? .seconds(30)) + .seconds(1)
        forEachShard { shard in
            let chosen = shard.select(options)
            collector.expectClients(chosen.count)
            for socket in chosen {
                socket.send(packet, collecting: collector, timeout: timeout, compress: options.compress)
            }
        }
    }

    /// Describes the sockets that the options choose.
    public func fetchSockets(_ options: BroadcastOptions) async -> [SocketDescription] {
        var all: [SocketDescription] = []
        for shard in shards {
            all += await shard.loop.call { shard.value.select(options).map(\.description) }
        }
        return all
    }

    /// Has the chosen sockets join rooms.
    public func addSockets(_ options: BroadcastOptions, to rooms: [String]) {
        forEachShard { shard in
            for socket in shard.select(options) { socket.join(rooms) }
        }
    }

    /// Has the chosen sockets leave rooms.
    public func removeSockets(_ options: BroadcastOptions, from rooms: [String]) {
        forEachShard { shard in
            for socket in shard.select(options) { socket.leave(rooms) }
        }
    }

    /// Disconnects the chosen sockets.
    public func disconnectSockets(_ options: BroadcastOptions, close: Bool) {
        forEachShard { shard in
            for socket in shard.select(options) { socket.disconnect(close: close) }
        }
    }

    private func forEachShard(_ body: @escaping @Sendable (NamespaceShard) -> Void) {
        for shard in shards { shard.loop.run { body(shard.value) } }
    }
}
