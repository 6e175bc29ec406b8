public import SIOJSON
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
    /// The listeners that the last socket had when it was connected: as many as the next one will have, most often.
    let usualListeners = Atomic<Int>(0)
    /// The handlers of sockets that run as tasks.
    let runningTasks = Atomic<Int>(0)
    private let nextAcknowledgement = Atomic<UInt64>(0)

    /// What calls the handlers of events of other servers.
    let serverSideReceiver: ServerSideReceiver
    private let rooms: RoomWatch
    private let reports: ErrorReports

    init(
        namespace: String, parent: ParentNamespace? = nil, loops: [EventLoop],
        recovery: ConnectionStateRecovery? = nil, reports: ErrorReports
    ) {
        self.namespace = namespace
        self.reports = reports
        self.recovery = recovery.map { Recovery($0, loops: loops) }
        shards = loops.map { LoopBound(NamespaceShard(loop: $0), to: $0) }
        // There is always one: a group is never empty.
        let home = shards[0].loop
        rooms = RoomWatch(home: home)
        serverSideReceiver = ServerSideReceiver(
            namespace: namespace, parent: parent?.serverSideListeners, home: home, reports: reports)
    }

    /// The loop of what belongs to the namespace as a whole.
    var home: EventLoop { shards[0].loop }

    /// The number of sockets.
    public var socketsCount: Int { count.load(ordering: .relaxed) }

    /// A fresh id to acknowledge with: the ids are the namespace's, so that one packet can ask many sockets.
    public func acknowledgementID() -> UInt64 {
        nextAcknowledgement.add(1, ordering: .relaxed).oldValue
    }

    /// Reports an error of the adapter to ``Server/onError(_:)``.
    public func report(_ error: any Error) {
        reports.report(error)
    }

    /// Lets go of the application's handlers.
    func close() {
        serverSideReceiver.listeners.close()
        rooms.close()
    }

    // MARK: On a socket's loop

    func shard(on loop: EventLoop) -> NamespaceShard { shards[loop.index].value }

    /// Lets the body use a loop's shard.
    @inline(__always)
    func use<Result>(shardOn loop: EventLoop, _ body: (NamespaceShard) -> Result) -> Result {
        shards[loop.index].use(body)
    }

    func add(_ core: SocketCore, of socket: Socket) {
        use(shardOn: socket.loop) { $0.add(core, as: socket.id) }
        count.add(1, ordering: .relaxed)
    }

    func remove(_ core: SocketCore, of socket: Socket) {
        use(shardOn: socket.loop) { $0.remove(core, as: socket.id) }
        count.subtract(1, ordering: .relaxed)
    }

    func joined(_ id: String, room: String, on loop: @autoclosure () -> EventLoop) {
        if rooms.isOn { rooms.joined(id, room: room, in: shard(on: loop())) }
    }

    func left(_ id: String, room: String, on loop: @autoclosure () -> EventLoop) {
        if rooms.isOn { rooms.left(id, room: room, in: shard(on: loop())) }
    }

    // MARK: Rooms and events

    /// Calls the handler with what happens to the rooms of this server's sockets; see ``Namespace/onRoomEvent(_:)``.
    ///
    /// An adapter can subscribe by it to what concerns its rooms.
    @discardableResult
    public func onRoomEvent(_ handler: @escaping @Sendable (RoomEvent) -> Void) -> RoomListener {
        rooms.add(handler, shards: shards)
    }

    /// Hands in an event that another server has sent to the servers themselves.
    ///
    /// - Parameters:
    ///   - event: An array of the event's name and its arguments; anything else is reported and dropped.
    ///   - reply: Called once with the first answer, if there is one; nil if none is wanted.
    public func receive(serverSideEvent event: RawJSON, reply: (@Sendable (RawJSON) -> Void)? = nil) {
        serverSideReceiver.receive(event, reply: reply)
    }

    // MARK: Operations

    /// Sends a packet to the sockets that the options choose.
    public func broadcast(_ packet: EventPacket, to options: BroadcastOptions) {
        if let recovery, !options.volatile, let packet = packet.kept(by: recovery) {
            let ticket = recovery.append(packet, to: .many(options), compress: options.compress)
            return forEachShard { $0.goOn(with: recovery, upTo: ticket) }
        }
        inOrder { shard in
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
        inOrder { shard in
            let chosen = shard.select(options)
            collector.expectClients(chosen.count)
            for socket in chosen {
                socket.send(packet, collecting: collector, timeout: timeout, compress: options.compress)
            }
        }
    }

    /// Sends a packet that asks for acknowledgements to the sockets that the options choose, for another server.
    ///
    /// - Parameters:
    ///   - packet: The packet.
    ///   - options: The sockets, and how long to wait.
    ///   - counted: Called once with the number of sockets.
    ///   - settled: Called for each socket, with its answer, or with nil if it left; not at all if the time was up.
    func broadcast(
        _ packet: EventPacket, to options: BroadcastOptions,
        counted: @escaping @Sendable (Int) -> Void,
        settled: @escaping @Sendable (RawJSON?) -> Void
    ) {
        let timeout = (options.timeout ?? .seconds(30)) + .seconds(1)
        let sum = PartialSum(parts: shards.count)
        inOrder { shard in
            let chosen = shard.select(options)
            if let total = sum.add(chosen.count) { counted(total) }
            for socket in chosen {
                socket.send(packet, timeout: timeout, compress: options.compress) { outcome in
                    switch outcome {
                    case .answered(let arguments): settled((try? arguments.first) ?? .null)
                    case .failed(.timedOut): break
                    case .failed, .cancelled: settled(nil)
                    }
                }
            }
        }
    }

    /// Describes the sockets that the options choose.
    public func fetchSockets(_ options: BroadcastOptions) async -> [SocketDescription] {
        var all: [SocketDescription] = []
        for shard in shards {
            // A loop that was shut down has no sockets.
            all += await shard.loop.callUnlessStopped { shard.value.select(options).map(\.description) } ?? []
        }
        return all
    }

    /// The number of sockets that the options choose.
    public func countSockets(_ options: BroadcastOptions) async -> Int {
        if options.rooms.isEmpty, options.except.isEmpty { return socketsCount }
        var sum = 0
        for shard in shards {
            sum += await shard.loop.callUnlessStopped { shard.value.count(options) } ?? 0
        }
        return sum
    }

    /// Has the chosen sockets join rooms.
    public func addSockets(_ options: BroadcastOptions, to rooms: [String]) {
        inOrder { shard in
            for socket in shard.select(options) { socket.join(rooms) }
        }
    }

    /// Has the chosen sockets leave rooms.
    public func removeSockets(_ options: BroadcastOptions, from rooms: [String]) {
        inOrder { shard in
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

    private func inOrder(_ body: @escaping @Sendable (NamespaceShard) -> Void) {
        for shard in shards { carry(to: shard.loop, body) }
    }

    /// Carries the body out on a loop, in the order of all that is sent: where events are kept for clients that come back,
    /// a loop that sends may be ahead of what it was told to do.
    ///
    /// It may be carried out within what the application sends there.
    ///
    /// - Returns: False if the loop was shut down; the body is dropped then.
    @discardableResult
    func carry(to loop: EventLoop, _ body: @escaping @Sendable (NamespaceShard) -> Void) -> Bool {
        let shard = shards[loop.index]
        if loop.isCurrent {
            body(shard.value)
            return true
        }
        return recovery?.carry(to: shard, body) ?? loop.post { body(shard.value) }
    }
}
