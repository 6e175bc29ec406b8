public import SIOJSON
public import SocketIOProtocol

/// Walks over a packet's arguments and decodes each to the type that a handler wants.
@usableFromInline
package struct ArgumentReader {
    @usableFromInline var elements: JSONElements
    @usableFromInline let binary: [[UInt8]]?

    @inlinable
    package init(_ packet: borrowing Packet) {
        elements = packet.arguments
        binary = packet.binary
    }

    /// A reader of values that came otherwise, whose placeholders count the attachments from the first.
    package init(_ elements: JSONElements, attachments: [[UInt8]]) {
        self.elements = elements
        binary = attachments
    }

    /// The next argument.
    ///
    /// One that is not there is nil if the type has a nil, as it would be undefined in JavaScript.
    @inlinable
    package mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // Where the handler's types are known, all of this is known, too.
        if Value.self == String.self, let text = nextString() { return unsafe unsafeBitCast(text, to: type) }
        return try nextValue(type)
    }

    private var attachments: [[UInt8]] { binary ?? [] }

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
    package var first: RawJSON {
        get throws {
            var rest = elements
            return try rest.next()?.raw(attachments: attachments) ?? .null
        }
    }
}
