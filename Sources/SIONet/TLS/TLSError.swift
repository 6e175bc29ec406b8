import COpenSSL

/// What went wrong with TLS: in a configuration, or in a connection.
public struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind, `unreadableCertificate`.
        public let description: String

        /// A certificate, or the chain behind it, cannot be read or used.
        public static let unreadableCertificate = Code(description: "unreadableCertificate")
        /// A private key cannot be read: it is no key, or its passphrase is another.
        public static let unreadableKey = Code(description: "unreadableKey")
        /// The private key is not the certificate's.
        public static let keyMismatch = Code(description: "keyMismatch")
        /// The roots to trust cannot be read.
        public static let unreadableTrustRoots = Code(description: "unreadableTrustRoots")
        /// A setting is none that OpenSSL knows.
        public static let unusableSetting = Code(description: "unusableSetting")
        /// The peer's certificate was not accepted by this side.
        public static let untrustedPeer = Code(description: "untrustedPeer")
        /// The peer did not keep to the protocol, or the two have no version, cipher or application in common.
        public static let failed = Code(description: "failed")
        /// The peer refused, and said so with an alert (RFC 8446 §6.2).
        public static let refused = Code(description: "refused")
        /// The peer ended the connection in the middle.
        public static let truncated = Code(description: "truncated")
        /// The handshake took too long.
        public static let timedOut = Code(description: "timedOut")
        /// The peer has this side answer and answer, and reads nothing.
        public static let tooManyAnswers = Code(description: "tooManyAnswers")
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and why, in OpenSSL's words, for people.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What failed since ``clearReasons()``, in OpenSSL's words.
    static func takeReasons() -> String {
        var reasons: [String] = []
        var data: UnsafePointer<CChar>?
        var flags: CInt = 0
        while true {
            let error = ERR_get_error_all(nil, nil, nil, &data, &flags)
            guard error != 0 else { break }
            // Without a reason it is the system's.
            var reason = ERR_reason_error_string(error).map { String(cString: $0) } ?? systemReason(error)
            if flags & ERR_TXT_STRING != 0, let data, data.pointee != 0 { reason += " (\(String(cString: data)))" }
            if reasons.last != reason { reasons.append(reason) }
        }
        return reasons.joined(separator: "; ")
    }

    private static func systemReason(_ error: UInt) -> String {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(error, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Forgets what failed on this thread before: OpenSSL keeps a list for each.
    static func clearReasons() {
        ERR_clear_error()
    }
}
