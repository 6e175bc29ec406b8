/// A request: its request line, its header fields, and its body if somebody has collected it.
public struct HTTPRequest: Sendable, Equatable {
    /// What is asked for.
    public var method: HTTPMethod
    /// The path and query as they were sent, still percent-encoded; `*` for a server-wide `OPTIONS`.
    ///
    /// What a client sent in absolute form is reduced to this, with its authority in the `Host` field.
    public var target: String
    /// The version of HTTP behind the `1.`: 0 or 1.
    public var minorVersion: Int
    /// The header fields.
    public var headers: HTTPHeaders
    /// The body, without chunked coding; empty as long as it has not been collected.
    public var body: [UInt8]
    /// Whether it came over TLS.
    public package(set) var isSecure = false
    /// The client's certificate, if it came over TLS with one.
    public package(set) var peerCertificate: PeerCertificate?

    /// A request.
    public init(
        method: HTTPMethod = .get,
        target: String,
        minorVersion: Int = 1,
        headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.headers = headers
        self.body = body
    }

    /// The part of the target in front of the `?`, still percent-encoded.
    public var path: String {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        return mark.map { String(target[..<$0]) } ?? target
    }

    /// The part of the target behind the `?`, still percent-encoded; empty if there is none.
    public var query: String {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return "" }
        return String(target[target.utf8.index(after: mark)...])
    }

    /// Whether the client asks to go on in another protocol, such as `websocket` (RFC 9110 §7.8).
    ///
    /// HTTP/1.0 knows no upgrade; there the answer is no, whatever the fields say.
    public func wantsUpgrade(to name: String) -> Bool {
        minorVersion > 0 && headers.containsToken(name, in: "Upgrade") && headers.connectionOptions.contains(.upgrade)
    }
}
