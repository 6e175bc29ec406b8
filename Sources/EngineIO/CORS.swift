public import SIOHTTP

/// Which pages of other origins may use a server (the Fetch standard's CORS protocol).
public struct CORS: Sendable {
    /// The origins that are let in.
    public enum Origins: Sendable {
        /// Every page. With credentials, the answer names the page's origin, because `*` would not do.
        case any
        /// None: as if there were no ``CORS`` at all.
        case none
        /// These, such as `https://example.com`.
        case these([String])
        /// Those that the closure says yes to, by a pattern perhaps.
        ///
        /// It is given the field `Origin`, and called on an event loop, which must not wait:
        /// `.matching { $0.wholeMatch(of: /https:\/\/[a-z]+\.example\.com/) != nil }`.
        case matching(@Sendable (String) -> Bool)
        /// Those that the closure says yes to, once it has found out.
        ///
        /// It is given the field `Origin`; the request waits for it.
        case asking(@Sendable (String) async -> Bool)

        /// This one alone.
        public static func only(_ origin: String) -> Origins { .these([origin]) }
    }

    /// The origins that are let in.
    public var origins: Origins
    /// The methods that a preflight request is told of.
    public var methods = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"]
    /// The request headers that are allowed; nil means those that the preflight request asks for.
    public var allowedHeaders: [String]?
    /// The response headers that a page may read besides the usual ones.
    public var exposedHeaders: [String] = []
    /// Whether cookies and HTTP authentication may be used.
    public var credentials = false
    /// How long a browser may keep a preflight's answer; nil leaves it to the browser.
    public var maxAge: Duration?
    /// The status of a preflight's answer; some old browsers want 200.
    public var optionsSuccessStatus = HTTPStatus.noContent
    /// Whether preflight requests are left to the engine's middlewares; the headers of their answers are there then.
    ///
    /// One that no middleware answers is refused like every request with a wrong method.
    public var preflightContinue = false

    /// Lets in the origins.
    public init(origins: Origins = .any) {
        self.origins = origins
    }

    /// Lets in every origin.
    public static let any = CORS(origins: .any)

    /// Whether a page of the origin is let in.
    ///
    /// - Parameter origin: The value of a field `Origin`, such as `https://example.com`.
    /// - Returns: Whether it is; the closure of ``Origins/asking(_:)`` is asked.
    public func allows(origin: String) async -> Bool {
        if case .asking(let allows) = origins { return await allows(origin) }
        return decision(on: origin) ?? false
    }

    /// Whether a page of the origin is let in; nil if that is to be asked.
    package func decision(on origin: String) -> Bool? {
        switch origins {
        case .any: true
        case .none: false
        case .these(let list): list.contains(origin)
        case .matching(let matches): matches(origin)
        case .asking: nil
        }
    }

    /// These rules, unless they let nobody in, and are to be as none at all.
    package var unlessNone: CORS? {
        if case .none = origins { nil } else { self }
    }

    /// Whether an answer to a request must wait for somebody to be asked.
    package func mustAsk(_ request: HTTPRequest) -> Bool {
        guard case .asking = origins else { return false }
        return request.headers["Origin"] != nil
    }

    /// Adds the headers of a response to a request with this origin.
    ///
    /// - Parameters:
    ///   - headers: Where they go.
    ///   - origin: The request's field `Origin`.
    ///   - isAllowed: Whether the origin is let in; nil if nobody was asked, because nobody needs to be.
    package func addHeaders(to headers: inout HTTPHeaders, origin: String?, isAllowed: Bool? = nil) {
        if case .any = origins, !credentials {
            headers.add(own: "Access-Control-Allow-Origin", "*")
        } else {
            headers.add(own: "Vary", "Origin")
            if let origin, isAllowed ?? decision(on: origin) ?? false {
                headers.add(own: "Access-Control-Allow-Origin", origin)
            }
        }
        if credentials { headers.add(own: "Access-Control-Allow-Credentials", "true") }
        if !exposedHeaders.isEmpty {
            headers.add(own: "Access-Control-Expose-Headers", exposedHeaders.joined(separator: ","))
        }
    }

    /// The answer to a preflight request, with the headers that every answer has.
    ///
    /// One of an origin that is not let in gets the same, without its name in it.
    func preflight(_ request: HTTPRequest, _ headers: HTTPHeaders) -> HTTPResponse {
        var response = HTTPResponse(status: optionsSuccessStatus, headers: headers)
        addPreflightHeaders(to: &response.headers, request)
        return response
    }

    /// Adds what a preflight's answer has besides the headers of every answer.
    func addPreflightHeaders(to headers: inout HTTPHeaders, _ request: HTTPRequest) {
        headers.add(own: "Access-Control-Allow-Methods", methods.joined(separator: ","))
        if let allowedHeaders {
            headers.add(own: "Access-Control-Allow-Headers", allowedHeaders.joined(separator: ","))
        } else if let asked = request.headers["Access-Control-Request-Headers"] {
            headers.add(own: "Vary", "Access-Control-Request-Headers")
            headers.add(own: "Access-Control-Allow-Headers", asked)
        }
        if let maxAge { headers.add(own: "Access-Control-Max-Age", String(maxAge.components.seconds)) }
    }
}
