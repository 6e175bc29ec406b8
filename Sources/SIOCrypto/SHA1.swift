import COpenSSL

/// SHA-1 (RFC 3174), which RFC 6455 §1.3 asks for in the opening handshake.
///
/// It protects nothing there.
package enum SHA1 {
    /// The bytes of a digest.
    package typealias Digest = InlineArray<20, UInt8>

    /// The digest of the bytes, and of others behind them.
    package static func digest(of bytes: RawSpan, _ others: RawSpan = RawSpan()) -> Digest {
        var digest = Digest(repeating: 0)
        var output = digest.mutableSpan
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe others.withUnsafeBytes { others in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    unsafe sio_sha1(
                        bytes.baseAddress, bytes.count, others.baseAddress, others.count, output.baseAddress)
                }
            }
        }
        return digest
    }
}
