/// The certificate that the other side of a connection proved to own: a client's, in TLS with client certificates.
///
/// Whoever reads it may trust it: one that did not pass the verification ends the connection.
public struct PeerCertificate: Sendable, Hashable {
    private let storage: Storage

    /// Whom the certificate stands for, as RFC 2253 writes it: `CN=device 7,O=Example`.
    public var subject: String { storage.subject }
    /// The certificate itself, an X.509 certificate in DER.
    public var der: [UInt8] { storage.der }

    package init(subject: String, der: [UInt8]) {
        storage = Storage(subject: subject, der: der)
    }

    /// Whether both are the same certificate.
    public static func == (left: PeerCertificate, right: PeerCertificate) -> Bool {
        left.storage === right.storage || left.der == right.der
    }

    /// Hashes the certificate's bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(der)
    }

    /// Kept apart, because every request has room for a certificate and few have one.
    private final class Storage: Sendable {
        let subject: String
        let der: [UInt8]

        init(subject: String, der: [UInt8]) {
            self.subject = subject
            self.der = der
        }
    }
}
