import SIOBytes
import SIOJSON
import SIONet
import SocketIOProtocol

/// An event that has arrived, while its handlers are called.
///
/// Its bytes are gone afterwards.
@usableFromInline
struct IncomingEvent: ~Copyable {
    // Whoever calls the handlers holds the socket.
    private let uncountedSocket: Uncounted<Socket>
    private let packet: Packet
    /// Nil when the client does not ask for an acknowledgement.
    @usableFromInline let acknowledgement: Acknowledgement?

    init(_ packet: consuming Packet, socket: Socket) {
        uncountedSocket = Uncounted(socket)
        acknowledgement = packet.id.map { Acknowledgement(socket: socket, id: $0) }
        self.packet = packet
    }

    @usableFromInline var socket: Socket { uncountedSocket.object }

    /// What the client wants the acknowledgement to say, if it wants one.
    var id: UInt64? { packet.id }

    /// The event's name.
    @usableFromInline var name: String { packet.eventName }

    /// The UTF-8 bytes of the event's name; none where it is a number.
    var nameBytes: RawSpan {
        @_lifetime(borrow self)
        get { packet.eventNameBytes }
    }

    /// The arguments, none decoded.
    @usableFromInline var arguments: ArgumentReader { ArgumentReader(packet) }

    /// All arguments, kept as they came.
    var allArguments: Arguments { Arguments(text: packet.argumentsText.array, attachments: packet.attachments) }
}

/// Walks over a packet's arguments and decodes each to the type that a handler wants.
@usableFromInline
struct ArgumentReader {
    private var elements: JSONElements
    private let attachments: [[UInt8]]

    init(_ packet: borrowing Packet) {
        elements = packet.arguments
        attachments = packet.attachments
    }

    /// A reader of values that came otherwise, whose placeholders count the attachments from the first.
    init(_ elements: JSONElements, attachments: [[UInt8]]) {
        self.elements = elements
        self.attachments = attachments
    }

    /// The next argument.
    ///
    /// One that is not there is nil if the type has a nil, as it would be undefined in JavaScript.
    @inlinable
    mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // Where the handler's types are known, all of this is known, too.
        if Value.self == String.self, let text = nextString() { return unsafeBitCast(text, to: type) }
        return try nextValue(type)
    }

    /// The next argument, if it is a string; anything else is left where it is.
    @usableFromInline
    mutating func nextString() -> String? {
        var rest = elements
        guard let string = rest.next()?.string else { return nil }
        elements = rest
        return string
    }

    @usableFromInline
    mutating func nextValue<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let element = elements.next() { return try element.decode(type, attachments: attachments) }
        if let optional = type as? any ExpressibleByNilLiteral.Type, let none = optional.init(nilLiteral: ()) as? Value
        {
            return none
        }
        throw DecodingError.valueNotFound(
            type, .init(codingPath: [], debugDescription: "the event has too few arguments"))
    }

    /// The first argument, kept as it came; null if there is none.
    var first: RawJSON {
        get throws {
            var rest = elements
            return try rest.next()?.raw(attachments: attachments) ?? .null
        }
    }
}
