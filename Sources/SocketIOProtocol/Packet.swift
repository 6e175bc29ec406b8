package import SIOJSON

/// A packet that is complete and valid, its payload still where the parser left it.
///
/// It can be read until the parser parses the next text.
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
    /// The namespace's name, with a query if there is one; nil for `/`.
    package let namespace: String?
    package let id: UInt64?
    package let payload: JSONCursor?
    /// The bytes that the payload's placeholders stand for.
    package let attachments: [[UInt8]]

    /// The name of an event; a number's digits where it is one.
    package var eventName: String {
        guard kind == .event, var elements = payload?.elements, let name = elements.next() else { return "" }
        return name.string ?? name.numberText ?? ""
    }

    /// The arguments of an event or an acknowledgement, in order.
    package var arguments: JSONElements? {
        guard var elements = payload?.elements else { return nil }
        if kind == .event { _ = elements.next() }
        return elements
    }
}
