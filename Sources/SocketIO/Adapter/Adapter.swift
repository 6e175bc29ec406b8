public import SIOJSON

/// Carries a namespace's operations to all servers of a cluster, this one among them.
///
/// What each server knows of its own sockets is in its ``LocalSockets``, which the adapter is made with: it applies
/// there what is meant for this server, and publishes what is meant for others. ``InMemoryAdapter`` knows no others.
/// For a cluster, ``AdapterFactory/cluster(_:connect:)`` makes one of a ``ClusterTransport``; an adapter of your own is for
/// what that cannot do. All calls may come from any thread; none may wait for the network before it returns, unless it is `async`.
public protocol Adapter: Sendable {
    /// Sends a packet to the sockets that the options choose.
    func broadcast(_ packet: EventPacket, to options: BroadcastOptions)

    /// Sends a packet that asks for acknowledgements to the sockets that the options choose.
    ///
    /// - Parameters:
    ///   - packet: The packet.
    ///   - options: The sockets, and how long to wait.
    ///   - collector: Told how many clients to expect, and given each answer.
    func broadcast(_ packet: EventPacket, to options: BroadcastOptions, collecting collector: AcknowledgementCollector)

    /// Describes the sockets that the options choose.
    ///
    /// - Throws: A server did not answer in time.
    func fetchSockets(_ options: BroadcastOptions) async throws -> [SocketDescription]

    /// Has the chosen sockets join rooms.
    func addSockets(_ options: BroadcastOptions, to rooms: [String])

    /// Has the chosen sockets leave rooms.
    func removeSockets(_ options: BroadcastOptions, from rooms: [String])

    /// Disconnects the chosen sockets.
    ///
    /// - Parameters:
    ///   - options: The sockets.
    ///   - close: Whether their connections end, with all namespaces on them.
    func disconnectSockets(_ options: BroadcastOptions, close: Bool)

    /// Counts the sockets that the options choose.
    ///
    /// - Throws: A server did not answer in time.
    func countSockets(_ options: BroadcastOptions) async throws -> Int

    /// Sends an event to the other servers of the cluster.
    ///
    /// They hand it in with ``LocalSockets/receive(serverSideEvent:reply:)``.
    ///
    /// - Parameter event: An array of the event's name and its arguments.
    func serverSideEmit(_ event: RawJSON)

    /// Sends an event to the other servers of the cluster, and waits for their answers.
    ///
    /// - Parameter event: An array of the event's name and its arguments.
    /// - Returns: One answer of each other server.
    /// - Throws: ``ServerSideEmitTimeout`` if a server did not answer in time.
    func serverSideEmitWithAck(_ event: RawJSON) async throws -> [RawJSON]

    /// The servers of the cluster, this one among them.
    func serverCount() async throws -> Int

    /// A socket of this server joined a room; called on its event loop.
    func joined(_ id: String, room: String)

    /// A socket of this server left a room; called on its event loop.
    func left(_ id: String, room: String)

    /// The namespace is no longer used.
    func close() async
}

extension Adapter {
    /// Counts the descriptions of all that are fetched.
    public func countSockets(_ options: BroadcastOptions) async throws -> Int {
        try await fetchSockets(options).count
    }

    /// Does nothing: most adapters need not know.
    public func joined(_ id: String, room: String) {}

    /// Does nothing: most adapters need not know.
    public func left(_ id: String, room: String) {}

    /// Does nothing.
    public func close() async {}
}

/// Makes the adapter of each namespace.
public struct AdapterFactory: Sendable {
    let make: @Sendable (LocalSockets) -> any Adapter

    /// A factory that calls the closure for each namespace.
    ///
    /// The closure must not ask the server for a namespace: it is called while one is being made.
    public init(_ make: @escaping @Sendable (_ local: LocalSockets) -> any Adapter) {
        self.make = make
    }

    /// One server, no cluster.
    public static let inMemory = AdapterFactory { InMemoryAdapter(local: $0) }
}

/// The adapter of a server that is alone.
public struct InMemoryAdapter: Adapter {
    private let local: LocalSockets

    /// An adapter for the sockets of one namespace.
    public init(local: LocalSockets) {
        self.local = local
    }

    /// Sends the packet to this server's sockets.
    public func broadcast(_ packet: EventPacket, to options: BroadcastOptions) {
        local.broadcast(packet, to: options)
    }

    /// Sends the packet to this server's sockets, and collects their answers.
    public func broadcast(
        _ packet: EventPacket, to options: BroadcastOptions, collecting collector: AcknowledgementCollector
    ) {
        local.broadcast(packet, to: options, collecting: collector)
    }

    /// Describes this server's sockets.
    public func fetchSockets(_ options: BroadcastOptions) async throws -> [SocketDescription] {
        await local.fetchSockets(options)
    }

    /// Has this server's sockets join.
    public func addSockets(_ options: BroadcastOptions, to rooms: [String]) {
        local.addSockets(options, to: rooms)
    }

    /// Has this server's sockets leave.
    public func removeSockets(_ options: BroadcastOptions, from rooms: [String]) {
        local.removeSockets(options, from: rooms)
    }

    /// Disconnects this server's sockets.
    public func disconnectSockets(_ options: BroadcastOptions, close: Bool) {
        local.disconnectSockets(options, close: close)
    }

    /// Counts this server's sockets.
    public func countSockets(_ options: BroadcastOptions) async throws -> Int { await local.countSockets(options) }

    /// There is nobody to hear it.
    public func serverSideEmit(_ event: RawJSON) {}

    /// There is nobody to answer it.
    public func serverSideEmitWithAck(_ event: RawJSON) async throws -> [RawJSON] { [] }

    /// This one.
    public func serverCount() async throws -> Int { 1 }
}
