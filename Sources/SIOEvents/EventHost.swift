public import SocketIOProtocol

/// What an event's handlers need of the socket that it arrived at.
@usableFromInline
package protocol EventHost: AnyObject, Sendable {
    /// Runs the body as a task on the loop where the caller is; what it throws is reported.
    func run(event: String, _ body: @escaping @Sendable () async throws -> Void)

    /// Answers an event that asked for it with the arguments that the body writes.
    func acknowledge(_ id: UInt64, arguments: (inout PacketWriter) throws -> Void) rethrows
}
