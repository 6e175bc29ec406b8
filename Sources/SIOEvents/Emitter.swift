public import SocketIOProtocol

/// A socket that events are sent by: a server's, or a client's.
public protocol EmittingSocket: Emitting, AnyObject where Target == Self {
    /// Sends an event: what `emit(_:_:)` and its kin are made of.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - options: The way to send it.
    ///   - arguments: Writes the arguments.
    /// - Throws: ``ReservedEventName``, or what the arguments throw.
    func emit(_ event: String, options: EmitOptions, arguments: (inout PacketWriter) throws -> Void) throws

    /// Sends an event and waits for the acknowledgement: what `emitWithAck(_:_:)` and its kin are
    /// made of.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - options: The way to send it.
    ///   - arguments: Writes the arguments, before anything is awaited.
    /// - Returns: The first argument of the answer.
    /// - Throws: ``AcknowledgementError``, ``ReservedEventName``, what the arguments throw, `DecodingError`, or
    ///   `CancellationError`.
    func ask<Reply: Decodable & Sendable>(
        _ event: String, options: EmitOptions, arguments: (inout PacketWriter) throws -> Void
    ) async throws -> Reply
}

extension EmittingSocket {
    /// The socket, with the usual way to send.
    @inlinable public var emitter: Emitter<Self> { Emitter(self) }
}

/// How an event is sent.
public struct EmitOptions: Sendable {
    /// Whether it may be dropped if the peer cannot take it at once.
    public var isVolatile = false
    /// Whether it may be compressed, where compression is in use.
    public var compresses = true
    /// How long an acknowledgement is awaited; nil: as long as usual.
    public var timeout: Duration?
    /// How often it is sent again when the acknowledgement does not come in time; nil: as usual.
    public var retries: Int?

    /// The usual way.
    @inlinable
    public init() {}
}

/// A socket and how to send by it.
///
/// Each word makes a new emitter; nothing is shared.
public struct Emitter<Target: EmittingSocket>: Emitting {
    /// The socket.
    public let socket: Target
    /// How events are sent.
    public var options = EmitOptions()

    /// A socket, with the usual way to send.
    @inlinable
    public init(_ socket: Target) {
        self.socket = socket
    }

    /// The emitter itself.
    @inlinable public var emitter: Emitter<Target> { self }
}
