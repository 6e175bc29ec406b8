public import SIOWebSocket

/// Why something that was asked of a WebSocket did not come about.
public struct WebSocketFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind, `connectionLost`.
        public let description: String

        /// The WebSocket is closed, or about to be: one side has said goodbye.
        public static let closed = Code(description: "closed")
        /// The connection ended without a goodbye.
        public static let connectionLost = Code(description: "connectionLost")
        /// The peer broke the protocol, or a limit of ``WebSocket/Options``, and was told so.
        public static let protocolViolation = Code(description: "protocolViolation")
        /// The peer did not answer a ping in time.
        public static let pingTimeout = Code(description: "pingTimeout")
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and why, for people.
    public let description: String
    /// How the WebSocket came to its end; nil if it is still open.
    public let closure: WebSocketClosure?

    init(_ code: Code, _ description: String, closure: WebSocketClosure? = nil) {
        self.code = code
        self.description = description
        self.closure = closure
    }
}
