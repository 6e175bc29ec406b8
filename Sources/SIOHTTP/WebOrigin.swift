/// The origin of a web page, as the field `Origin` tells it (RFC 6454 §6.2): `https://example.com:8443`.
///
/// What is no page of the web has none: `null`, and schemes other than `http` and `https`.
package struct WebOrigin: Equatable, Sendable {
    /// Whether the scheme is `https`.
    package let isSecure: Bool
    /// The host, in small letters.
    package let host: String
    /// The port, the scheme's own if none is written.
    package let port: Int

    /// Reads an origin; nil if it is none.
    package init?(_ text: String) {
        let text = text.lowercased()
        let rest: Substring
        if text.hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst(7))
        } else {
            return nil
        }
        guard let authority = Authority(rest) else { return nil }
        host = authority.host
        port = authority.port ?? (isSecure ? 443 : 80)
    }
}

/// A host and perhaps a port, as in the field `Host` (RFC 9110 §7.2).
package struct Authority: Equatable, Sendable {
    /// The host in small letters; of IPv6 with its brackets.
    package let host: String
    /// The port; nil if none is written.
    package let port: Int?

    /// Reads a host and a port; nil if they are none.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let end: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1 else { return nil }
            end = bracket + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
        }
        // What ends a host in a URL is no part of one.
        guard end > 0, bytes[..<end].allSatisfy({ $0 > 0x20 && $0 != 0x7F && !Self.delimiters.contains($0) }) else {
            return nil
        }
        host = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        guard end < bytes.count else {
            port = nil
            return
        }
        let digits = bytes[(end + 1)...]
        guard bytes[end] == UInt8(ascii: ":"), digits.count <= 5, digits.allSatisfy(\.isDigit) else { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard number <= 65_535 else { return nil }
        port = digits.isEmpty ? nil : number
    }

    private static let delimiters = Array("/?#@\\,".utf8)
}

extension HTTPRequest {
    /// Whether a page of this origin comes from the host and the port that the request is for.
    ///
    /// A `Host` without a port means the scheme's. Where no TLS is seen a proxy may have taken it off, so that the page's own
    /// scheme counts then.
    package func isForHost(of origin: String) -> Bool {
        guard let page = WebOrigin(origin), let own = headers["Host"].flatMap({ Authority($0) }) else { return false }
        let implied = isSecure || page.isSecure ? 443 : 80
        return page.host == own.host && page.port == own.port ?? implied
    }
}
