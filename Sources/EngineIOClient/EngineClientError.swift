package import EngineIOProtocol
public import SIOHTTP
public import SIONet
import SIOWebSocket

/// Why a session could not be opened, or ended before its time.
public struct EngineClientError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind, `connectionFailed`.
        public let description: String

        /// The address is none that a client can connect to.
        public static let invalidURL = Code(description: "invalidURL")
        /// There is no connection, or it was lost: ``EngineClientError/network`` tells why.
        public static let connectionFailed = Code(description: "connectionFailed")
        /// The server answered a request with another status than it must: ``EngineClientError/status``.
        public static let refused = Code(description: "refused")
        /// What the server sent is no HTTP, no WebSocket, no Engine.IO, or nothing that those above can read.
        public static let invalidResponse = Code(description: "invalidResponse")
        /// The server ended the WebSocket: ``EngineClientError/closeCode``.
        public static let webSocketClosed = Code(description: "webSocketClosed")
        /// The server took too long.
        public static let timedOut = Code(description: "timedOut")
    }

    /// What the client was about when it failed.
    public enum Phase: String, Sendable {
        /// Its first step: nothing was asked yet.
        case start
        /// A GET of polling.
        case poll = "polling GET"
        /// A POST of polling.
        case post = "polling POST"
        /// The opening of a WebSocket.
        case handshake = "WebSocket handshake"
        /// The use of a WebSocket.
        case webSocket = "WebSocket"
    }

    /// The kind of failure.
    public let code: Code
    /// What the client was about.
    public let phase: Phase
    /// What failed and why, for people.
    public let description: String
    /// The status that the server answered with, if it was the wrong one.
    public internal(set) var status: Int?
    /// The fields of that answer, such as `Retry-After` and `Location`.
    public internal(set) var headers = HTTPHeaders()
    /// What it said with that, the first 16 KiB of it: of an Engine.IO server a JSON text with `code` and `message`.
    public internal(set) var body: [UInt8] = []
    /// The code of the WebSocket's end (RFC 6455 §7.1.5): 1005 if the server gave none, 1006 if it did not say goodbye.
    public internal(set) var closeCode: Int?
    /// The reason that the server gave for the WebSocket's end; empty if there is none.
    public internal(set) var closeReason = ""
    /// What is wrong below the protocols, TLS among it.
    public internal(set) var network: NetworkError?

    init(_ code: Code, _ phase: Phase, _ description: String) {
        self.code = code
        self.phase = phase
        self.description = "\(phase.rawValue): \(description)"
    }

    /// An address that is none.
    package init(_ error: HTTPURLError) {
        self.init(.invalidURL, .start, error.rawValue)
    }

    /// A response with a status that it must not have.
    init(_ response: HTTPResponse, _ phase: Phase) {
        self.init(.refused, phase, "the server answered \(response.status)")
        status = response.status.code
        headers = response.headers
        body = Array(response.body.prefix(HTTPClientError.refusalBodyLimit))
    }

    init(_ error: HTTPClientError, _ phase: Phase) {
        switch error {
        case .refused(let response):
            self.init(response, phase)
        case .invalidResponse, .invalidHandshake:
            self.init(.invalidResponse, phase, error.description)
        case .network(let error):
            self.init(error.code == .timedOut ? .timedOut : .connectionFailed, phase, error.description)
            network = error
        }
    }

    /// A WebSocket that is at its end; `failure` is the server's fault, if it was one.
    init(_ closure: WebSocketClosure, _ failure: WebSocketError?, network: NetworkError?) {
        if let failure {
            self.init(.invalidResponse, .webSocket, failure.reason)
            closeCode = Int(failure.closeCode.rawValue)
        } else {
            self.init(.webSocketClosed, .webSocket, "closed with code \(closure.code.rawValue)")
            closeCode = Int(closure.code.rawValue)
            closeReason = closure.reason
            if closure.received == nil { self.network = network }
        }
    }

    init(_ fault: EngineFault, on transport: EngineTransport) {
        self.init(unreadable: fault.rawValue, on: transport)
    }

    /// What the server sent cannot be read, in the layers above, too.
    package init(unreadable description: String, on transport: EngineTransport) {
        self.init(.invalidResponse, transport == .polling ? .poll : .webSocket, description)
    }
}
