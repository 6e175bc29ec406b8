extension OutputSpan<UInt8> {
    /// Appends the bytes, for which there has to be room.
    @inlinable
    @inline(__always)
    @_lifetime(self: copy self)
    package mutating func append(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= freeCapacity, "no room for the bytes")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            guard let base = buffer.baseAddress else { return }
            let end = unsafe UnsafeMutableRawPointer(base + count)
            unsafe bytes.withUnsafeBytes { bytes in
                if let start = bytes.baseAddress { unsafe end.copyMemory(from: start, byteCount: bytes.count) }
            }
            count += bytes.byteCount
        }
    }
}
