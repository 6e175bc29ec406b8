public import SIOJSON
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
    private let attachments: [[UInt8]]

    init(_ packet: Packet) {
        elements = packet.arguments
        attachments = packet.attachments
    }

    /// The next argument.
    ///
    /// One that is not there is nil if the type has a nil, as it would be undefined in JavaScript.
    mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let element = elements?.next() { return try element.decode(type, attachments: attachments) }
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
            return try rest?.next()?.raw(attachments: attachments) ?? .null
        }
    }

    /// All arguments, kept as they came.
    var all: Arguments {
        get throws {
            var values: [RawJSON] = []
            var rest = elements
            while let element = rest?.next() { values.append(try element.raw(attachments: attachments)) }
            return Arguments(values)
        }
    }
}

/// The arguments of an event as they came: they can be passed on without being decoded, or decoded one by one.
public struct Arguments: Sendable, RandomAccessCollection {
    let values: [RawJSON]

    /// Arguments to send.
    public init(_ values: [RawJSON]) {
        self.values = values
    }

    /// The first place.
    public var startIndex: Int { values.startIndex }
    /// The place behind the last.
    public var endIndex: Int { values.endIndex }

    /// The argument at a place.
    public subscript(index: Int) -> RawJSON { values[index] }
}
