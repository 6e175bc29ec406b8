import EngineIOProtocol
import SIOHTTP

/// Writes a session's requests: where they go, and what stands in their heads.
struct EngineRequestMaker {
    private let url: HTTPURL
    private let options: EngineClientOptions
    /// The path and query of all requests, as far as they are the same.
    private let path: String
    private let query: String

    /// The names in a query that are the protocol's.
    private static let reserved: Set<String> = ["EIO", "transport", "sid", "b64"]

    /// - Parameters:
    ///   - url: The server; its query is sent, and its path is not looked at.
    ///   - options: What else is sent.
    init(_ url: HTTPURL, _ options: EngineClientOptions) {
        self.url = url
        self.options = options
        path = Self.path(options)
        let own = url.query.split(separator: "&").filter { item in
            !Self.reserved.contains(String(item.prefix { $0 != "=" }))
        }
        let more = options.query.filter { !Self.reserved.contains($0.name) }.map { name, value in
            "\(Self.encoded(name))=\(Self.encoded(value))"
        }
        query = (own.map(String.init) + more).map { "&" + $0 }.joined()
    }

    /// The address of a request.
    ///
    /// - Parameters:
    ///   - transport: Whose request it is.
    ///   - id: The session's, once it has one.
    ///   - generator: Makes the timestamp, which only has to be another one each time.
    /// - Returns: Where the request goes.
    func url(
        _ transport: EngineTransport, id: String?, using generator: inout some RandomNumberGenerator
    ) -> HTTPURL {
        var url = url
        url.path = path
        url.query = "EIO=4&transport=\(transport.rawValue)"
        if options.hasTimestamp(transport) {
            url.query += "&\(Self.encoded(options.timestampParam))=\(Self.stamp(using: &generator))"
        }
        if options.forceBase64, transport == .websocket || id == nil { url.query += "&b64=1" }
        if let id { url.query += "&sid=\(Self.encoded(id))" }
        url.query += query
        return url
    }

    /// The fields of a request.
    func headers(_ transport: EngineTransport, cookies: String?) -> HTTPHeaders {
        var headers = options.extraHeaders
        let own = options.transportHeaders[.init(transport)] ?? HTTPHeaders()
        for (name, _) in own { headers.remove(name) }
        for (name, value) in own { headers.add(name, value) }
        if let cookies {
            headers["Cookie"] = [headers["Cookie"], cookies].compactMap { $0 }.joined(separator: "; ")
        }
        if headers["User-Agent"] == nil { headers.add("User-Agent", "socketio-swift") }
        if transport == .polling {
            if headers["Accept"] == nil { headers.add("Accept", "*/*") }
            if headers["Authorization"] == nil, let basic = url.basicAuthorization {
                headers.add("Authorization", basic)
            }
        }
        return headers
    }

    private static func path(_ options: EngineClientOptions) -> String {
        var path = options.path
        if !path.hasPrefix("/") { path = "/" + path }
        if path.hasSuffix("/") { path.removeLast() }
        if options.addTrailingSlash || path.isEmpty { path += "/" }
        // What would end the path is a part of it.
        return path.split(separator: "?", omittingEmptySubsequences: false).joined(separator: "%3F")
    }

    /// Up to nine random characters.
    private static func stamp(using generator: inout some RandomNumberGenerator) -> String {
        String(generator.next() >> 20, radix: 36)
    }

    /// Percent-encodes all but what may stand anywhere (RFC 3986 §2.3).
    private static func encoded(_ text: String) -> String {
        PercentEncoding.encode(text) { $0.isUnreserved }
    }
}
