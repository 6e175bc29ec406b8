/// Bytes that many connections write, stored once: a broadcast's frame.
///
/// Their address stays the same for life, so the system may read them whenever it can write.
package final class SharedBytes: @unchecked Sendable {  // Never changed after init.
    package let bytes: UnsafeRawBufferPointer

    /// Copies the bytes.
    package init(_ source: RawSpan) {
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: source.byteCount, alignment: 1)
        source.withUnsafeBytes { storage.copyMemory(from: $0) }
        bytes = UnsafeRawBufferPointer(storage)
    }

    deinit {
        bytes.deallocate()
    }

    package var count: Int { bytes.count }

    package var span: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }
}
