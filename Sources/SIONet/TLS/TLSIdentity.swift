import Glibc

/// Where certificates or a key come from: PEM or PKCS #12, in a file or at hand.
public struct TLSSource: Sendable, Hashable, CustomStringConvertible {
    private enum Place: Hashable {
        case file(String)
        case bytes([UInt8], form: String)
    }

    /// The largest file that is read, in bytes: a private key, a chain, or all roots that a system trusts.
    static let sizeLimit = 16 * 1024 * 1024

    private let place: Place

    /// A file, which is read when a context is made, and again when it reloads.
    public static func file(_ path: String) -> TLSSource { TLSSource(place: .file(path)) }

    /// PEM that is at hand.
    public static func pem(_ bytes: [UInt8]) -> TLSSource { TLSSource(place: .bytes(bytes, form: "PEM")) }

    /// PEM that is at hand.
    public static func pem(_ text: String) -> TLSSource { pem(Array(text.utf8)) }

    /// PKCS #12 that is at hand.
    public static func pkcs12(_ bytes: [UInt8]) -> TLSSource { TLSSource(place: .bytes(bytes, form: "PKCS #12")) }

    /// The file's path; of bytes, only that they are bytes.
    public var description: String {
        switch place {
        case .file(let path): path
        case .bytes(let bytes, let form): "\(bytes.count) bytes of \(form)"
        }
    }

    /// What is there.
    ///
    /// - Throws: ``TLSError`` with the code if the file cannot be read.
    func read(_ code: TLSError.Code) throws(TLSError) -> [UInt8] {
        switch place {
        case .bytes(let bytes, _): return bytes
        case .file(let path):
            guard let file = fopen(path, "re") else { throw systemError(code) }
            defer { fclose(file) }
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64 * 1024)
            while true {
                let count = fread(&chunk, 1, chunk.count, file)
                bytes += chunk[..<count]
                guard bytes.count <= Self.sizeLimit else { throw TLSError(code, "\(path): too large") }
                if count < chunk.count { break }
            }
            guard ferror(file) == 0 else { throw systemError(code) }
            return bytes
        }
    }

    private func systemError(_ code: TLSError.Code) -> TLSError {
        TLSError(code, "\(self): \(String(cString: strerror(errno)))")
    }
}

/// A certificate, what stands between it and a root, and its private key.
public struct TLSIdentity: Sendable, Hashable {
    /// The certificate and, behind it in order, those that lead to a root, which may be left out.
    public var certificateChain: TLSSource
    /// The certificate's private key: PKCS #8, or what OpenSSL reads besides.
    public var privateKey: TLSSource
    /// What the private key is encrypted with, if it is.
    public var passphrase: String?
    /// Whether both are in one PKCS #12.
    let isPKCS12: Bool

    /// A certificate with its key, in PEM.
    ///
    /// - Parameters:
    ///   - certificateChain: The certificate and, behind it in order, those that lead to a root.
    ///   - privateKey: The certificate's private key. It may stand in the same file.
    ///   - passphrase: What the private key is encrypted with, if it is.
    public init(certificateChain: TLSSource, privateKey: TLSSource, passphrase: String? = nil) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.passphrase = passphrase
        isPKCS12 = false
    }

    /// A certificate with its key, and those that lead to a root, in one PKCS #12 (RFC 7292): a `.p12` or `.pfx` file.
    ///
    /// Old ones, encrypted with RC2, cannot be read where OpenSSL has left that behind; `openssl pkcs12 -legacy` translates them.
    ///
    /// - Parameters:
    ///   - source: Where it is.
    ///   - passphrase: What it is encrypted with; nil: nothing, or an empty passphrase.
    public init(pkcs12 source: TLSSource, passphrase: String? = nil) {
        certificateChain = source
        privateKey = source
        self.passphrase = passphrase
        isPKCS12 = true
    }
}

/// Whose signatures are believed.
public enum TLSTrustRoots: Sendable, Hashable {
    /// The roots that OpenSSL finds in this system.
    case system
    /// These certificates, and no others.
    case certificates(TLSSource)
}

/// A version of TLS.
public enum TLSVersion: Sendable, Hashable {
    /// TLS 1.2 (RFC 5246).
    case tls12
    /// TLS 1.3 (RFC 8446).
    case tls13
}
