public import SocketIOProtocol

/// What happens to a socket itself.
public enum SocketEvent: Sendable {
    /// The socket is about to be disconnected; its rooms are still set.
    case disconnecting
    /// The socket was disconnected, and has left its rooms.
    case disconnect

    var name: String {
        switch self {
        case .disconnecting: "disconnecting"
        case .disconnect: "disconnect"
        }
    }
}

extension Socket {
    // MARK: Its own end

    /// The socket is over, for the reason; called on its loop.
    ///
    /// Not inlined, because where this socket is a caller's own, what it holds would be counted.
    @inline(never)
    func end(_ reason: DisconnectReason) {
        core.use { $0.end(reason, self) }
    }

    /// Calls the handler when the socket is disconnected.
    ///
    /// - Parameters:
    ///   - event: Before or behind the leaving of its rooms.
    ///   - handler: Given the reason. What it throws is reported to ``Server/onError(_:)``.
    public func on(_ event: SocketEvent, _ handler: @escaping @Sendable (DisconnectReason) throws -> Void) {
        onLoop { $0.add(handler, for: event) }
    }

    /// Runs the handler as a task when the socket is disconnected.
    ///
    /// It begins at once.
    ///
    /// - Parameters:
    ///   - event: Before or behind the leaving of its rooms.
    ///   - handler: Given the reason. What it throws is reported to ``Server/onError(_:)``.
    public func on(_ event: SocketEvent, _ handler: @escaping @Sendable (DisconnectReason) async throws -> Void) {
        onLoop { [self] core in
            let body: @Sendable (DisconnectReason) throws -> Void = { [self] reason in
                run(event: event.name) { try await handler(reason) }
            }
            core.add(body, for: event)
        }
    }
}
