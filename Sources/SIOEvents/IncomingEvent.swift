import SIOBytes
import SIOJSON
public import SocketIOProtocol

/// An event that has arrived, while its handlers are called.
///
/// Its bytes are gone afterwards.
public struct IncomingEvent: ~Copyable {
    // Not counted: whoever calls the handlers holds the socket.
    @usableFromInline unowned(unsafe) let host: any EventHost
    @usableFromInline let packet: Packet
    /// Nil when the peer does not ask for an acknowledgement.
    @usableFromInline package let acknowledgement: Acknowledgement?

    @inlinable
    package init(_ packet: consuming Packet, host: any EventHost) {
        unsafe self.host = host
        if let id = packet.id {
            acknowledgement = Acknowledgement(host: host, id: id)
        } else {
            acknowledgement = nil
        }
        self.packet = packet
    }

    /// What the peer wants the acknowledgement to say, if it wants one.
    package var id: UInt64? { packet.id }

    /// The event's name.
    @usableFromInline package var name: String { packet.eventName }

    /// The UTF-8 bytes of the event's name; none where it is a number.
    @inlinable
    package var nameBytes: RawSpan {
        @_lifetime(borrow self)
        get { packet.eventNameBytes }
    }

    /// The arguments, none decoded.
    @inlinable package var arguments: ArgumentReader { ArgumentReader(packet) }

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
