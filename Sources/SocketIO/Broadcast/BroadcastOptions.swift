/// Which sockets an operation reaches, and how.
public struct BroadcastOptions: Sendable, Hashable {
    /// The rooms whose sockets are reached, each socket once; empty means all sockets of the namespace.
    public var rooms: Set<String> = []
    /// The rooms whose sockets are left out.
    public var except: Set<String> = []
    /// Whether the packet may be dropped for a client that cannot take it at once.
    public var volatile = false
    /// Whether transports that can compress the packet may do so.
    public var compress = true
    /// Whether only this server's sockets are reached.
    public var local = false
    /// How long acknowledgements are awaited; nil means the server's default.
    public var timeout: Duration?

    /// All sockets of the namespace.
    public init() {}
}
