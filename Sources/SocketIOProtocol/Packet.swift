import SIOBytes
public import SIOJSON

/// A packet that is complete and valid, its payload still where the parser left it.
///
/// It can be read until the parser parses the next text.
@usableFromInline
package struct Packet {
    /// What the packet says.
    ///
    /// Binary or not makes no difference any more.
    package enum Kind: Sendable {
        /// Asks to join a namespace, or says that it is joined. The payload is an object, or there is none.
        case connect
        /// Leaves the namespace. There is no payload.
        case disconnect
        /// The payload is an array that begins with the event's name.
        case event
        /// The payload is an array. There is an id.
        case ack
        /// The payload is a string or an object.
        case connectError
    }

    package let kind: Kind
    /// Whether there is a payload.
    let hasPayload: Bool
    /// The place of an event's name; 0 in other packets.
    @usableFromInline let namePlace: UInt32
    /// The arguments of an event or an acknowledgement, in order; none in other packets.
    @usableFromInline package let arguments: JSONElements
    @usableFromInline package let id: UInt64?
    /// The namespace's name, with a query if there is one; nil for `/`.
    package let namespace: String?
    /// The bytes that the payload's placeholders stand for; nil where none came, because an array is counted even if it is
    /// empty.
    @usableFromInline package let binary: [[UInt8]]?

    /// The bytes that the payload's placeholders stand for.
    package var attachments: [[UInt8]] { binary ?? [] }

    package var payload: JSONCursor? { hasPayload ? arguments.value(at: 1) : nil }

    /// The name of an event; a number's digits where it is one.
    package var eventName: String {
        guard kind == .event else { return "" }
        let name = arguments.value(at: namePlace)
        return name.string ?? name.numberText ?? ""
    }

    /// Where the name of an event lies.
    @inlinable
    package var eventNameCursor: JSONCursor { arguments.value(at: namePlace) }

    /// The text of the arguments: JSON values, with commas between them.
    package var argumentsText: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            guard let payload else { return RawSpan() }
            let array = payload.documentText
            let text = array.extracting(Self.arguments(in: array, skipsName: kind == .event))
            return unsafe _overrideLifetime(text, borrowing: self)
        }
    }

    /// Where the arguments lie in the text of an array that was parsed before.
    private static func arguments(in array: RawSpan, skipsName: Bool) -> Range<Int> {
        // White space may stand behind the array, and nothing else.
        var end = array.byteCount
        repeat { end -= 1 } while end > 0 && array[end] != UInt8(ascii: "]")
        guard end > 0 else { return 0..<0 }
        guard skipsName else { return 1..<end }
        var offset = 1
        var isInString = false
        while offset < end {
            switch array[offset] {
            case UInt8(ascii: "\\"): offset += 1
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: ","): if !isInString { return offset + 1..<end }
            default: break
            }
            offset += 1
        }
        return end..<end
    }
}
