import Synchronization

/// Bytes that many connections write, stored once: a broadcast's frame.
///
/// Their address stays the same for life, so the system may read them whenever it can write.
package final class SharedBytes: @unchecked Sendable {  // Its bytes never change after init.
    package let bytes: UnsafeRawBufferPointer
    private let compressedForm = Mutex(CompressedForm.unknown)

    private enum CompressedForm {
        case unknown
        case none
        case bytes(SharedBytes)
    }

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

    /// The same, compressed: made once, by whoever needs it first; nil if that is no use.
    func compressed(_ make: () -> [UInt8]?) -> SharedBytes? {
        compressedForm.withLock { form in
            if case .unknown = form { form = make().map { .bytes(SharedBytes($0.span.bytes)) } ?? .none }
            return if case .bytes(let compressed) = form { compressed } else { nil }
        }
    }

    package var span: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }
}
