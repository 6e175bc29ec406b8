import SIOHTTP

/// The cookie that the answer to a handshake on polling sets: its value is the session's id.
///
/// It is meant for load balancers that keep a client with its server. A session on a WebSocket sets none, as in the reference.
public struct Cookie: Sendable, Hashable {
    /// When a browser sends the cookie with requests of other sites' pages.
    public enum SameSite: String, Sendable, Hashable {
        /// Never.
        case strict = "Strict"
        /// Only when the user follows a link.
        case lax = "Lax"
        /// Always; browsers want ``Cookie/isSecure`` for it.
        case none = "None"
    }

    /// The cookie's name.
    public var name = "io"
    /// The path that the cookie is for; nil leaves it to the browser.
    public var path: String? = "/"
    /// The host that the cookie is for, with those below it; nil means this host alone.
    public var domain: String?
    /// How long the browser keeps it; nil means until it is closed.
    public var maxAge: Duration?
    /// Whether scripts do not see it.
    public var isHTTPOnly = true
    /// Whether it is sent over TLS only.
    public var isSecure = false
    /// Whether it is kept apart for each site that embeds the server's pages.
    public var isPartitioned = false
    /// When a browser sends it with requests of other sites' pages; nil leaves it to the browser.
    public var sameSite: SameSite? = .lax

    /// The reference's defaults, under a name of one's own.
    public init(name: String = "io") {
        self.name = name
    }

    /// Traps if a part would break out of its place (RFC 6265 §4.1.1): the caller's mistake, found before a client comes.
    func check() {
        precondition(Self.isValid(name: name), "not a cookie's name")
        precondition(path.map(Self.isValid(path:)) ?? true, "not a cookie's path")
        precondition(domain.map(Self.isValid(domain:)) ?? true, "not a cookie's domain")
        precondition((maxAge ?? .zero) >= .zero, "a cookie that is over already")
    }

    /// Whether a text is a token.
    static func isValid(name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// Whether a text is printable ASCII without what ends an attribute.
    static func isValid(path: String) -> Bool {
        path.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "<") }
    }

    /// Whether a text is a host's name, perhaps behind a dot.
    static func isValid(domain: String) -> Bool {
        let name = domain.hasPrefix(".") ? domain.dropFirst() : domain[...]
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// The value of the field `Set-Cookie`, as the reference writes it.
    func field(value: String) -> String {
        var text = name + "=" + Self.encoded(value)
        if let maxAge { text += "; Max-Age=\(maxAge.components.seconds)" }
        if let domain { text += "; Domain=" + domain }
        if let path { text += "; Path=" + path }
        if isHTTPOnly { text += "; HttpOnly" }
        if isSecure { text += "; Secure" }
        if isPartitioned { text += "; Partitioned" }
        if let sameSite { text += "; SameSite=" + sameSite.rawValue }
        return text
    }

    /// A text with all but unreserved characters percent-encoded.
    private static func encoded(_ value: String) -> String {
        PercentEncoding.encode(value) { isLetterOrDigit($0) || "-_.!~*'()".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
