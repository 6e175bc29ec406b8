public import SIOHTTP

/// What went wrong below the protocols.
public struct NetworkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind, `cannotListen`.
        public let description: String

        /// The host's name has no address.
        public static let cannotResolve = Code(description: "cannotResolve")
        /// The address is in use, or not ours, or not allowed.
        public static let cannotListen = Code(description: "cannotListen")
        /// At all of the host's addresses somebody said that nothing listens there.
        public static let connectionRefused = Code(description: "connectionRefused")
        /// None of the host's addresses can be reached.
        public static let cannotConnect = Code(description: "cannotConnect")
        /// The proxy did not open a tunnel to the host: ``NetworkError/proxyStatus`` tells what it answered.
        public static let proxyRefused = Code(description: "proxyRefused")
        /// The two sides could not agree on TLS, or it was broken: ``NetworkError/tls`` tells why.
        public static let tlsFailed = Code(description: "tlsFailed")
        /// The connection ended before the peer had said all that it had to.
        public static let connectionLost = Code(description: "connectionLost")
        /// The peer took too long.
        public static let timedOut = Code(description: "timedOut")
        /// The event loop was shut down.
        public static let shutDown = Code(description: "shutDown")
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and why, for people.
    public let description: String
    /// What is wrong with TLS; nil with other codes than ``Code/tlsFailed``.
    public let tls: TLSError?
    /// What the proxy answered; nil with other codes than ``Code/proxyRefused``, or if its answer was none.
    public let proxyStatus: HTTPStatus?

    init(_ code: Code, _ description: String, tls: TLSError? = nil, proxyStatus: HTTPStatus? = nil) {
        self.code = code
        self.description = description
        self.tls = tls
        self.proxyStatus = proxyStatus
    }

    init(_ error: TLSError) {
        self.init(error.code == .timedOut ? .timedOut : .tlsFailed, "TLS: \(error)", tls: error)
    }
}

extension TCPConnection {
    /// Why a connection that is closed ended before its time.
    package var failure: NetworkError {
        if let tlsFailure { return NetworkError(tlsFailure) }
        return NetworkError(.connectionLost, "the peer ended the connection")
    }
}
