public import SocketIOProtocol

/// What can be sent to one client: a socket, or an ``Emitter`` made of it.
public protocol Emitting {
    /// The socket, with the way to send.
    var emitter: Emitter { get }
}

/// A socket and how to send to it.
///
/// Each word makes a new emitter; nothing is shared.
public struct Emitter: Emitting, Sendable {
    let socket: Socket
    var isVolatile = false
    var compresses = true
    var timeout: Duration?
    var retries: Int?

    @usableFromInline
    init(socket: Socket) {
        self.socket = socket
    }

    /// The emitter itself.
    @inlinable public var emitter: Emitter { self }
}

extension Socket: Emitting {
    /// The socket, with the usual way to send.
    @inlinable public var emitter: Emitter { Emitter(socket: self) }
}

extension Emitting {
    /// Lets the packet be dropped if the client cannot take it at once.
    public var volatile: Emitter {
        var copy = emitter
        copy.isVolatile = true
        return copy
    }

    /// Says whether the packet may be compressed, where compression is in use.
    public func compress(_ compress: Bool) -> Emitter {
        var copy = emitter
        copy.compresses = compress
        return copy
    }

    /// Sets how long an acknowledgement is awaited.
    public func timeout(_ timeout: Duration) -> Emitter {
        var copy = emitter
        copy.timeout = timeout
        return copy
    }

    /// Has ``emitWithAck(_:_:)-(String,_)`` send again what is not answered in time, and keep the order: each packet that is
    /// sent so waits until the one before it is answered, or was tried often enough.
    ///
    /// A client may get a packet more than once, when its answer was lost or late: let it carry an id, by which the client
    /// can tell. At most 1024 packets wait for one socket; further ones fail with
    /// ``AcknowledgementError/Code-swift.struct/tooManyWaiting``.
    ///
    /// - Parameter retries: How often a packet is sent again, each time with the whole ``timeout(_:)``.
    /// - Returns: The socket, and this way to send.
    public func retries(_ retries: Int) -> Emitter {
        var copy = emitter
        copy.retries = retries
        return copy
    }

    /// Sends an event to the client.
    ///
    /// It is encoded now, and leaves in the order of the calls. To a socket that is disconnected nothing is sent.
    ///
    /// - Parameters:
    ///   - event: The event's name, not a reserved one.
    ///   - arguments: The event's arguments. `Data` and `[UInt8]` in them, however deep, travel as binary.
    /// - Throws: `EncodingError` if an argument cannot be encoded, ``ReservedEventName``.
    @inlinable
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        try emitter.emit(event) { writer in repeat try writer.append(each arguments) }
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
        try emitter.emit(event) { $0.append(arguments.text.span.bytes, binary: arguments.attachments) }
    }

    /// Sends the event `message`.
    ///
    /// - Throws: `EncodingError` if an argument cannot be encoded.
    @inlinable
    public func send<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        try emit("message", repeat each arguments)
    }

    /// Sends an event and waits for the client's acknowledgement.
    ///
    /// It always ends: with the answer, when the time is up, when the client disconnects, or when the task is cancelled.
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
        let namespace = emitter.socket.namespace
        return try await emitter.ask(
            EventPacket(
                event, namespace: namespace.name, acknowledgementID: namespace.sockets.acknowledgementID()
            ) { writer in repeat try writer.append(each arguments) })
    }

    /// Sends an event with arguments that came from elsewhere, as they are, and waits for the client's acknowledgement.
    ///
    /// - Throws: As ``emitWithAck(_:_:)-(String,_)``.
    public func emitWithAck<Reply: Decodable & Sendable>(
        _ event: String, arguments: Arguments
    ) async throws -> Reply {
        let namespace = emitter.socket.namespace
        return try await emitter.ask(
            EventPacket(
                event, namespace: namespace.name, acknowledgementID: namespace.sockets.acknowledgementID()
            ) { $0.append(arguments.text.span.bytes, binary: arguments.attachments) })
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

extension Emitter {
    /// Sends the event whose arguments the body writes.
    @usableFromInline
    func emit(_ event: String, _ arguments: (inout PacketWriter) throws -> Void) throws {
        // Named here, so that the closure does not take a copy of all this.
        let namespace = socket.namespace
        let isSent = try socket.send(volatile: isVolatile, compress: compresses) { writer in
            try PacketEncoder.appendEvent(event, namespace: namespace.name, to: &writer, arguments: arguments)
        }
        // What is dropped is not encoded; a name that may not be used is told of all the same.
        if !isSent, EventName.isReserved(event) { throw ReservedEventName(event) }
    }

    /// Sends a packet, and waits for its answer.
    fileprivate func ask<Reply: Decodable & Sendable>(_ packet: EventPacket) async throws -> Reply {
        let socket = self.socket
        let timeout = self.timeout ?? socket.namespace.ackTimeout
        let compresses = self.compresses
        let retries = self.retries
        let giveUp: @Sendable () -> Void = {
            socket.onLoop { core in
                core.cancelAcknowledgement(of: packet)
                if retries != nil { core.cancelWaiting(packet) }
            }
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                socket.onLoop { core in
                    let settle: (AcknowledgementOutcome) -> Void = { outcome in
                        continuation.resume(with: Result { try outcome.decode(Reply.self) })
                    }
                    guard let retries else {
                        return core.send(packet, timeout: timeout, compress: compresses, settle)
                    }
                    core.send(
                        RetriedQuestion(packet: packet, timeout: timeout, compress: compresses, settle: settle),
                        retries: retries)
                }
                // The handler below is too early where the task was cancelled before there was anything to give up.
                if Task.isCancelled { giveUp() }
            }
        } onCancel: {
            giveUp()
        }
    }
}

extension Socket {
    /// Sends the packet that the body encodes: now, where the socket's loop is the caller's, or through it.
    ///
    /// - Returns: Whether the body was called; it is not if there is nobody to send to.
    @discardableResult
    @inline(__always)
    func send(
        volatile isVolatile: Bool = false, compress: Bool = true, _ encode: (inout PacketWriter) throws -> Void
    ) rethrows -> Bool {
        if loop.isCurrent { return try core.value.send(volatile: isVolatile, compress: compress, encode) }
        let log = isVolatile ? nil : namespace.sockets.recovery
        let packet = try EventPacket(namespace: namespace.name, recovery: log, encode)
        onLoop { $0.sendAlone(packet, volatile: isVolatile, compress: compress) }
        return true
    }
}
