/// The four bytes that a client's payload is combined with (RFC 6455 §5.3).
package struct WebSocketMaskingKey: Equatable, Sendable {
    /// The key with its first byte in the lowest eight bits.
    let bits: UInt32

    init(bits: UInt32) {
        self.bits = bits
    }

    /// The key in the order of the wire.
    package init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        bits = UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16 | UInt32(fourth) << 24
    }

    /// A fresh key; RFC 6455 §10.3 asks for a generator that the peer's applications cannot predict.
    package init(using generator: inout some RandomNumberGenerator) {
        bits = generator.next()
    }

    /// Masks or unmasks the bytes of `range` where they lie, the key beginning at the range's first byte.
    ///
    /// - Returns: Whether the resulting bytes are all ASCII, which costs nothing to see on the way and spares most
    ///   text messages a second walk.
    @inline(__always)
    @discardableResult
    func apply(to bytes: inout MutableRawSpan, in range: Range<Int>) -> Bool {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount, "range beyond the span")
        let end = range.upperBound
        var offset = range.lowerBound
        var seen: UInt64 = 0
        let wide = (UInt64(bits) | UInt64(bits) << 32).littleEndian
        while end &- offset >= 8 {
            let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self) ^ wide
            unsafe bytes.storeBytes(of: word, toUncheckedByteOffset: offset, as: UInt64.self)
            seen |= word
            offset &+= 8
        }
        if end &- offset >= 4 {
            let word =
                unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self) ^ bits.littleEndian
            unsafe bytes.storeBytes(of: word, toUncheckedByteOffset: offset, as: UInt32.self)
            seen |= UInt64(word)
            offset &+= 4
        }
        var rest = bits
        while offset < end {
            let loaded = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
            let byte = loaded ^ UInt8(truncatingIfNeeded: rest)
            unsafe bytes.storeBytes(of: byte, toUncheckedByteOffset: offset, as: UInt8.self)
            seen |= UInt64(byte)
            rest = rest >> 8 | rest << 24
            offset &+= 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}
