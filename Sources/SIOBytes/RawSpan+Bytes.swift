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
        var index = start
        while index < byteCount {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}
