import COpenSSL

/// SHA-1 (RFC 3174), which RFC 6455 §1.3 asks for in the opening handshake.
///
/// It protects nothing there.
package enum SHA1 {
    /// The 20 bytes of the digest.
    package static func digest(of bytes: RawSpan) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Int(SHA_DIGEST_LENGTH)) { digest, count in
            unsafe bytes.withUnsafeBytes { bytes in
                let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                _ = unsafe COpenSSL.SHA1(start, bytes.count, digest.baseAddress)
            }
            count = Int(SHA_DIGEST_LENGTH)
        }
    }
}
