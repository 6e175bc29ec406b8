public import SIOJSON

/// What one server of a cluster tells the others, or answers one of them.
///
/// It is `Codable` in the reference's form: `{"uid":…,"nsp":…,"type":…,"data":…}`, with the reference's numbers of types.
/// A transport that carries text encodes it with `RawJSON(encoding:)`; one that carries MessagePack makes a `JSONValue`
/// of that.
public struct ClusterMessage: Sendable {
    /// The server that sent it, by its id; empty where a transport's format does not say.
    public var sender: String
    /// The namespace that it is about.
    public var namespace: String
    /// What it says.
    public var body: Body

    /// A message.
    public init(sender: String, namespace: String, body: Body) {
        self.sender = sender
        self.namespace = namespace
        self.body = body
    }

    /// What a message says.
    ///
    /// A request's id is its server's; the answers carry it back.
    public enum Body: Sendable {
        /// A server has begun, and wants to hear of all others.
        case initialHeartbeat
        /// A server is there.
        case heartbeat
        /// A packet for sockets; with a request's id, their acknowledgements are wanted.
        case broadcast(EventPacket, BroadcastOptions, request: String?)
        /// Sockets join rooms.
        case socketsJoin(BroadcastOptions, rooms: [String])
        /// Sockets leave rooms.
        case socketsLeave(BroadcastOptions, rooms: [String])
        /// Sockets are disconnected, or their whole connections closed.
        case disconnectSockets(BroadcastOptions, close: Bool)
        /// Asks for a description of sockets.
        case fetchSockets(BroadcastOptions, request: String)
        /// Describes the sender's sockets.
        case fetchSocketsResponse([SocketDescription], request: String)
        /// An event for the servers themselves: an array of its name and its arguments.
        case serverSideEmit(RawJSON, request: String?)
        /// The sender's answer to such an event.
        case serverSideEmitResponse(RawJSON, request: String)
        /// To how many clients the sender has passed a broadcast on.
        case broadcastClientCount(Int, request: String)
        /// One client's acknowledgement.
        case broadcastAcknowledgement(RawJSON, request: String)
        /// A server ends.
        case adapterClose
        /// Clients that were counted have left without an acknowledgement.
        ///
        /// An extension: see ``ClusterConfiguration/usesExtensions``.
        case broadcastClientsLeft(Int, request: String)
        /// Asks for the number of sockets; an extension.
        case countSockets(BroadcastOptions, request: String)
        /// The number of the sender's sockets; an extension.
        case countSocketsResponse(Int, request: String)
        /// A message of a type that this version does not know: its sender is there, and that is all.
        case other(type: Int)
    }
}

extension ClusterMessage.Body {
    /// The type's number on the wire.
    ///
    /// Up to 13 they are the reference's, which passes over all others.
    public var type: Int {
        switch self {
        case .initialHeartbeat: 1
        case .heartbeat: 2
        case .broadcast: 3
        case .socketsJoin: 4
        case .socketsLeave: 5
        case .disconnectSockets: 6
        case .fetchSockets: 7
        case .fetchSocketsResponse: 8
        case .serverSideEmit: 9
        case .serverSideEmitResponse: 10
        case .broadcastClientCount: 11
        case .broadcastAcknowledgement: 12
        case .adapterClose: 13
        case .broadcastClientsLeft: 100
        case .countSockets: 101
        case .countSocketsResponse: 102
        case .other(let type): type
        }
    }

    /// The request that the message answers; nil for all that is no answer.
    public var answeredRequest: String? {
        switch self {
        case .fetchSocketsResponse(_, let request), .serverSideEmitResponse(_, let request),
            .broadcastClientCount(_, let request), .broadcastAcknowledgement(_, let request),
            .broadcastClientsLeft(_, let request), .countSocketsResponse(_, let request):
            request
        case .initialHeartbeat, .heartbeat, .broadcast, .socketsJoin, .socketsLeave, .disconnectSockets, .fetchSockets,
            .serverSideEmit, .adapterClose, .countSockets, .other:
            nil
        }
    }
}
