public import SIOHTTP
public import SIONet

/// Why a WebSocket could not be opened.
public struct WebSocketConnectError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind, `refused`.
        public let description: String

        /// The address is none, or none that can be connected to.
        public static let invalidAddress = Code(description: "invalidAddress")
        /// Something below HTTP failed: ``WebSocketConnectError/network`` tells what.
        public static let network = Code(description: "network")
        /// The server answered with another status than 101: ``WebSocketConnectError/response`` is what it said.
        ///
        /// Redirects are not followed, so they are refusals, too.
        public static let refused = Code(description: "refused")
        /// What the server answered is no HTTP, or no WebSocket.
        public static let invalidResponse = Code(description: "invalidResponse")
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and why, for people.
    public let description: String
    /// What the server answered, and the first 16 KiB of its body; nil with other codes than ``Code/refused``.
    public let response: HTTPResponse?
    /// What is wrong with the network; nil with other codes than ``Code/network``.
    public let network: NetworkError?

    init(_ error: HTTPURLError) {
        self.init(.invalidAddress, error.rawValue)
    }

    init(_ error: HTTPClientError) {
        switch error {
        case .network(let network): self.init(.network, error.description, network: network)
        case .refused(let response): self.init(.refused, error.description, response: response)
        case .invalidResponse, .invalidHandshake: self.init(.invalidResponse, error.description)
        }
    }

    init(_ code: Code, _ description: String, response: HTTPResponse? = nil, network: NetworkError? = nil) {
        self.code = code
        self.description = description
        self.response = response
        self.network = network
    }
}
