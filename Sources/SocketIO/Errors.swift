public import SIOJSON

/// Thrown by a middleware to refuse a connection: the client gets `connect_error` with the message and the data.
public struct ConnectError: Error, Sendable {
    /// What the client's error says.
    public let message: String
    /// What the client's error carries as its `data`.
    public let data: RawJSON?

    /// An error without data.
    public init(_ message: String) {
        self.message = message
        data = nil
    }

    /// An error with data.
    ///
    /// - Parameters:
    ///   - message: What the client's error says.
    ///   - data: Any value that can be encoded; one that cannot is left out.
    public init(_ message: String, data: some Encodable) {
        self.message = message
        self.data = try? RawJSON(encoding: data)
    }
}

/// Why an acknowledgement did not come.
public struct AcknowledgementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable {
        let text: String

        /// The client did not answer in time.
        public static let timedOut = Code(text: "operation has timed out")
        /// Too many questions wait behind each other to be asked again and again; see ``Emitting/retries(_:)``.
        public static let tooManyWaiting = Code(text: "too many packets wait for their turn")
        /// The client left, or was not connected.
        public static let disconnected = Code(text: "socket has been disconnected")
    }

    /// The kind of failure.
    public let code: Code
    /// The reference's words for it.
    public var description: String { code.text }

    init(_ code: Code) {
        self.code = code
    }
}

/// A packet that the server's parser could not encode, as it is reported to ``Server/onError(_:)``: it was dropped.
public struct PacketParserError: Error, Sendable, CustomStringConvertible {
    /// What the parser threw.
    public let underlying: any Error

    /// One line for a log.
    public var description: String { "the parser could not encode a packet: \(underlying)" }
}

/// Something that went wrong in the application's own code, as it is reported to ``Server/onError(_:)``.
public struct HandlerError: Error, Sendable, CustomStringConvertible {
    /// The namespace.
    public let namespace: String
    /// The socket's id; empty where another server sent the event.
    public let socketID: String
    /// The event whose handler failed.
    public let event: String
    /// What the handler threw, or the `DecodingError` of arguments that do not fit its types.
    public let underlying: any Error

    /// One line for a log.
    public var description: String {
        let socket = socketID.isEmpty ? "" : " for socket \(socketID)"
        return "handler of \"\(event)\" on \(namespace) failed\(socket): \(underlying)"
    }
}
