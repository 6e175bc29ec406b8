import SIOBytes
public import SIOJSON
public import SocketIOProtocol

/// An event that has arrived, while its handlers are called.
///
/// Its bytes are gone afterwards.
@safe
public struct IncomingEvent: ~Copyable {
    // Not counted: whoever calls the handlers holds the socket.
    @usableFromInline unowned(unsafe) let host: any EventHost
    // Where it lies: an event is made and read within one call, which holds the packet.
    @usableFromInline let place: UnsafePointer<Packet>
    /// Nil when the peer does not ask for an acknowledgement.
    @usableFromInline package let acknowledgement: Acknowledgement?

    @inlinable
    init(_ packet: UnsafePointer<Packet>, host: any EventHost) {
        unsafe self.host = host
        if let id = unsafe packet.pointee.id {
            acknowledgement = Acknowledgement(host: host, id: id)
        } else {
            acknowledgement = nil
        }
        unsafe place = packet
    }

    /// Lets the body read a packet as an event.
    ///
    /// - Parameters:
    ///   - packet: An event's packet.
    ///   - host: Where it arrived; the caller holds it until the body returns.
    ///   - body: Given the event.
    @inlinable
    @inline(__always)
    package static func reading(
        _ packet: Packet, host: any EventHost, _ body: (borrowing IncomingEvent) -> Void
    ) {
        unsafe withUnsafePointer(to: packet) { body(unsafe IncomingEvent($0, host: host)) }
    }

    private var packet: Packet { unsafe place.pointee }

    /// What the peer wants the acknowledgement to say, if it wants one.
    package var id: UInt64? { packet.id }

    /// The event's name.
    @usableFromInline package var name: String { packet.eventName }

    /// The UTF-8 bytes of the event's name; none where it is a number.
    @inlinable
    package var nameBytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe place.pointee.eventNameCursor.stringBytes
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    /// The arguments, none decoded.
    @inlinable package var arguments: ArgumentReader { ArgumentReader(unsafe place.pointee) }

    /// All arguments, kept as they came.
    package var allArguments: Arguments {
        Arguments(text: packet.argumentsText.array, attachments: packet.attachments)
    }

    /// Runs the body as a task where the event arrived; its error is reported.
    @usableFromInline
    func run(_ body: @escaping @Sendable () async throws -> Void) {
        unsafe host.run(event: name, body)
    }
}
