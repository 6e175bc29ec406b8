import SIOBytes

/// Goes through the packets of a polling payload: the body of a POST, or of the answer to a GET.
///
/// EIO4 "HTTP long-polling": packets are joined by the record separator, U+001E; a binary message is `b` and base64. The
/// body is not copied: a packet comes out as its type and the range of its data. Text must be UTF-8, so that nothing
/// ill-formed can be passed on to peers on WebSockets, which would have to fail for it.
///
/// EIO3 "Payload" has two other ways to tell packets apart, see ``EnginePayloadFormat``.
package struct EnginePayloadReader: Sendable {
    /// One packet.
    package enum Element: Equatable, Sendable {
        /// A packet of text, and where its data are in the body.
        case packet(EnginePacketType, data: Range<Int>)
        /// A binary message, decoded.
        case binary([UInt8])
    }

    /// The byte between two packets.
    package static let separator: UInt8 = 0x1E

    // In this order it is smallest.
    /// The packets that may still come.
    private var remaining: Int
    /// Where the next packet starts; nil before the first call, beyond the body behind the last packet.
    private var position: Int?
    private let format: EnginePayloadFormat

    /// A reader for one body.
    package init(_ format: EnginePayloadFormat = .separated, limits: EngineLimits = EngineLimits()) {
        self.format = format
        remaining = limits.packetsPerPayload
    }

    /// The next packet, or nil behind the last.
    ///
    /// The body must be the same, and whole, in each call.
    ///
    /// - Throws: The peer's fault. The packets before were good; there are none behind it.
    package mutating func next(in body: RawSpan) throws(EnginePacketError) -> Element? {
        if position == nil {
            position = body.byteCount + 1
            // In a binary payload each text is looked at by itself.
            if format != .binary, !UTF8Validator.isValid(body) { throw .invalidUTF8 }
            if format != .separated, body.byteCount == 0 { throw .empty }
            position = 0
        }
        guard let start = position, start <= body.byteCount else { return nil }
        position = body.byteCount + 1
        switch format {
        case .separated:
            let end = body.firstIndex(of: Self.separator, from: start) ?? body.byteCount
            let element = try Self.packet(in: body, start..<end)
            try count()
            position = end + 1
            return element
        case .counted, .binary:
            return try nextBehindLength(in: body, from: start)
        }
    }

    private mutating func nextBehindLength(in body: RawSpan, from start: Int) throws(EnginePacketError) -> Element? {
        var start = start
        while start < body.byteCount {
            let (element, end) =
                format == .binary
                ? try Self.binaryPacket(in: body, from: start) : try Self.countedPacket(in: body, from: start)
            try count()
            start = end
            if let element {
                position = end
                return element
            }
        }
        return nil
    }

    /// Counts one more packet.
    private mutating func count() throws(EnginePacketError) {
        guard remaining > 0 else { throw .tooManyPackets }
        remaining -= 1
    }

    private static func packet(in body: RawSpan, _ range: Range<Int>) throws(EnginePacketError) -> Element {
        guard !range.isEmpty else { throw .empty }
        let first = body[range.lowerBound]
        let data = range.dropFirst()
        if first == UInt8(ascii: "b") {
            guard let bytes = Base64.decode(body.extracting(data)) else { throw .invalidBase64 }
            return .binary(bytes)
        }
        guard let type = EnginePacketType(digit: first) else { throw .unknownType(first) }
        return .packet(type, data: data)
    }
}
