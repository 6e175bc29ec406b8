import COpenSSL

/// A certificate and its key, in PEM, made for a test.
package struct TestIdentity: Sendable {
    /// The certificate, and behind it those that lead to the root.
    package var chain: String
    /// The certificate alone.
    package let certificate: String
    package let key: String
    /// SHA-256 of the SubjectPublicKeyInfo.
    package let keyDigest: [UInt8]
    /// The certificate alone, in DER.
    package let der: [UInt8]
}

/// Signs certificates for tests: none lies in a file where it would expire.
package struct TestAuthority: Sendable {
    package struct Failure: Error {
        let step: String
    }

    private let identity: TestIdentity
    /// What certificates of this authority carry behind them.
    private let intermediates: String

    /// The root's certificate, in PEM.
    package var root: String { identity.chain }

    /// A root that signs itself.
    package init(_ name: String = "test root") throws {
        identity = try Self.make(name, extensions: Self.authority, days: -1...30, signedBy: nil)
        intermediates = ""
    }

    private init(_ identity: TestIdentity, intermediates: String) {
        self.identity = identity
        self.intermediates = intermediates
    }

    /// An authority that this one vouches for.
    package func intermediate(_ name: String) throws -> TestAuthority {
        let made = try Self.make(name, extensions: Self.authority, days: -1...30, signedBy: identity)
        return TestAuthority(made, intermediates: made.chain + intermediates)
    }

    /// A certificate for a server or a client, valid from and until so many days from now.
    ///
    /// The names are the subject's alternative ones in OpenSSL's notation: `DNS:localhost`, `IP:127.0.0.1`.
    package func issue(
        _ subject: String, names: [String] = [], days: ClosedRange<Int> = -1...30
    ) throws -> TestIdentity {
        var extensions = [(NID_basic_constraints, "critical,CA:FALSE")]
        if !names.isEmpty { extensions.append((NID_subject_alt_name, names.joined(separator: ","))) }
        var made = try Self.make(subject, extensions: extensions, days: days, signedBy: identity)
        made.chain += intermediates
        return made
    }

    private static let authority = [
        (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
    ]

    // MARK: OpenSSL

    private static func make(
        _ subject: String, extensions: [(CInt, String)], days: ClosedRange<Int>, signedBy issuer: TestIdentity?
    ) throws -> TestIdentity {
        let key = try newKey()
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw Failure(step: "certificate") }
        defer { X509_free(certificate) }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), UInt64.random(in: 1...UInt64(Int64.max)))
        X509_gmtime_adj(X509_getm_notBefore(certificate), days.lowerBound * 86400)
        X509_gmtime_adj(X509_getm_notAfter(certificate), days.upperBound * 86400)
        X509_set_pubkey(certificate, key)
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate), "CN", MBSTRING_FLAG | 0, Array(subject.utf8), CInt(subject.utf8.count),
            -1, 0)
        let above = try issuer.map { try readCertificate($0.chain) }
        defer { X509_free(above) }
        X509_set_issuer_name(certificate, X509_get_subject_name(above ?? certificate))
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, above ?? certificate, certificate, nil, nil, 0)
        for (id, value) in extensions {
            guard let part = X509V3_EXT_conf_nid(nil, &context, id, value) else { throw Failure(step: value) }
            X509_add_ext(certificate, part, -1)
            X509_EXTENSION_free(part)
        }
        let signer = try issuer.map { try readKey($0.key) }
        defer { EVP_PKEY_free(signer) }
        guard X509_sign(certificate, signer ?? key, EVP_sha256()) > 0 else { throw Failure(step: "signature") }
        let pem = text { PEM_write_bio_X509($0, certificate) }
        return TestIdentity(
            chain: pem,
            certificate: pem,
            key: text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) },
            keyDigest: digest(of: bytes { i2d_X509_PUBKEY_bio($0, X509_get_X509_PUBKEY(certificate)) }),
            der: bytes { i2d_X509_bio($0, certificate) }
        )
    }

    private static func newKey() throws -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            EVP_PKEY_generate(context, &key) == 1, let key
        else { throw Failure(step: "key") }
        return key
    }

    private static func readCertificate(_ pem: String) throws -> OpaquePointer {
        guard let certificate = read(pem, { PEM_read_bio_X509($0, nil, nil, nil) }) else {
            throw Failure(step: "issuer")
        }
        return certificate
    }

    private static func readKey(_ pem: String) throws -> OpaquePointer {
        guard let key = read(pem, { PEM_read_bio_PrivateKey($0, nil, nil, nil) }) else { throw Failure(step: "signer") }
        return key
    }

    private static func read(_ pem: String, _ body: (OpaquePointer?) -> OpaquePointer?) -> OpaquePointer? {
        Array(pem.utf8).withUnsafeBytes { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count))
            defer { BIO_free(bio) }
            return body(bio)
        }
    }

    private static func bytes(_ write: (OpaquePointer?) -> CInt) -> [UInt8] {
        let bio = BIO_new(BIO_s_mem())
        defer { BIO_free(bio) }
        _ = write(bio)
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        BIO_read(bio, &bytes, CInt(bytes.count))
        return bytes
    }

    private static func text(_ write: (OpaquePointer?) -> CInt) -> String {
        String(decoding: bytes(write), as: UTF8.self)
    }

    private static func digest(of bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
            _ = SHA256(bytes, bytes.count, digest.baseAddress)
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }
}

extension TestIdentity {
    /// The key, encrypted with a passphrase.
    package func encryptedKey(_ passphrase: String) throws -> String {
        try TestAuthority.encrypted(key, passphrase)
    }

    /// The chain and the key as one PKCS #12.
    ///
    /// - Parameters:
    ///   - passphrase: What it is encrypted with.
    ///   - hasKey: Whether the key is in it.
    /// - Returns: Its bytes.
    /// - Throws: OpenSSL does not make it.
    package func pkcs12(_ passphrase: String, hasKey: Bool = true) throws -> [UInt8] {
        try TestAuthority.pkcs12(self, passphrase, hasKey: hasKey)
    }
}

extension TestAuthority {
    fileprivate static func encrypted(_ key: String, _ passphrase: String) throws -> String {
        let key = try readKey(key)
        defer { EVP_PKEY_free(key) }
        return text {
            PEM_write_bio_PrivateKey(
                $0, key, EVP_aes_128_cbc(), Array(passphrase.utf8), CInt(passphrase.utf8.count), nil, nil)
        }
    }
    fileprivate static func pkcs12(_ identity: TestIdentity, _ passphrase: String, hasKey: Bool) throws -> [UInt8] {
        let key = try hasKey ? readKey(identity.key) : nil
        let certificate = try readCertificate(identity.certificate)
        // The issuers' certificates stand behind the first one.
        let issuers = OPENSSL_sk_new_null()
        var rest = identity.chain.dropFirst(identity.certificate.count)
        while !rest.isEmpty {
            let issuer = try readCertificate(String(rest))
            OPENSSL_sk_push(issuers, UnsafeRawPointer(issuer))
            rest = rest.dropFirst(text { PEM_write_bio_X509($0, issuer) }.count)
        }
        defer {
            EVP_PKEY_free(key)
            X509_free(certificate)
            while let issuer = OPENSSL_sk_pop(issuers) { X509_free(OpaquePointer(issuer)) }
            OPENSSL_sk_free(issuers)
        }
        guard let made = PKCS12_create(passphrase, "test", key, certificate, issuers, 0, 0, 0, 0, 0) else {
            throw Failure(step: "PKCS #12")
        }
        defer { PKCS12_free(made) }
        return bytes { i2d_PKCS12_bio($0, made) }
    }
}
