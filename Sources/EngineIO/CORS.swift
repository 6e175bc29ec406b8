import SIOHTTP

/// Which pages of other origins may use a server (the Fetch standard's CORS protocol).
public struct CORS: Sendable {
    /// The origins that are let in.
    public enum Origins: Sendable {
        /// Every page. With credentials, the answer names the page's origin, because `*` would not do.
        case any
        /// These, such as `https://example.com`.
        case these([String])
        /// Those that the closure says yes to. It is given the `Origin` header.
        case matching(@Sendable (String) -> Bool)
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

    /// Lets in the origins.
    public init(origins: Origins = .any) {
        self.origins = origins
    }

    /// Lets in every origin.
    public static let any = CORS(origins: .any)

    /// Whether a page of the origin is let in.
    public func allows(origin: String) -> Bool {
        switch origins {
        case .any: true
        case .these(let list): list.contains(origin)
        case .matching(let matches): matches(origin)
        }
    }

    /// Adds the headers of a response to a request with this origin.
    package func addHeaders(to headers: inout HTTPHeaders, origin: String?) {
        if case .any = origins, !credentials {
            headers.add("Access-Control-Allow-Origin", "*")
        } else {
            headers.add("Vary", "Origin")
            if let origin, allows(origin: origin) { headers.add("Access-Control-Allow-Origin", origin) }
        }
        if credentials { headers.add("Access-Control-Allow-Credentials", "true") }
        if !exposedHeaders.isEmpty {
            headers.add("Access-Control-Expose-Headers", exposedHeaders.joined(separator: ","))
        }
    }

    /// The answer to a preflight request.
    ///
    /// One of an origin that is not let in gets the same, without its name in it.
    func preflight(_ request: HTTPRequest) -> HTTPResponse {
        var response = HTTPResponse.empty(.noContent)
        addHeaders(to: &response.headers, origin: request.headers["Origin"])
        response.headers.add("Access-Control-Allow-Methods", methods.joined(separator: ","))
        if let allowedHeaders {
            response.headers.add("Access-Control-Allow-Headers", allowedHeaders.joined(separator: ","))
        } else if let asked = request.headers["Access-Control-Request-Headers"] {
            response.headers.add("Vary", "Access-Control-Request-Headers")
            response.headers.add("Access-Control-Allow-Headers", asked)
        }
        if let maxAge { response.headers.add("Access-Control-Max-Age", String(maxAge.components.seconds)) }
        return response
    }
}
