/// The cookies that one server has set (RFC 6265).
///
/// Time comes in as seconds since 1970.
package struct CookieJar: Sendable {
    /// The cookies that are kept; beyond, the oldest one goes.
    package static let maxCookies = 64
    /// The bytes that a cookie may have, its attributes included; a larger one is passed over.
    package static let maxCookieSize = 4096

    private struct Cookie: Sendable {
        var name: String
        var value: String
        var path: String
        var isSecure: Bool
        /// When it is forgotten; nil is when the jar is.
        var expiry: Int?
    }

    private var cookies: [Cookie] = []

    package init() {}

    /// The cookies that are kept.
    package var count: Int { cookies.count }

    /// Keeps what a response sets (RFC 6265 §5.3).
    package mutating func store(_ headers: HTTPHeaders, from url: HTTPURL, now: Int) {
        for text in headers.values(of: "Set-Cookie") where text.utf8.count <= Self.maxCookieSize {
            guard let cookie = Self.read(text, from: url, now: now) else { continue }
            cookies.removeAll { $0.name == cookie.name && $0.path == cookie.path }
            // One that has expired already deletes.
            if let expiry = cookie.expiry, expiry <= now { continue }
            cookies.append(cookie)
            if cookies.count > Self.maxCookies { cookies.removeFirst() }
        }
    }

    /// The value of the field `Cookie` for a request (RFC 6265 §5.4); nil if there is nothing to send.
    package mutating func header(for url: HTTPURL, now: Int) -> String? {
        cookies.removeAll { $0.expiry.map { $0 <= now } ?? false }
        let fitting = cookies.filter { (url.isSecure || !$0.isSecure) && Self.isBelow($0.path, url.path) }
        // Longer paths first; those of one length in the order in which they were set.
        let sorted = fitting.enumerated().sorted {
            ($1.element.path.utf8.count, $0.offset) < ($0.element.path.utf8.count, $1.offset)
        }
        guard !sorted.isEmpty else { return nil }
        return sorted.map { "\($0.element.name)=\($0.element.value)" }.joined(separator: "; ")
    }

    // MARK: Reading

    private static func read(_ text: String, from url: HTTPURL, now: Int) -> Cookie? {
        var parts = text.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)[...]
        let pair = parts.removeFirst()
        guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = trimmed(pair[..<equals])
        guard !name.isEmpty else { return nil }
        var cookie = Cookie(
            name: String(name), value: String(trimmed(pair[pair.utf8.index(after: equals)...])),
            path: defaultPath(url.path), isSecure: false, expiry: nil)
        var hasMaxAge = false
        for part in parts {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
            let value = sides.count == 2 ? sides[1] : ""
            switch sides[0].lowercased() {
            case "max-age":
                // Of the two ways to say when it ends this one counts.
                guard let seconds = seconds(value) else { continue }
                hasMaxAge = true
                cookie.expiry = seconds <= 0 ? now : now + seconds
            case "expires":
                if !hasMaxAge, let date = CookieDate.seconds(value) { cookie.expiry = date }
            case "path":
                if value.hasPrefix("/") { cookie.path = String(value) }
            case "secure":
                cookie.isSecure = true
            case "domain":
                guard isInDomain(url.host, value) else { return nil }
            default:
                break
            }
        }
        // Who is not secure sets nothing for those who are.
        if cookie.isSecure, !url.isSecure { return nil }
        return cookie
    }

    /// A number of seconds, up to some thousand years; nil if it is none.
    private static func seconds(_ text: Substring) -> Int? {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative ? text.dropFirst() : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let limit = 100_000_000_000
        return isNegative ? -1 : min(Int(digits) ?? limit, limit)
    }

    /// The path up to its last slash (RFC 6265 §5.1.4).
    private static func defaultPath(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// Whether a path is a cookie's, or below it.
    private static func isBelow(_ cookie: String, _ path: String) -> Bool {
        guard path.hasPrefix(cookie) else { return false }
        return path.utf8.count == cookie.utf8.count || cookie.hasSuffix("/")
            || path.utf8.dropFirst(cookie.utf8.count).first == UInt8(ascii: "/")
    }

    private static func isInDomain(_ host: String, _ domain: Substring) -> Bool {
        let domain = (domain.hasPrefix(".") ? domain.dropFirst() : domain).lowercased()
        return domain.isEmpty || host == domain || host.hasSuffix("." + domain)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        guard let first = text.utf8.firstIndex(where: { !isBlank($0) }),
            let last = text.utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return text[first...last]
    }
}
