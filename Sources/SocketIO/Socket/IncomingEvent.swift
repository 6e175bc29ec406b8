import SIOBytes
import SIOJSON
import SocketIOProtocol

/// An event that has arrived, while its handlers are called.
///
/// Its bytes are gone afterwards.
struct IncomingEvent {
    let socket: Socket
    let name: String
    /// The arguments, none decoded.
    let arguments: ArgumentReader
    /// Nil when the client does not ask for an acknowledgement.
    let acknowledgement: Acknowledgement?
}

/// Walks over a packet's arguments and decodes each to the type that a handler wants.
struct ArgumentReader {
    private var elements: JSONElements?
    private let packet: Packet

    init(_ packet: Packet) {
        self.packet = packet
        elements = packet.arguments
    }

    /// The next argument.
    ///
    /// One that is not there is nil if the type has a nil, as it would be undefined in JavaScript.
    mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let element = elements?.next() { return try element.decode(type, attachments: packet.attachments) }
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
            return try rest?.next()?.raw(attachments: packet.attachments) ?? .null
        }
    }

    /// All arguments, kept as they came.
    var all: Arguments { Arguments(text: packet.argumentsText.array, attachments: packet.attachments) }
}
