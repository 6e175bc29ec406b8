package import SIOBytes

/// How a session writes its packets: the version it speaks, and what its first request asked for besides.
///
/// One byte, because every session has one.
@usableFromInline
package struct EngineDialect: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt8

    @inlinable
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The protocol's third version; without it, the fourth.
    @inlinable package static var version3: EngineDialect { EngineDialect(rawValue: 1) }
    /// Binary messages leave as base64 in text, because the client cannot take bytes (`b64`).
    @inlinable package static var base64: EngineDialect { EngineDialect(rawValue: 2) }
    /// A GET is answered with a script, and a POST's body is a form (`j`); only with ``version3``.
    @inlinable package static var jsonp: EngineDialect { EngineDialect(rawValue: 4) }

    /// What was agreed on with a client: the version, and whether its first request has the queries `b64` and `j`.
    ///
    /// A script is text, so a client that wants one gets base64 too.
    package init(_ version: EngineProtocolVersion, b64: Bool = false, j: Bool = false) {
        self = b64 ? .base64 : []
        guard version == .v3 else { return }
        insert(.version3)
        if j { formUnion([.jsonp, .base64]) }
    }

    /// The version of the protocol.
    package var version: EngineProtocolVersion { isVersion3 ? .v3 : .v4 }

    /// Whether the version is the third.
    @inlinable package var isVersion3: Bool { rawValue & Self.version3.rawValue != 0 }

    /// Whether a binary message on a WebSocket is its bytes and nothing else.
    @inlinable package var isPlain: Bool { rawValue & (Self.version3.rawValue | Self.base64.rawValue) == 0 }

    /// Appends a binary message as it leaves on a WebSocket (EIO3 "Packet": its type is its first byte).
    ///
    /// - Returns: Whether it is to be sent as a text.
    package func append(binaryMessage data: RawSpan, to buffer: inout ByteBuffer) -> Bool {
        guard contains(.base64) else {
            buffer.reserve(1 + data.byteCount)
            if contains(.version3) { buffer.append(EnginePacketType.message.rawValue) }
            buffer.append(data)
            return false
        }
        buffer.append(UInt8(ascii: "b"))
        if contains(.version3) { buffer.append(EnginePacketType.message.digit) }
        Base64.encode(data, into: &buffer)
        return true
    }

    /// Whether an answer to a GET is binary: only then the body of a POST may be, too.
    ///
    /// A payload of the third version tells by its first byte, and one of the fourth is always text.
    package static func isBinary(payload: [UInt8]) -> Bool {
        guard let first = payload.first else { return false }
        return first == EnginePayloadReader.textMark || first == EnginePayloadReader.binaryMark
    }
}
