/// The four bytes that a client's payload is combined with (RFC 6455 §5.3).
@usableFromInline
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
        let start = range.lowerBound
        let end = range.upperBound
        // The last ones are taken out before those in front of them, some of which they are, are put back.
        if range.count >= 16 {
            let last = end &- 16
            let key = SIMD4(repeating: bits.littleEndian)
            let tail = Self.chunk(bytes, at: last) ^ SIMD4(repeating: rotated(by: last &- start).littleEndian)
            var seen = tail
            var offset = start
            while last &- offset >= 32 {
                let first = Self.chunk(bytes, at: offset) ^ key
                let second = Self.chunk(bytes, at: offset &+ 16) ^ key
                unsafe bytes.storeBytes(of: first, toUncheckedByteOffset: offset, as: SIMD4<UInt32>.self)
                unsafe bytes.storeBytes(of: second, toUncheckedByteOffset: offset &+ 16, as: SIMD4<UInt32>.self)
                seen |= first | second
                offset &+= 32
            }
            while offset < last {
                let chunk = Self.chunk(bytes, at: offset) ^ key
                unsafe bytes.storeBytes(of: chunk, toUncheckedByteOffset: offset, as: SIMD4<UInt32>.self)
                seen |= chunk
                offset &+= 16
            }
            unsafe bytes.storeBytes(of: tail, toUncheckedByteOffset: last, as: SIMD4<UInt32>.self)
            let halves = unsafe unsafeBitCast(seen, to: SIMD2<UInt64>.self)
            return (halves[0] | halves[1]) & 0x8080_8080_8080_8080 == 0
        }
        if range.count >= 4 {
            var seen: UInt32 = 0
            let last = end &- 4
            let tail = Self.word(bytes, at: last) ^ rotated(by: last &- start).littleEndian
            var offset = start
            while offset < last {
                let word = Self.word(bytes, at: offset) ^ bits.littleEndian
                unsafe bytes.storeBytes(of: word, toUncheckedByteOffset: offset, as: UInt32.self)
                seen |= word
                offset &+= 4
            }
            unsafe bytes.storeBytes(of: tail, toUncheckedByteOffset: last, as: UInt32.self)
            return (seen | tail) & 0x8080_8080 == 0
        }
        var seen: UInt8 = 0
        for offset in range {
            let loaded = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
            let byte = loaded ^ UInt8(truncatingIfNeeded: rotated(by: offset &- start))
            unsafe bytes.storeBytes(of: byte, toUncheckedByteOffset: offset, as: UInt8.self)
            seen |= byte
        }
        return seen < 0x80
    }

    /// The key as it is for bytes that begin so far behind the first.
    @inline(__always)
    private func rotated(by distance: Int) -> UInt32 {
        let shift = UInt32(truncatingIfNeeded: distance & 3) &* 8
        return bits &>> shift | bits &<< (32 &- shift)
    }

    @inline(__always)
    private static func chunk(_ bytes: borrowing MutableRawSpan, at offset: Int) -> SIMD4<UInt32> {
        unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD4<UInt32>.self)
    }

    @inline(__always)
    private static func word(_ bytes: borrowing MutableRawSpan, at offset: Int) -> UInt32 {
        unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
    }
}
