/// The status of a response: a code of three digits and a phrase for human readers (RFC 9110 §15).
///
/// Two statuses are equal if their codes are.
public struct HTTPStatus: Sendable, Hashable, CustomStringConvertible {
    /// The code, 100…999.
    public let code: Int
    /// The phrase behind the code, which says nothing that the code does not say.
    public let reasonPhrase: String

    /// A status.
    ///
    /// - Parameters:
    ///   - code: 100…999; anything else is a programming error.
    ///   - reasonPhrase: Control characters in it become spaces. Left out, it is the one that RFC 9110 gives to the code.
    public init(_ code: Int, reasonPhrase: String? = nil) {
        precondition((100...999).contains(code), "a status code has three digits")
        self.code = code
        guard let reasonPhrase else {
            self.reasonPhrase = Self.phrase(of: code)
            return
        }
        var bytes = Array(reasonPhrase.utf8)
        for index in bytes.indices where !bytes[index].isFieldCharacter { bytes[index] = .space }
        self.reasonPhrase = String(decoding: bytes, as: UTF8.self)
    }

    /// The code and the phrase.
    public var description: String { "\(code) \(reasonPhrase)" }

    /// Whether both have the same code.
    public static func == (left: HTTPStatus, right: HTTPStatus) -> Bool { left.code == right.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
    }

    /// Whether a response with this status never has a body, whatever its header fields say (RFC 9112 §6.3).
    var hasNoBody: Bool { code < 200 || code == 204 || code == 304 }

    private static func phrase(of code: Int) -> String {
        switch code {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 103: "Early Hints"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 205: "Reset Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}

extension HTTPStatus {
    /// 101: the connection speaks another protocol from here on.
    public static let switchingProtocols = HTTPStatus(101)
    /// 200.
    public static let ok = HTTPStatus(200)
    /// 201.
    public static let created = HTTPStatus(201)
    /// 202.
    public static let accepted = HTTPStatus(202)
    /// 204: done, and there is nothing to say about it.
    public static let noContent = HTTPStatus(204)
    /// 301.
    public static let movedPermanently = HTTPStatus(301)
    /// 302.
    public static let found = HTTPStatus(302)
    /// 304: what the client has is still good.
    public static let notModified = HTTPStatus(304)
    /// 307.
    public static let temporaryRedirect = HTTPStatus(307)
    /// 308.
    public static let permanentRedirect = HTTPStatus(308)
    /// 400.
    public static let badRequest = HTTPStatus(400)
    /// 401.
    public static let unauthorized = HTTPStatus(401)
    /// 403.
    public static let forbidden = HTTPStatus(403)
    /// 404.
    public static let notFound = HTTPStatus(404)
    /// 405.
    public static let methodNotAllowed = HTTPStatus(405)
    /// 408: the request took too long to arrive.
    public static let requestTimeout = HTTPStatus(408)
    /// 409.
    public static let conflict = HTTPStatus(409)
    /// 413: the body is larger than the server takes.
    public static let contentTooLarge = HTTPStatus(413)
    /// 414: the request line is longer than the server takes.
    public static let uriTooLong = HTTPStatus(414)
    /// 417.
    public static let expectationFailed = HTTPStatus(417)
    /// 426.
    public static let upgradeRequired = HTTPStatus(426)
    /// 429.
    public static let tooManyRequests = HTTPStatus(429)
    /// 431: the header fields are more than the server takes.
    public static let headersTooLarge = HTTPStatus(431)
    /// 500.
    public static let internalServerError = HTTPStatus(500)
    /// 501.
    public static let notImplemented = HTTPStatus(501)
    /// 502.
    public static let badGateway = HTTPStatus(502)
    /// 503.
    public static let serviceUnavailable = HTTPStatus(503)
    /// 505.
    public static let versionNotSupported = HTTPStatus(505)
}
