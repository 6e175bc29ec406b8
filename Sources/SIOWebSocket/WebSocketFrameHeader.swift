import SIOBytes

/// The first 2 to 14 bytes of a frame (RFC 6455 §5.2), and where its payload lies.
struct WebSocketFrameHeader {
    let opcode: WebSocketOpcode
    let isFinal: Bool
    /// Whether RSV1 is set: the frame begins a message that is compressed (RFC 7692 §6).
    let isCompressed: Bool
    /// Nil in a server's frame.
    let maskingKey: WebSocketMaskingKey?
    /// The offset of the payload's first byte in the window.
    let start: Int
    /// The payload's bytes.
    let length: Int

    /// Whether the frame is a message by itself, and not compressed.
    var isWholeMessage: Bool { isFinal && !isCompressed && (opcode == .text || opcode == .binary) }

    /// The offset behind the frame's last byte; a frame that no memory holds ends at `Int.max`.
    var end: Int {
        let (end, isBeyond) = start.addingReportingOverflow(length)
        return isBeyond ? .max : end
    }

    /// Reads the header at `offset`, and holds each byte against the rules before it looks at the next: so the fault
    /// that is found does not depend on how much has arrived.
    ///
    /// - Parameters:
    ///   - window: The bytes that have come.
    ///   - offset: Where the frame begins.
    ///   - isMasked: Whether the peer has to mask.
    ///   - mayBeCompressed: Whether permessage-deflate was agreed on.
    ///   - room: What the fragmented message that is under way still takes; nil if there is none.
    ///   - limits: What the frame and its message may measure.
    /// - Returns: Nil when the header is not complete.
    /// - Throws: The peer's first fault.
    @inline(__always)
    static func read(
        in window: RawSpan,
        from offset: Int,
        isMasked: Bool,
        mayBeCompressed: Bool,
        room: WebSocketFragments.Room?,
        limits: WebSocketLimits
    ) throws(WebSocketError) -> WebSocketFrameHeader? {
        let available = window.byteCount - offset
        guard available >= 1 else { return nil }
        let first = window[offset]
        if first & 0x70 != 0 { try checkReservedBits(first, mayBeCompressed) }
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else { throw .unknownOpcode(first & 0x0F) }
        let isFinal = first & 0x80 != 0
        // Asked of the byte and not of the opcode, which would have to be turned back into a number.
        let isControl = first & 0x08 != 0
        if isControl {
            guard isFinal else { throw .fragmentedControlFrame }
        } else if opcode == .continuation {
            guard room != nil else { throw .unexpectedContinuation }
        } else {
            guard room == nil else { throw .expectedContinuation }
        }

        guard available >= 2 else { return nil }
        let second = window[offset + 1]
        guard (second & 0x80 != 0) == isMasked else { throw isMasked ? .unmaskedFrame : .maskedFrame }
        var length = Int(second & 0x7F)
        var start = offset + 2
        if length > 125 {
            guard !isControl else { throw .longControlFrame }
            let width = length == 126 ? 2 : 8
            guard available >= 2 + width else { return nil }
            length = try extendedLength(in: window, at: start, width: width)
            start += width
        }
        if !isControl {
            guard length <= limits.maxFrameSize else { throw .frameTooBig }
            if let room {
                try room.admit(length)
            } else {
                guard length <= limits.maxMessageSize else { throw .messageTooBig }
            }
        }

        guard isMasked else {
            return WebSocketFrameHeader(
                opcode: opcode, isFinal: isFinal, isCompressed: first & 0x40 != 0, maskingKey: nil, start: start,
                length: length)
        }
        guard window.byteCount - start >= 4 else { return nil }
        let bits = unsafe window.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt32.self)
        let key = WebSocketMaskingKey(bits: UInt32(littleEndian: bits))
        return WebSocketFrameHeader(
            opcode: opcode, isFinal: isFinal, isCompressed: first & 0x40 != 0, maskingKey: key, start: start + 4,
            length: length)
    }

    /// RFC 7692 §6: where it was agreed on, RSV1 may be set, on a message's first frame and nowhere else.
    @inline(never)
    private static func checkReservedBits(_ first: UInt8, _ mayBeCompressed: Bool) throws(WebSocketError) {
        let isFirstOfMessage = first & 0x08 == 0 && first & 0x0F != WebSocketOpcode.continuation.rawValue
        guard mayBeCompressed, first & 0x70 == WebSocketFrame.rsv1, isFirstOfMessage else { throw .reservedBits }
    }

    /// The length behind a 126 or 127; RFC 6455 §5.2: in network byte order, and in as few bytes as it can be.
    private static func extendedLength(
        in window: RawSpan, at offset: Int, width: Int
    ) throws(WebSocketError) -> Int {
        var length: UInt64 = 0
        for index in offset..<offset + width { length = length << 8 | UInt64(window[index]) }
        if width == 2 {
            guard length > 125 else { throw .lengthNotMinimal }
        } else {
            guard length >> 63 == 0 else { throw .lengthHighBit }
            guard length > 0xFFFF else { throw .lengthNotMinimal }
        }
        return Int(length)
    }
}
