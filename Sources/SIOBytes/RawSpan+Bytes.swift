extension RawSpan {
    /// The byte at `offset`.
    @inlinable
    package subscript(offset: Int) -> UInt8 {
        precondition(UInt(bitPattern: offset) < UInt(bitPattern: byteCount), "offset beyond the span")
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// A copy of the bytes.
    @inlinable
    package var array: [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }

    /// The bytes read as UTF-8; ill-formed parts become U+FFFD.
    @inlinable
    package var string: String {
        unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the bytes are those of `text`.
    @inlinable
    package func equals(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        for index in 0..<byteCount where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// The offset of the first `byte` at or after `start`.
    @inlinable
    package func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        precondition(start >= 0, "offset beyond the span")
        var index = start
        // Eight at a time: a zero byte in the difference borrows into its top bit.
        let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
        while index <= byteCount - 8 {
            let word = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            let difference = UInt64(littleEndian: word) ^ pattern
            let zeroes = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            if zeroes != 0 { return index + zeroes.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < byteCount {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// Whether the bytes are those of the other.
    @inlinable
    @inline(__always)
    package func hasSameBytes(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        if byteCount < 8 { return shortWord == other.shortWord }
        var offset = 0
        while offset < byteCount - 8 {
            if word(at: offset) != other.word(at: offset) { return false }
            offset += 8
        }
        return word(at: byteCount - 8) == other.word(at: byteCount - 8)
    }

    /// A hash of the bytes; its highest bits are its best ones.
    @inlinable
    @inline(__always)
    package var hash: UInt64 {
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        if byteCount < 8 { return (shortWord &+ UInt64(byteCount)) &* factor }
        var hash = UInt64(byteCount)
        var offset = 0
        while offset < byteCount - 8 {
            hash = (hash ^ word(at: offset)) &* factor
            hash ^= hash >> 32
            offset += 8
        }
        return (hash ^ word(at: byteCount - 8)) &* factor
    }

    @inlinable
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
    }

    /// Fewer than eight bytes, of which some may be there twice: of as many others it is another word.
    @inlinable
    @inline(__always)
    var shortWord: UInt64 {
        if byteCount >= 4 {
            let first = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self)
            let last = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: byteCount - 4, as: UInt32.self)
            return UInt64(first) | UInt64(last) << 32
        }
        if byteCount == 0 { return 0 }
        // The first, the one in the middle and the last are all of them.
        return UInt64(self[0]) | UInt64(self[byteCount / 2]) << 8 | UInt64(self[byteCount - 1]) << 16
    }
}
