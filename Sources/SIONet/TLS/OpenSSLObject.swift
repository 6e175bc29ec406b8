/// Something that OpenSSL made and that is shared, freed with the last who holds it.
///
/// Only for what OpenSSL allows many threads to use at once, and what nobody changes any more: an `SSL_CTX` that is
/// set up, the table of a BIO's functions.
final class OpenSSLObject: @unchecked Sendable {  // Never changed once it is shared.
    let pointer: OpaquePointer
    private let free: @Sendable (OpaquePointer) -> Void

    init(_ pointer: OpaquePointer, free: @escaping @Sendable (OpaquePointer) -> Void) {
        self.pointer = pointer
        self.free = free
    }

    deinit {
        free(pointer)
    }
}
