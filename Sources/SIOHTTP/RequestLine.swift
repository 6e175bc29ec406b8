import SIOBytes

/// The first line of a request (RFC 9112 §3), with its target reduced to path and query.
struct RequestLine {
    let method: HTTPMethod
    let target: String
    let minorVersion: Int
    /// Host and port, if the target was in absolute form.
    let authority: String?

    /// Reads `method SP target SP version`.
    init(_ line: borrowing RawSpan) throws(HTTPError) {
        guard let first = line.firstIndex(of: .space),
            let second = line.firstIndex(of: .space, from: first + 1)
        else { throw .invalidRequestLine }
        let method = line.extracting(0..<first)
        let target = line.extracting(first + 1..<second)
        guard method.isToken else { throw .invalidRequestLine }
        minorVersion = try httpMinorVersion(
            line.extracting(second + 1..<line.byteCount), malformed: .invalidRequestLine)
        guard target.byteCount > 0 else { throw .invalidTarget }
        for index in 0..<target.byteCount where !target[index].isTargetCharacter { throw .invalidTarget }
        self.method = method.equals("GET") ? .get : method.equals("POST") ? .post : HTTPMethod(checked: method.string)
        (self.target, authority) = try Self.reduce(target, method: self.method)
    }

    /// Sorts the target into the four forms of RFC 9112 §3.2.
    private static func reduce(
        _ target: borrowing RawSpan, method: HTTPMethod
    ) throws(HTTPError) -> (target: String, authority: String?) {
        if method == .connect {
            guard target.isAuthority(portRequired: true) else { throw .invalidTarget }
            throw .unsupportedMethod
        }
        if target[0] == UInt8(ascii: "/") { return (target.string, nil) }
        if target.equals("*") {
            guard method == .options else { throw .invalidTarget }
            return ("*", nil)
        }
        guard let start = target.lengthOfScheme else { throw .invalidTarget }
        var end = start
        while end < target.byteCount, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") { end += 1 }
        let authority = target.extracting(start..<end)
        guard authority.byteCount > 0, authority.isAuthority(portRequired: false) else { throw .invalidTarget }
        let rest = target.extracting(end..<target.byteCount).string
        if rest.isEmpty { return (method == .options ? "*" : "/", authority.string) }
        return (rest.utf8.first == UInt8(ascii: "?") ? "/" + rest : rest, authority.string)
    }
}

/// The digit behind `HTTP/1.`.
///
/// - Throws: `malformed` if the bytes are no version at all, `unsupportedVersion` if they are another one.
func httpMinorVersion(_ version: borrowing RawSpan, malformed: HTTPError) throws(HTTPError) -> Int {
    guard version.byteCount == 8, version.extracting(0..<5).equals("HTTP/"), version[5].isDigit,
        version[6] == UInt8(ascii: "."), version[7].isDigit
    else { throw malformed }
    switch (version[5], version[7]) {
    case (UInt8(ascii: "1"), UInt8(ascii: "0")): return 0
    case (UInt8(ascii: "1"), UInt8(ascii: "1")): return 1
    default: throw .unsupportedVersion
    }
}

extension RawSpan {
    /// The length of `http://` or `https://` at the front.
    fileprivate var lengthOfScheme: Int? {
        if byteCount >= 7, extracting(0..<7).equalsIgnoringCase("http://") { return 7 }
        if byteCount >= 8, extracting(0..<8).equalsIgnoringCase("https://") { return 8 }
        return nil
    }

    /// Whether the bytes are `uri-host [ ":" port ]` (RFC 3986 §3.2.2), without user information.
    ///
    /// An empty host is one too: the field `Host` is empty where the target has no authority.
    func isAuthority(portRequired: Bool) -> Bool {
        var index = 0
        if byteCount > 0, self[0] == UInt8(ascii: "[") {
            index = 1
            while index < byteCount, self[index].isAddressCharacter { index += 1 }
            guard index > 1, index < byteCount, self[index] == UInt8(ascii: "]") else { return false }
            index += 1
        } else {
            while index < byteCount, self[index].isHostCharacter { index += 1 }
        }
        if index == byteCount { return !portRequired }
        guard self[index] == UInt8(ascii: ":"), byteCount - index <= 6 else { return false }
        for position in index + 1..<byteCount where !self[position].isDigit { return false }
        return !portRequired || index > 0 && index + 1 < byteCount
    }
}

extension UInt8 {
    /// Whether the byte may stand in a name or an IPv4 address: unreserved, percent-encoded, and sub-delims without
    /// the comma, which a list of several hosts would need.
    fileprivate var isHostCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        case UInt8(ascii: "~"), UInt8(ascii: "%"), UInt8(ascii: "!"), UInt8(ascii: "$"): true
        case UInt8(ascii: "&")...UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="): true
        default: false
        }
    }

    /// Whether the byte may stand between the brackets of an IPv6 address.
    fileprivate var isAddressCharacter: Bool {
        hexadecimalValue != nil || self == UInt8(ascii: ":") || self == UInt8(ascii: ".")
    }
}
