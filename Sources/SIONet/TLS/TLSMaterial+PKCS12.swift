import COpenSSL

/// An identity out of one PKCS #12 (RFC 7292).
extension TLSMaterial {
    /// Shows the identity to the peer.
    static func usePKCS12(_ identity: TLSIdentity, on context: OpaquePointer) throws(TLSError) {
        let source = identity.certificateChain
        let bytes = try source.read(.unreadableCertificate)
        TLSError.clearReasons()
        guard let archive = withBIO(over: bytes, { d2i_PKCS12_bio($0, nil) }) else {
            throw TLSError(.unreadableCertificate, "\(source): no PKCS #12: \(TLSError.takeReasons())")
        }
        defer { PKCS12_free(archive) }
        var key: OpaquePointer?
        var certificate: OpaquePointer?
        var others: OpaquePointer?
        guard PKCS12_parse(archive, identity.passphrase, &key, &certificate, &others) == 1 else {
            throw TLSError(.unreadableKey, "\(source): \(TLSError.takeReasons())")
        }
        defer {
            EVP_PKEY_free(key)
            X509_free(certificate)
            for place in 0..<max(0, OPENSSL_sk_num(others)) {
                X509_free(OpaquePointer(OPENSSL_sk_value(others, place)))
            }
            OPENSSL_sk_free(others)
        }
        guard let key else { throw TLSError(.unreadableKey, "\(source): no key in it") }
        guard let certificate else { throw TLSError(.keyMismatch, "\(source): no certificate of its key in it") }
        var isUsed = SSL_CTX_use_certificate(context, certificate) == 1
        for place in 0..<max(0, OPENSSL_sk_num(others)) where isUsed {
            isUsed = OpaquePointer(OPENSSL_sk_value(others, place)).map { append($0, toChainOf: context) } ?? false
        }
        guard isUsed else { throw TLSError(.unreadableCertificate, "\(source): \(TLSError.takeReasons())") }
        guard SSL_CTX_use_PrivateKey(context, key) == 1, SSL_CTX_check_private_key(context) == 1 else {
            throw TLSError(.keyMismatch, "\(source): \(TLSError.takeReasons())")
        }
    }
}
