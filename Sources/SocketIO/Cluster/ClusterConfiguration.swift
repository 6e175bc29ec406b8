/// How a cluster's servers find out about each other, and how long they wait.
public struct ClusterConfiguration: Sendable {
    /// How a server knows how many others there are.
    public enum Membership: Sendable, Hashable {
        /// Each server tells the others that it is there.
        ///
        /// - Parameters:
        ///   - interval: How long a server is silent before it says so.
        ///   - timeout: How long another may be silent before it counts as gone: longer than the interval.
        case heartbeats(interval: Duration, timeout: Duration)
        /// The transport knows: ``ClusterTransport/serverCount()`` is asked before each request.
        case transport

        /// The reference's times: five and ten seconds.
        public static let referenceHeartbeats = Membership.heartbeats(interval: .seconds(5), timeout: .seconds(10))
    }

    /// How a server knows how many others there are.
    public var membership = Membership.referenceHeartbeats
    /// How long the answers of other servers are awaited where nothing else is said.
    public var requestTimeout: Duration = .seconds(5)
    /// Whether to send messages that the reference does not know, and passes over.
    ///
    /// With them, a client that disconnects is no longer waited for by a server that awaits its acknowledgement, and
    /// sockets are counted without being described. A cluster in which servers of the reference take part needs them off:
    /// those would not answer.
    public var usesExtensions = true
    /// What other servers can make this one keep.
    public var limits = ClusterLimits()

    /// The reference's times, with extensions.
    public init() {}
}

/// What other servers can make this one keep.
public struct ClusterLimits: Sendable, Hashable {
    /// The other servers that are known at a time; further ones are not noticed.
    public var servers = 1000
    /// The requests whose answers are waited for at a time; a further one fails, with ``ClusterError/Code/tooManyRequests``.
    public var requests = 10_000
    /// The answers, or described sockets, of one request; beyond them it ends incomplete.
    public var answers = 1_000_000
    /// The bytes of all answers of one request; beyond them it ends incomplete.
    public var answerBytes = 256 << 20

    /// Limits that no honest cluster meets.
    public init() {}
}
