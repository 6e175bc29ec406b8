import SIOEvents
import SIOJSON
public import SocketIOProtocol

/// A socket of this or of another server, as it was when it was fetched.
///
/// What is done with it is carried out by the server that has it; if the socket is gone by then, nothing happens.
public struct RemoteSocket: Broadcasting, Sendable {
    let description: SocketDescription
    let namespace: Namespace
    private var timeout: Duration?

    init(description: SocketDescription, namespace: Namespace) {
        self.description = description
        self.namespace = namespace
    }

    /// The socket's id.
    public var id: String { description.id }
    /// What the client said when it connected.
    public var handshake: Handshake { description.handshake }
    /// The rooms the socket was in.
    public var rooms: Set<String> { description.rooms }
    /// What the application kept with the socket and shows to other servers; see ``SharedSocketData``.
    public var data: RemoteSocketData { RemoteSocketData(json: description.data) }

    /// An operator that reaches this socket.
    public var broadcast: BroadcastOperator {
        BroadcastOperator(namespace: namespace).adding([id]).with { $0.timeout = timeout }
    }

    /// Sets how long the acknowledgement is awaited.
    public func timeout(_ timeout: Duration) -> RemoteSocket {
        var copy = self
        copy.timeout = timeout
        return copy
    }

    /// Sends an event and waits for the client's acknowledgement.
    ///
    /// - Parameters:
    ///   - event: The event's name, not a reserved one.
    ///   - arguments: The event's arguments.
    /// - Returns: The first argument of the answer, decoded to the type that the caller wants.
    /// - Throws: ``AcknowledgementError`` if the client did not answer in time or is gone, `EncodingError`,
    ///   `DecodingError` if the answer does not fit the type, or `CancellationError`.
    public func emitWithAck<each Argument: Encodable, Reply: Decodable & Sendable>(
        _ event: String, _ arguments: repeat each Argument
    ) async throws -> Reply {
        let packet = try EventPacket(
            event, namespace: namespace.name, acknowledgementID: namespace.sockets.acknowledgementID()
        ) { writer in repeat try writer.append(each arguments) }
        let answers: [RawJSON]
        do {
            answers = try await namespace.broadcastWithAcknowledgements(packet, to: broadcast.options, enough: 1)
        } catch is BroadcastTimeout {
            throw AcknowledgementError(.timedOut)
        }
        guard let answer = answers.first else { throw AcknowledgementError(.disconnected) }
        return try answer.decode(Reply.self)
    }

    /// Sends an event and waits for the acknowledgement that its declaration promises.
    ///
    /// - Throws: As ``emitWithAck(_:_:)``.
    public func emitWithAck<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>, _ arguments: repeat each Argument
    ) async throws -> Reply {
        try await emitWithAck(event.name, repeat each arguments)
    }

    /// Has the socket join rooms.
    public func join(_ rooms: String...) { broadcast.join(rooms) }

    /// Has the socket join rooms.
    public func join(_ rooms: [String]) { broadcast.join(rooms) }

    /// Has the socket leave rooms.
    public func leave(_ rooms: String...) { broadcast.leave(rooms) }

    /// Has the socket leave rooms.
    public func leave(_ rooms: [String]) { broadcast.leave(rooms) }

    /// Disconnects the socket.
    ///
    /// - Parameter close: Whether its connection ends too, with all namespaces on it.
    public func disconnect(close: Bool = false) { broadcast.disconnect(close: close) }
}
