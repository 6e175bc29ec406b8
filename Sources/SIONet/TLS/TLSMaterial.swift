import COpenSSL
import Synchronization

/// What one reading of a configuration made: certificates, keys and roots, as OpenSSL wants them.
///
/// It never changes. Whoever reloads makes another one, and a session keeps the one that it began with.
final class TLSMaterial: Sendable {
    /// What sessions are made of, and what shows the first certificate.
    let context: OpenSSLObject
    /// What is shown for names; the keys are in lower case.
    private let identities: [String: OpenSSLObject]
    private let applicationProtocols: [[UInt8]]
    private let pinnedKeys: Set<[UInt8]>
    /// The functions by which OpenSSL reads and writes a session's ciphertext.
    let transport: OpenSSLObject
    let handshakeTimeout: Duration
    /// Whether a server has to prove who it is.
    let verifiesHost: Bool
    let counters: TLSCounters

    /// What a server needs.
    ///
    /// - Throws: ``TLSError`` if something cannot be read, or does not fit together.
    init(_ configuration: TLSConfiguration, counters: TLSCounters) throws(TLSError) {
        Self.check(configuration.applicationProtocols)
        let setUp = { (identity: TLSIdentity) throws(TLSError) -> OpenSSLObject in
            let context = try Self.makeContext(isForServer: true)
            try Self.set(configuration.minimumVersion, configuration.tls12Ciphers, on: context.pointer)
            try Self.use(identity, on: context.pointer)
            switch configuration.clientCertificates {
            case .none: break
            case .request(let roots):
                try Self.trust(roots, on: context.pointer, announces: true)
                SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
            case .require(let roots):
                try Self.trust(roots, on: context.pointer, announces: true)
                SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
            }
            return context
        }
        context = try setUp(configuration.identity)
        var identities: [String: OpenSSLObject] = [:]
        for (name, identity) in configuration.identities { identities[name.lowercased()] = try setUp(identity) }
        self.identities = identities
        applicationProtocols = configuration.applicationProtocols.map { Array($0.utf8) }
        pinnedKeys = []
        transport = try TLSSession.makeTransport()
        handshakeTimeout = configuration.handshakeTimeout
        verifiesHost = false
        self.counters = counters
        let me = Unmanaged.passUnretained(self).toOpaque()
        for context in [context] + Array(identities.values) {
            sio_set_server_name_callback(context.pointer, onServerName, me)
            if !applicationProtocols.isEmpty {
                SSL_CTX_set_alpn_select_cb(context.pointer, onApplicationProtocols, me)
            }
        }
    }

    /// What a client needs.
    ///
    /// - Throws: ``TLSError`` if something cannot be read, or does not fit together.
    init(_ configuration: TLSClientConfiguration, counters: TLSCounters) throws(TLSError) {
        Self.check(configuration.applicationProtocols)
        let context = try Self.makeContext(isForServer: false)
        try Self.set(configuration.minimumVersion, configuration.tls12Ciphers, on: context.pointer)
        if let identity = configuration.identity { try Self.use(identity, on: context.pointer) }
        verifiesHost = configuration.verification == .full
        if verifiesHost {
            try Self.trust(configuration.trustRoots, on: context.pointer, announces: false)
            SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, configuration.pinnedKeys.isEmpty ? nil : onVerify)
        }
        var list: [UInt8] = []
        for name in configuration.applicationProtocols { list += [UInt8(name.utf8.count)] + Array(name.utf8) }
        if !list.isEmpty, SSL_CTX_set_alpn_protos(context.pointer, list, CUnsignedInt(list.count)) != 0 {
            throw TLSError(.unusableSetting, "applicationProtocols: \(TLSError.takeReasons())")
        }
        self.context = context
        identities = [:]
        applicationProtocols = []
        pinnedKeys = configuration.pinnedKeys
        transport = try TLSSession.makeTransport()
        handshakeTimeout = configuration.handshakeTimeout
        self.counters = counters
    }

    private static func check(_ applicationProtocols: [String]) {
        // RFC 7301 §3.1.
        precondition(applicationProtocols.allSatisfy { 1...255 ~= $0.utf8.count }, "a protocol's name of no length")
    }

    // MARK: Choosing

    /// What to show to a client that asks for the name; nil for what is shown to all others.
    func context(for name: String) -> OpenSSLObject? {
        guard !identities.isEmpty else { return nil }
        let name = name.lowercased()
        if let exact = identities[name] { return exact }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return nil }
        return identities["*" + name[dot...]]
    }

    /// The best protocol that both speak: its place in the client's list (RFC 7301 §3.1).
    func applicationProtocol(in offered: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for wanted in applicationProtocols {
            var start = 0
            while start < offered.count {
                let name = start + 1..<start + 1 + Int(offered[start])
                guard name.upperBound <= offered.count else { break }
                if offered[name].elementsEqual(wanted) { return name }
                start = name.upperBound
            }
        }
        return nil
    }

    /// Whether a key of the verified chain is one of those that the client wants to see.
    func isPinned(_ chain: OpaquePointer?) -> Bool {
        for place in 0..<max(0, OPENSSL_sk_num(chain)) {
            let certificate = OpaquePointer(OPENSSL_sk_value(chain, place))
            if let digest = Self.keyDigest(of: certificate), pinnedKeys.contains(digest) { return true }
        }
        return false
    }

    private static func keyDigest(of certificate: OpaquePointer?) -> [UInt8]? {
        guard let key = certificate.flatMap({ X509_get_X509_PUBKEY($0) }) else { return nil }
        var der: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_PUBKEY(key, &der)
        guard count > 0, let der else { return nil }
        defer { CRYPTO_free(der, nil, 0) }
        return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, length in
            _ = SHA256(der, Int(count), digest.baseAddress)
            length = Int(SHA256_DIGEST_LENGTH)
        }
    }
}

/// How handshakes went, on all loops.
final class TLSCounters: Sendable {
    let completed = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
}

// OpenSSL's callbacks. The material outlives every session that was made of it.

private func material(_ argument: UnsafeMutableRawPointer?) -> TLSMaterial? {
    argument.map { Unmanaged<TLSMaterial>.fromOpaque($0).takeUnretainedValue() }
}

private func onServerName(
    _ session: OpaquePointer?, _: UnsafeMutablePointer<CInt>?, _ argument: UnsafeMutableRawPointer?
) -> CInt {
    if let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name),
        let context = material(argument)?.context(for: String(cString: name))
    {
        SSL_set_SSL_CTX(session, context.pointer)
    }
    return SSL_TLSEXT_ERR_OK
}

private func onApplicationProtocols(
    _: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?, _ count: CUnsignedInt, _ argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let material = material(argument), let offered,
        let name = material.applicationProtocol(in: UnsafeBufferPointer(start: offered, count: Int(count)))
    else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    chosen?.pointee = offered + name.lowerBound
    length?.pointee = UInt8(name.count)
    return SSL_TLSEXT_ERR_OK
}

/// Called with each certificate of a chain from the root on; the last one is the server's.
private func onVerify(_ isVerified: CInt, _ store: OpaquePointer?) -> CInt {
    guard isVerified == 1, X509_STORE_CTX_get_error_depth(store) == 0 else { return isVerified }
    let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    guard let ssl, let session = TLSSession.session(of: OpaquePointer(ssl)),
        session.material.isPinned(X509_STORE_CTX_get0_chain(store))
    else {
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
        return 0
    }
    return 1
}
