import EngineIO
import SIOBytes
public import SIOHTTP
public import SIOJSON
public import SIONet

/// What a client said when it connected to a namespace.
public struct Handshake: Sendable {
    /// When the client connected.
    public var issued: ContinuousClock.Instant { moment.instant }
    private let moment: Moment
    private let origin: SessionOrigin
    private let passedAuth: Apart<RawJSON>

    init(origin: SessionOrigin, auth: RawJSON?, issued: ContinuousClock.Instant) {
        self.origin = origin
        moment = Moment(issued)
        passedAuth = Apart(auth)
    }

    /// What a client says, as another server tells it, or a test makes it up.
    ///
    /// - Parameters:
    ///   - headers: The header fields of the connection's first request.
    ///   - url: The target of that request: its path, and its query if there is one.
    ///   - address: Where the connection comes from.
    ///   - secure: Whether the connection is encrypted.
    ///   - auth: What the client passes as `auth`; nil for nothing.
    ///   - issued: When the client connects.
    public init(
        headers: HTTPHeaders = HTTPHeaders(),
        url: String = "/socket.io/",
        address: SocketAddress? = nil,
        secure: Bool = false,
        auth: RawJSON? = nil,
        issued: ContinuousClock.Instant = .now
    ) {
        var request = HTTPRequest(target: url, headers: headers)
        request.isSecure = secure
        self.init(origin: SessionOrigin(request, from: address), auth: auth, issued: issued)
    }

    private var request: CompactRequest { origin.request }

    /// What the client passed as `auth`; an empty object if it passed nothing.
    ///
    /// A client of Socket.IO 2 passes a query behind the namespace's name, `/admin?token=…`: then it is an object of strings.
    public var auth: RawJSON { passedAuth.value ?? .emptyObject }

    /// Where the client's connection came from; nil where that is not known.
    public var address: SocketAddress? { origin.address }

    /// Whether the connection is encrypted.
    public var secure: Bool { request.isSecure }

    /// The certificate that the client proved to own, if the server asks for one and the client has one.
    public var peerCertificate: PeerCertificate? { request.peerCertificate }

    /// The header fields of the connection's first request, read anew each time.
    public var headers: HTTPHeaders { request.headers }

    /// The target of the connection's first request.
    public var url: String { request.target }

    /// Whether the client is a page of another origin, or says so.
    public var xdomain: Bool { request.headers["Origin"] != nil }

    /// The query of the connection's first request, the protocol's own items included.
    ///
    /// Of several items with one name, the first.
    public var query: [String: String] {
        Dictionary(request.request.queryItems, uniquingKeysWith: { first, _ in first })
    }
}
