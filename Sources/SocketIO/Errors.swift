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
