public import SocketIOProtocol

/// What events are sent by: a socket, or an ``Emitter`` made of it.
public protocol Emitting<Target>: Sendable {
    /// The socket's type.
    associatedtype Target: EmittingSocket

    /// The socket, with the way to send.
    var emitter: Emitter<Target> { get }
}

extension Emitting {
    /// Lets the packet be dropped if the peer cannot take it at once.
    public var volatile: Emitter<Target> {
        var copy = emitter
        copy.options.isVolatile = true
        return copy
    }

    /// Says whether the packet may be compressed, where compression is in use.
    public func compress(_ compress: Bool) -> Emitter<Target> {
        var copy = emitter
        copy.options.compresses = compress
        return copy
    }

    /// Sets how long an acknowledgement is awaited.
    public func timeout(_ timeout: Duration) -> Emitter<Target> {
        var copy = emitter
        copy.options.timeout = timeout
        return copy
    }

    /// Has ``emitWithAck(_:_:)-(String,_)`` send again what is not answered in time, and keep the order: each packet that is
    /// sent so waits until the one before it is answered, or was tried often enough.
    ///
    /// A peer may get a packet more than once, when its answer was lost or late: let it carry an id, by which the peer can
    /// tell. On a server at most 1024 packets wait for one
    /// socket, on a client as many as may wait for the connection; further ones fail with
    /// ``AcknowledgementError/Code-swift.struct/tooManyWaiting``.
    ///
    /// - Parameter retries: How often a packet is sent again, each time with the whole ``timeout(_:)``.
    /// - Returns: The socket, and this way to send.
    public func retries(_ retries: Int) -> Emitter<Target> {
        var copy = emitter
        copy.options.retries = retries
        return copy
    }

    /// Sends an event to the peer.
    ///
    /// It is encoded now, and leaves in the order of the calls. What becomes of it while there is no connection is the
    /// socket's: a server's sends nothing, a client's keeps it until it is connected.
    ///
    /// - Parameters:
    ///   - event: The event's name, not a reserved one.
    ///   - arguments: The event's arguments. `Data` and `[UInt8]` in them, however deep, travel as binary.
    /// - Throws: `EncodingError` if an argument cannot be encoded, ``ReservedEventName``.
    @inlinable
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        let emitter = emitter
        try emitter.socket.emit(event, options: emitter.options) { writer in repeat try writer.append(each arguments) }
    }

    /// Sends an event with the types that its declaration says.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    @inlinable
    public func emit<each Argument>(_ event: Event<repeat each Argument>, _ arguments: repeat each Argument) throws {
        try emit(event.name, repeat each arguments)
    }

    /// Sends an event with arguments that came from elsewhere, as they are.
    ///
    /// - Throws: Nothing in practice: the arguments are JSON already.
    public func emit(_ event: String, arguments: Arguments) throws {
        let emitter = emitter
        try emitter.socket.emit(event, options: emitter.options) {
            unsafe $0.append(arguments.text.span.bytes, binary: arguments.attachments)
        }
    }

    /// Sends the event `message`.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    @inlinable
    public func send<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        try emit("message", repeat each arguments)
    }

    /// Sends an event and waits for the peer's acknowledgement.
    ///
    /// It always ends: with the answer, when the time is up, when the peer disconnects, or when the task is cancelled. A
    /// client's question that waits for a connection ends at the latest when its socket is closed.
    ///
    /// - Parameters:
    ///   - event: The event's name, not a reserved one.
    ///   - arguments: The event's arguments.
    /// - Returns: The first argument of the answer, decoded to the type that the caller wants.
    /// - Throws: ``AcknowledgementError``, `EncodingError`, `DecodingError` if the answer does not fit the type, or
    ///   `CancellationError`.
    public func emitWithAck<each Argument: Encodable, Reply: Decodable & Sendable>(
        _ event: String, _ arguments: repeat each Argument
    ) async throws -> Reply {
        let emitter = emitter
        return try await emitter.socket.ask(event, options: emitter.options) { writer in
            repeat try writer.append(each arguments)
        }
    }

    /// Sends an event with arguments that came from elsewhere, as they are, and waits for the peer's acknowledgement.
    ///
    /// - Throws: As ``emitWithAck(_:_:)-(String,_)``.
    public func emitWithAck<Reply: Decodable & Sendable>(
        _ event: String, arguments: Arguments
    ) async throws -> Reply {
        let emitter = emitter
        return try await emitter.socket.ask(event, options: emitter.options) {
            unsafe $0.append(arguments.text.span.bytes, binary: arguments.attachments)
        }
    }

    /// Sends an event and waits for the acknowledgement that its declaration promises.
    ///
    /// - Throws: As ``emitWithAck(_:_:)-(String,_)``.
    public func emitWithAck<each Argument, Reply>(
        _ event: Event<repeat each Argument>.Acknowledged<Reply>, _ arguments: repeat each Argument
    ) async throws -> Reply {
        try await emitWithAck(event.name, repeat each arguments)
    }
}
