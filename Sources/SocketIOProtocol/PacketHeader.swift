import SIOBytes

/// What stands before a packet's payload: `<type>[<attachments>-][<namespace>,][<id>]`.
///
/// Digits are ASCII digits, and nothing else is skipped or guessed; the reference is more lenient where JavaScript
/// makes a number of an empty string or a space.
package struct PacketHeader: Equatable, Sendable {
    package var type: PacketType
    /// The number of binary messages that follow.
    package var attachments = 0
    /// The offsets of the namespace's name, with its slash and with a query if there is one; nil for `/`.
    package var namespace: Range<Int>?
    /// Which acknowledgement is wanted, or is this.
    package var id: UInt64?
    /// The offsets of the JSON; empty if there is none.
    package var payload: Range<Int>

    package static func parse(_ text: RawSpan, limits: PacketLimits) throws(PacketError) -> PacketHeader {
        guard text.byteCount > 0 else { throw .unknownPacketType(nil) }
        guard let type = PacketType(rawValue: text[0] &- UInt8(ascii: "0")) else { throw .unknownPacketType(text[0]) }
        var header = PacketHeader(type: type, payload: 0..<0)
        var index = 1

        if type.isBinary {
            let count = number(text, at: &index, limit: UInt64(limits.attachments))
            guard index < text.byteCount, text[index] == UInt8(ascii: "-") else { throw .malformedAttachmentCount }
            switch count {
            case .none: throw .malformedAttachmentCount
            case .tooLarge: throw .tooManyAttachments
            case .value(let count): header.attachments = Int(count)
            }
            index += 1
        }

        if index < text.byteCount, text[index] == UInt8(ascii: "/") {
            let start = index
            while index < text.byteCount, text[index] != UInt8(ascii: ",") { index += 1 }
            guard index - start <= limits.namespaceBytes else { throw .namespaceTooLong }
            if index - start > 1 { header.namespace = start..<index }
            if index < text.byteCount { index += 1 }
        }

        switch number(text, at: &index, limit: PacketLimits.largestID) {
        case .none: break
        case .tooLarge: throw .idTooLarge
        case .value(let id): header.id = id
        }
        header.payload = index..<text.byteCount
        return header
    }

    /// The JSON of an event on `/` that wants no answer, as most packets are: nothing stands between the type and the payload.
    @inline(__always)
    @_lifetime(copy text)
    static func payload(ofPlainEvent text: RawSpan) -> RawSpan? {
        guard text.byteCount > 1, text[1] == UInt8(ascii: "["),
            text[0] == UInt8(ascii: "0") + PacketType.event.rawValue
        else { return nil }
        return text.extracting(droppingFirst: 1)
    }

    private enum Number {
        case none
        case tooLarge
        case value(UInt64)
    }

    /// Reads digits, all of them, whatever they amount to.
    private static func number(_ text: RawSpan, at index: inout Int, limit: UInt64) -> Number {
        let start = index
        var value: UInt64 = 0
        while index < text.byteCount {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // Stays above the limit once it is. The limit may be as large as a number can be.
            if value <= limit {
                let (tens, isBeyond) = value.multipliedReportingOverflow(by: 10)
                value = isBeyond ? .max : tens
                value = value > .max - UInt64(digit) ? .max : value + UInt64(digit)
            }
            index += 1
        }
        if index == start { return .none }
        return value > limit ? .tooLarge : .value(value)
    }
}
