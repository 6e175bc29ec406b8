public import SIOBytes

/// Writes frames (RFC 6455 §5.2), each length in as few bytes as it can be.
///
/// A server passes no masking key. A client passes a fresh one for each frame.
@usableFromInline
package enum WebSocketFrame {
    /// The most bytes that a header has.
    package static let maxHeaderLength = 14

    /// The bytes of the header in front of a payload.
    package static func headerLength(payloadLength: Int, isMasked: Bool = false) -> Int {
        let length = payloadLength <= 125 ? 2 : payloadLength <= 0xFFFF ? 4 : 10
        return isMasked ? length + 4 : length
    }

    /// Appends one frame.
    ///
    /// - Parameters:
    ///   - opcode: What the frame is.
    ///   - isFinal: False for each fragment of a message but the last. The fragments behind the first have the opcode
    ///     ``WebSocketOpcode/continuation`` (RFC 6455 §5.4).
    ///   - payload: At most 125 bytes in a control frame.
    ///   - maskingKey: Nil for a server.
    ///   - buffer: What the frame is written behind.
    package static func append(
        _ opcode: WebSocketOpcode,
        isFinal: Bool = true,
        payload: RawSpan,
        maskingKey: WebSocketMaskingKey? = nil,
        to buffer: inout ByteBuffer
    ) {
        buffer.reserve(maxHeaderLength + payload.byteCount)
        appendHeader(
            opcode, isFinal: isFinal, payloadLength: payload.byteCount, maskingKey: maskingKey, to: &buffer)
        if let maskingKey {
            appendMasked(payload, maskingKey, to: &buffer)
        } else {
            buffer.append(payload)
        }
    }

    /// Appends a header alone, for a payload that the caller writes behind it: as it is, or masked.
    package static func appendHeader(
        _ opcode: WebSocketOpcode,
        isFinal: Bool = true,
        payloadLength: Int,
        maskingKey: WebSocketMaskingKey? = nil,
        to buffer: inout ByteBuffer
    ) {
        let (header, count) = header(
            opcode, isFinal: isFinal, payloadLength: payloadLength, maskingKey: maskingKey)
        buffer.append(unsafe header.span.bytes.extracting(0..<count))
    }

    /// Makes one frame of all that the buffer holds, by a header in front of it.
    ///
    /// It costs no copy where there are ``maxHeaderLength`` bytes of room in front.
    @inlinable
    @inline(__always)
    package static func prependHeader(
        _ opcode: WebSocketOpcode, maskingKey: WebSocketMaskingKey? = nil, to buffer: inout ByteBuffer
    ) {
        guard maskingKey == nil, buffer.count <= 0xFFFF, !opcode.isControl else {
            return prependAnyHeader(opcode, maskingKey, to: &buffer)
        }
        // Most of a server's messages have a header of two bytes, or of four.
        let first = UInt64(opcode.rawValue | 0x80)
        let length = UInt64(buffer.count)
        if length <= 125 {
            buffer.prepend(first | length << 8, count: 2)
        } else {
            buffer.prepend(first | 126 << 8 | (length & 0xFF) << 24 | (length >> 8) << 16, count: 4)
        }
    }

    @usableFromInline
    static func prependAnyHeader(
        _ opcode: WebSocketOpcode, _ maskingKey: WebSocketMaskingKey?, to buffer: inout ByteBuffer
    ) {
        if let maskingKey {
            buffer.withMutableBytes { bytes in
                _ = maskingKey.apply(to: &bytes, in: 0..<bytes.byteCount)
            }
        }
        let (header, count) = header(
            opcode, isFinal: true, payloadLength: buffer.count, maskingKey: maskingKey)
        buffer.prepend(unsafe header.span.bytes.extracting(0..<count))
    }

    /// The bytes of a header, and how many they are.
    @inline(__always)
    private static func header(
        _ opcode: WebSocketOpcode, isFinal: Bool, payloadLength: Int, maskingKey: WebSocketMaskingKey?
    ) -> (InlineArray<14, UInt8>, Int) {
        precondition(payloadLength >= 0, "a payload of fewer than no bytes")
        precondition(!opcode.isControl || isFinal && payloadLength <= 125, "a control frame is whole and short")
        let first = isFinal ? opcode.rawValue | 0x80 : opcode.rawValue
        let masked: UInt8 = maskingKey == nil ? 0 : 0x80
        var header = InlineArray<14, UInt8>(repeating: 0)
        var count = 2
        header[0] = first
        if payloadLength <= 125 {
            header[1] = masked | UInt8(payloadLength)
        } else {
            let width = payloadLength <= 0xFFFF ? 2 : 8
            header[1] = masked | (width == 2 ? 126 : 127)
            for index in 0..<width {
                header[2 + index] = UInt8(truncatingIfNeeded: payloadLength >> (8 * (width - 1 - index)))
            }
            count += width
        }
        if let bits = maskingKey?.bits {
            for index in 0..<4 { header[count + index] = UInt8(truncatingIfNeeded: bits >> (8 * UInt32(index))) }
            count += 4
        }
        return (header, count)
    }

    /// Appends a close frame.
    package static func append(
        _ close: WebSocketCloseFrame, maskingKey: WebSocketMaskingKey? = nil, to buffer: inout ByteBuffer
    ) {
        var payload = ByteBuffer()
        if let code = close.code {
            payload.append(UInt8(code.rawValue >> 8))
            payload.append(UInt8(code.rawValue & 0xFF))
            payload.append(close.reason)
        }
        append(.close, payload: payload.bytes, maskingKey: maskingKey, to: &buffer)
    }

    /// A server's frame as an array of its own, which any number of connections can share.
    package static func bytes(_ opcode: WebSocketOpcode, payload: RawSpan) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.reserve(headerLength(payloadLength: payload.byteCount) + payload.byteCount)
        appendHeader(opcode, payloadLength: payload.byteCount, to: &buffer)
        buffer.append(payload)
        return buffer.take()
    }

    /// Appends a masked copy of the payload.
    ///
    /// It goes through a block on the stack, because a queue's end cannot be changed in place without moving its front. The block's length is a multiple of the key's, so each block begins with the key's first byte.
    private static func appendMasked(_ payload: RawSpan, _ key: WebSocketMaskingKey, to buffer: inout ByteBuffer) {
        var block = InlineArray<256, UInt8>(repeating: 0)
        var offset = 0
        while offset < payload.byteCount {
            let count = min(256, payload.byteCount - offset)
            let part = payload.extracting(offset..<offset + count)
            var elements = block.mutableSpan
            var bytes = unsafe elements.mutableBytes
            unsafe bytes.withUnsafeMutableBytes { target in
                unsafe part.withUnsafeBytes { source in unsafe target.copyMemory(from: source) }
            }
            key.apply(to: &bytes, in: 0..<count)
            buffer.append(bytes.bytes.extracting(0..<count))
            offset += count
        }
    }
}
