import COpenSSL
import SIOHTTP

extension PeerCertificate {
    /// Reads a certificate of OpenSSL's; nil if there is no memory.
    init?(x509 certificate: OpaquePointer) {
        var der: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(certificate, &der)
        guard count > 0, let der else { return nil }
        defer { CRYPTO_free(der, nil, 0) }
        self.init(
            subject: Self.text(of: X509_get_subject_name(certificate)),
            der: Array(UnsafeBufferPointer(start: der, count: Int(count)))
        )
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        guard sio_print_name(bio, name) > 0 else { return "" }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        let count = BIO_read(bio, &bytes, CInt(bytes.count))
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }
}
