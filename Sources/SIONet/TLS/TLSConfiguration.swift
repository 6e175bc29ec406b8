/// How a server speaks TLS.
///
/// ```swift
/// var tls = TLSConfiguration(certificateChain: .file("fullchain.pem"), privateKey: .file("privkey.pem"))
/// tls.identities["*.example.org"] = TLSIdentity(certificateChain: .file("org.pem"), privateKey: .file("org.key"))
/// try await io.listen(port: 443, tls: TLSContext(tls))
/// ```
public struct TLSConfiguration: Sendable {
    /// Whether clients show certificates.
    public enum ClientCertificates: Sendable, Hashable {
        /// They are not asked for one.
        case none
        /// They are asked for one; one that is shown must lead to a root.
        case request(TLSTrustRoots)
        /// Without one that leads to a root there is no connection.
        case require(TLSTrustRoots)
    }

    /// What is shown to a client that asks for no name, or for one that is not in ``identities``.
    public var identity: TLSIdentity
    /// What is shown to clients that ask for a name (RFC 6066 §3).
    ///
    /// The keys are host names, `chat.example.org`, or wildcards for one label, `*.example.org`; the exact name wins.
    public var identities: [String: TLSIdentity] = [:]
    /// The oldest version that is spoken.
    public var minimumVersion = TLSVersion.tls12
    /// The protocols that are spoken inside (RFC 7301), the best first.
    ///
    /// A client that offers others only is refused; one that offers none is not asked.
    public var applicationProtocols = ["http/1.1"]
    /// Whether clients show certificates.
    public var clientCertificates = ClientCertificates.none
    /// How long a handshake may take.
    public var handshakeTimeout: Duration = .seconds(10)
    /// The ciphers of TLS 1.2, in OpenSSL's notation; those of TLS 1.3 are all good.
    ///
    /// The default has forward secrecy and authenticated encryption throughout.
    public var tls12Ciphers = Self.defaultCiphers

    static let defaultCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// A server with one certificate.
    ///
    /// - Parameters:
    ///   - certificateChain: The certificate and, behind it in order, those that lead to a root.
    ///   - privateKey: The certificate's private key.
    public init(certificateChain: TLSSource, privateKey: TLSSource) {
        self.init(TLSIdentity(certificateChain: certificateChain, privateKey: privateKey))
    }

    /// A server with one certificate.
    ///
    /// - Parameter identity: The certificate and its key.
    public init(_ identity: TLSIdentity) {
        self.identity = identity
    }
}

/// How a client speaks TLS.
public struct TLSClientConfiguration: Sendable {
    /// Whether the server has to prove who it is.
    public enum Verification: Sendable, Hashable {
        /// Its certificate leads to a root, is valid now, and is made out to the host that was asked for.
        case full
        /// Anybody may answer: whoever sits between the two can read and change everything.
        case none
    }

    /// Whether the server has to prove who it is.
    public var verification = Verification.full
    /// Whose signatures are believed.
    public var trustRoots = TLSTrustRoots.system
    /// SHA-256 digests of public keys (the certificates' SubjectPublicKeyInfo, as in RFC 7469 §2.4), 32 bytes each.
    ///
    /// Unless there are none, one certificate of the verified chain must have one of them. They say nothing where
    /// ``verification`` is ``Verification/none``.
    public var pinnedKeys: Set<[UInt8]> = []
    /// What is shown to a server that asks.
    public var identity: TLSIdentity?
    /// The oldest version that is spoken.
    public var minimumVersion = TLSVersion.tls12
    /// The protocols that are spoken inside (RFC 7301), the best first; none are offered if there are none.
    public var applicationProtocols = ["http/1.1"]
    /// How long a handshake may take.
    public var handshakeTimeout: Duration = .seconds(10)
    /// The ciphers of TLS 1.2, in OpenSSL's notation.
    public var tls12Ciphers = TLSConfiguration.defaultCiphers

    /// A client that trusts what the system trusts.
    public init() {}
}
