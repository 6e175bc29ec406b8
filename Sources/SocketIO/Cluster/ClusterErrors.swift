public import SIOJSON

/// What went wrong between the servers of a cluster.
public struct ClusterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable {
        let text: String

        /// Not all servers have answered in time.
        public static let timedOut = Code(text: "timeout reached while waiting for the other servers")
        /// More requests wait for their answers than ``ClusterLimits/requests`` allows.
        public static let tooManyRequests = Code(text: "too many requests wait for the other servers")
        /// The server was closed.
        public static let closed = Code(text: "the server was closed")
        /// Another server sent something that is no message.
        public static let malformedMessage = Code(text: "another server sent what is no message")
    }

    /// The kind of failure.
    public let code: Code
    /// What more there is to know, for people.
    public let detail: String?
    /// One line for a log.
    public var description: String { detail.map { "\(code.text): \($0)" } ?? code.text }

    init(_ code: Code, detail: String? = nil) {
        self.code = code
        self.detail = detail
    }
}

/// Not all servers have described their sockets in time.
public struct FetchSocketsTimeout: Error, Sendable, CustomStringConvertible {
    /// The sockets of those that have, this server's among them.
    public let sockets: [SocketDescription]
    /// The number of servers that have not answered.
    public let missing: Int
    /// The reference's words.
    public var description: String { "timeout reached: missing \(missing) responses" }
}

/// Not all servers have answered an event in time.
public struct ServerSideEmitTimeout: Error, Sendable, CustomStringConvertible {
    /// The answers that did come.
    public let responses: [RawJSON]
    /// The number of servers that have not answered.
    public let missing: Int
    /// The reference's words.
    public var description: String { "timeout reached: missing \(missing) responses" }
}
