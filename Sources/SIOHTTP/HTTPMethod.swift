/// The method of a request, such as `GET` (RFC 9110 §9).
///
/// Methods are case-sensitive tokens; any token is one, whether it has a name here or not.
public struct HTTPMethod: Sendable, Hashable, CustomStringConvertible {
    /// The method as it stands in the request line.
    public let name: String

    /// The method called `name`, which must be a token (RFC 9110 §5.6.2).
    public init(_ name: String) {
        precondition(HTTPHeaders.isValidName(name), "not a method")
        self.name = name
    }

    /// A method whose name was checked already.
    init(checked name: String) {
        self.name = name
    }

    /// The method's name.
    public var description: String { name }

    /// Reads a resource.
    public static let get = HTTPMethod(checked: "GET")
    /// Reads a resource's header fields: the answer to `GET` without its body.
    public static let head = HTTPMethod(checked: "HEAD")
    /// Hands a body to a resource.
    public static let post = HTTPMethod(checked: "POST")
    /// Replaces a resource.
    public static let put = HTTPMethod(checked: "PUT")
    /// Changes a resource in part (RFC 5789).
    public static let patch = HTTPMethod(checked: "PATCH")
    /// Removes a resource.
    public static let delete = HTTPMethod(checked: "DELETE")
    /// Asks what may be done with a resource; a browser's preflight request.
    public static let options = HTTPMethod(checked: "OPTIONS")
    /// Asks a proxy for a tunnel.
    public static let connect = HTTPMethod(checked: "CONNECT")
    /// Asks for the request as it arrived.
    public static let trace = HTTPMethod(checked: "TRACE")
}
