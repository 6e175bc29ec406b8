import COpenSSL

/// Setting up an `SSL_CTX`.
extension TLSMaterial {
    static func makeContext(isForServer: Bool) throws(TLSError) -> OpenSSLObject {
        TLSError.clearReasons()
        guard let context = SSL_CTX_new(isForServer ? TLS_server_method() : TLS_client_method()) else {
            throw TLSError(.unusableSetting, TLSError.takeReasons())
        }
        sio_set_defaults(context)
        // Without one a session with a client's certificate could not be resumed.
        let name = Array("socketio".utf8)
        SSL_CTX_set_session_id_context(context, name, CUnsignedInt(name.count))
        return OpenSSLObject(context) { SSL_CTX_free($0) }
    }

    static func set(_ minimum: TLSVersion, _ ciphers: String, on context: OpaquePointer) throws(TLSError) {
        let oldest = minimum == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION
        guard sio_set_versions(context, oldest, TLS1_3_VERSION) == 1 else {
            throw TLSError(.unusableSetting, "minimumVersion: \(TLSError.takeReasons())")
        }
        guard SSL_CTX_set_cipher_list(context, ciphers) == 1 else {
            throw TLSError(.unusableSetting, "tls12Ciphers: \(TLSError.takeReasons())")
        }
    }

    /// Shows the identity to the peer.
    static func use(_ identity: TLSIdentity, on context: OpaquePointer) throws(TLSError) {
        if identity.isPKCS12 { return try usePKCS12(identity, on: context) }
        let chain = identity.certificateChain
        var isFirst = true
        try forEachCertificate(in: chain, .unreadableCertificate) { certificate in
            defer { isFirst = false }
            return isFirst
                ? SSL_CTX_use_certificate(context, certificate) == 1 : append(certificate, toChainOf: context)
        }
        let source = identity.privateKey
        let pem = try source.read(.unreadableKey)
        guard let key = readKey(pem, passphrase: identity.passphrase) else {
            throw TLSError(.unreadableKey, "\(source): \(TLSError.takeReasons())")
        }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(context, key) == 1, SSL_CTX_check_private_key(context) == 1 else {
            throw TLSError(.keyMismatch, "\(source), \(chain): \(TLSError.takeReasons())")
        }
    }

    /// Has the certificate stand behind the first one.
    static func append(_ certificate: OpaquePointer, toChainOf context: OpaquePointer) -> Bool {
        guard X509_up_ref(certificate) == 1 else { return false }
        if sio_add_chain_certificate(context, certificate) == 1 { return true }
        X509_free(certificate)
        return false
    }

    /// Believes the roots; `announces` has clients told that certificates of these are wanted.
    static func trust(_ roots: TLSTrustRoots, on context: OpaquePointer, announces: Bool) throws(TLSError) {
        switch roots {
        case .system:
            guard SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw TLSError(.unreadableTrustRoots, "the system's: \(TLSError.takeReasons())")
            }
        case .certificates(let source):
            let store = SSL_CTX_get_cert_store(context)
            // Whatever is given is trusted, also what another certificate has signed.
            X509_STORE_set_flags(store, CUnsignedLong(X509_V_FLAG_PARTIAL_CHAIN))
            try forEachCertificate(in: source, .unreadableTrustRoots) { certificate in
                guard X509_STORE_add_cert(store, certificate) == 1 else { return false }
                return !announces || SSL_CTX_add_client_CA(context, certificate) == 1
            }
        }
    }

    // MARK: PEM

    /// Calls the body with each certificate; there must be one.
    private static func forEachCertificate(
        in source: TLSSource, _ code: TLSError.Code, _ body: (OpaquePointer) -> Bool
    ) throws(TLSError) {
        let pem = try source.read(code)
        TLSError.clearReasons()
        var count = 0
        let isRead = withBIO(over: pem) { bio in
            while let certificate = PEM_read_bio_X509(bio, nil, onPassphrase, nil) {
                defer { X509_free(certificate) }
                guard body(certificate) else { return false }
                count += 1
            }
            return sio_take_end_of_pem() == 1
        }
        guard isRead else { throw TLSError(code, "\(source): \(TLSError.takeReasons())") }
        guard count > 0 else { throw TLSError(code, "\(source): no certificate in it") }
    }

    private static func readKey(_ pem: [UInt8], passphrase: String?) -> OpaquePointer? {
        TLSError.clearReasons()
        return withBIO(over: pem) { bio in
            guard let passphrase else { return PEM_read_bio_PrivateKey(bio, nil, onPassphrase, nil) }
            return Array(passphrase.utf8).withUnsafeBytes { bytes in
                withUnsafePointer(to: bytes) {
                    PEM_read_bio_PrivateKey(bio, nil, onPassphrase, UnsafeMutableRawPointer(mutating: $0))
                }
            }
        }
    }

    static func withBIO<Result>(over bytes: [UInt8], _ body: (OpaquePointer?) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count))
            defer { BIO_free(bio) }
            return body(bio)
        }
    }
}

/// Hands out the passphrase; without one OpenSSL would ask whoever sits at the terminal.
private func onPassphrase(
    _ room: UnsafeMutablePointer<CChar>?, _ size: CInt, _: CInt, _ argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let room, let passphrase = argument?.load(as: UnsafeRawBufferPointer.self), passphrase.count <= Int(size)
    else { return -1 }
    UnsafeMutableRawBufferPointer(start: room, count: Int(size)).copyMemory(from: passphrase)
    return CInt(passphrase.count)
}
