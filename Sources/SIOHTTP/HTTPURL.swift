import SIOBytes

/// Why a text is no address that a client can connect to: the caller's fault, or that of whoever wrote the address.
package enum HTTPURLError: String, Error, Sendable, CaseIterable {
    case tooLong = "the address is too long"
    /// A control character, a space, a backslash, or beyond ASCII in the host's place.
    case invalidCharacter = "the address has a character that none may have"
    case unsupportedScheme = "the address does not begin with http://, https://, ws:// or wss://"
    case invalidHost = "the address has no host, or one that is none"
    case invalidPort = "the address has a port that is none"
    /// RFC 6455 §3: fragments have no meaning, and must not be used.
    case fragment = "the address has a fragment"
}

/// The address of something that is reached by HTTP or WebSocket (RFC 3986, RFC 6455 §3): `wss://chat.example/room?id=1`.
///
/// What stands percent-encoded stays so. Beyond ASCII a path and a query may be written as they are, a host may not: its
/// name is written as the domain name system has it (`xn--`).
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
    /// What is spoken there.
    package enum Scheme: String, Sendable, CaseIterable {
        case http, https, ws, wss

        package var isSecure: Bool { self == .https || self == .wss }
        package var defaultPort: Int { isSecure ? 443 : 80 }
    }

    /// The most bytes of an address.
    package static let maxLength = 8 * 1024

    package let scheme: Scheme
    /// What stands in front of an `@`, still percent-encoded: a user's name, and perhaps a password behind a colon.
    package let userInfo: String?
    /// The host, in small letters; an IPv6 address without its brackets.
    package let host: String
    /// The port, 1…65535: the scheme's own if none is written.
    package let port: Int
    /// The path, `/` at least, percent-encoded as it was written.
    package var path: String
    /// The query without its `?`, percent-encoded as it was written; empty if there is none.
    package var query: String

    /// Reads an address.
    ///
    /// - Throws: What is wrong with it.
    package init(_ text: String) throws(HTTPURLError) {
        guard text.utf8.count <= Self.maxLength else { throw .tooLong }
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else { throw .invalidCharacter }
        guard !bytes.contains(UInt8(ascii: "#")) else { throw .fragment }
        let (scheme, start) = try Self.scheme(of: bytes)
        self.scheme = scheme
        let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.count
        var authority = bytes[start..<end]
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            userInfo = Self.text(authority[..<at])
            authority = authority[(at + 1)...]
        } else {
            userInfo = nil
        }
        (host, port) = try Self.read(authority, scheme)
        let mark = bytes[end...].firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
        path = mark > end ? Self.text(bytes[end..<mark]) : "/"
        query = Self.text(bytes[min(mark + 1, bytes.count)...])
    }

    private static func scheme(of bytes: [UInt8]) throws(HTTPURLError) -> (Scheme, end: Int) {
        for scheme in Scheme.allCases {
            let prefix = Array((scheme.rawValue + "://").utf8)
            if bytes.count >= prefix.count, zip(bytes, prefix).allSatisfy({ $0.lowercased == $1 }) {
                return (scheme, prefix.count)
            }
        }
        throw .unsupportedScheme
    }

    private static func read(
        _ authority: ArraySlice<UInt8>, _ scheme: Scheme
    ) throws(HTTPURLError) -> (host: String, port: Int) {
        let isBracketed = authority.first == UInt8(ascii: "[")
        let end: Int
        if isBracketed {
            guard let bracket = authority.firstIndex(of: UInt8(ascii: "]")) else { throw .invalidHost }
            end = bracket + 1
        } else {
            end = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        }
        let host = isBracketed ? authority[(authority.startIndex + 1)..<(end - 1)] : authority[..<end]
        let isValid = host.allSatisfy { isBracketed ? $0.isIPv6Character : $0.isUnreserved }
        guard (1...253).contains(host.count), isValid else { throw .invalidHost }
        return (text(host).lowercased(), try port(authority[end...]) ?? scheme.defaultPort)
    }

    /// Reads what stands behind a host: nothing, or a colon and perhaps a number.
    private static func port(_ bytes: ArraySlice<UInt8>) throws(HTTPURLError) -> Int? {
        guard let colon = bytes.first else { return nil }
        let digits = bytes.dropFirst()
        guard colon == UInt8(ascii: ":"), digits.count <= 5, digits.allSatisfy(\.isDigit) else { throw .invalidPort }
        if digits.isEmpty { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard (1...65_535).contains(number) else { throw .invalidPort }
        return number
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension HTTPURL {
    /// Whether the connection speaks TLS.
    package var isSecure: Bool { scheme.isSecure }

    /// What a request asks for (RFC 9112 §3.2.1).
    package var target: String { query.isEmpty ? path : path + "?" + query }

    /// The host as it stands in front of a port.
    private var writtenHost: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }

    /// The host and the port, as a tunnel is asked for (RFC 9110 §9.3.6).
    package var authority: String { "\(writtenHost):\(port)" }

    /// The value of the field `Host`: without the port where it is the scheme's own (RFC 9110 §7.2).
    package var hostField: String { port == scheme.defaultPort ? writtenHost : authority }

    /// The value of the field `Authorization` that ``userInfo`` stands for (RFC 7617); nil if there is none.
    package var basicAuthorization: String? {
        userInfo.map { HTTPHeaders.basicAuthorization(PercentEncoding.decode($0.rawSpan).bytes) }
    }

    /// The address without what is secret in it.
    package var description: String { "\(scheme.rawValue)://\(hostField)\(target)" }
}

extension HTTPHeaders {
    /// Credentials in the form of RFC 7617.
    ///
    /// - Parameter credentials: The user's name, a colon, and the password.
    /// - Returns: The value of the field `Authorization` or `Proxy-Authorization`.
    package static func basicAuthorization(_ credentials: [UInt8]) -> String {
        var text = ByteBuffer()
        Base64.encode(credentials.rawSpan, into: &text)
        return "Basic " + text.bytes.string
    }
}

extension UInt8 {
    /// Whether the byte may stand in an IPv6 address.
    fileprivate var isIPv6Character: Bool {
        hexadecimalValue != nil || self == UInt8(ascii: ":") || self == UInt8(ascii: ".")
    }
}
