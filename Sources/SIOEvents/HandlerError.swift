/// Something that went wrong in the application's own code, as it is reported to `onError(_:)`.
public struct HandlerError: Error, Sendable, CustomStringConvertible {
    /// The namespace.
    public let namespace: String
    /// The socket's id; empty where another server sent the event.
    public let socketID: String
    /// The event whose handler failed.
    public let event: String
    /// What the handler threw, or the `DecodingError` of arguments that do not fit its types.
    public let underlying: any Error

    package init(namespace: String, socketID: String, event: String, underlying: any Error) {
        self.namespace = namespace
        self.socketID = socketID
        self.event = event
        self.underlying = underlying
    }

    /// One line for a log.
    public var description: String {
        let socket = socketID.isEmpty ? "" : " for socket \(socketID)"
        return "handler of \"\(event)\" on \(namespace) failed\(socket): \(underlying)"
    }
}
