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
    package func hasSameBytes(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while offset + 8 <= byteCount {
            let word = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
            if unsafe word != other.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self) {
                return false
            }
            offset += 8
        }
        while offset < byteCount {
            if self[offset] != other[offset] { return false }
            offset += 1
        }
        return true
    }
}
