import SocketIOProtocol

extension ClientSocket: LifecycleSource {
    /// Adds a handler for what happens to the socket.
    public func listen(_ handler: LifecycleHandler<Change>) -> LifecycleListener {
        let number = nextHandlerNumber()
        onLoop { $0.handlers.add(number, handler) }
        return LifecycleListener { [weak self] in self?.onLoop { $0.handlers.remove(number) } }
    }

    /// Takes off all handlers for what happens to the socket, of one kind.
    public func off<Value>(_ event: Lifecycle<Change, Value>) {
        onLoop { [name = event.name] in $0.handlers.removeAll(of: name) }
    }

    /// Whether anybody listens to this kind of what happens to the socket.
    public func hasListeners<Value>(_ event: Lifecycle<Change, Value>) async -> Bool {
        await loop.callUnlessStopped { [self, name = event.name] in !core.value.handlers.isEmpty(of: name) } ?? false
    }
}

extension Lifecycle where Change == ClientSocket.Change, Value == Void {
    /// The socket is connected: for the first time, or again.
    public static var connect: Self { Self("connect") { if case .connect = $0 { () } else { nil } } }
}

extension Lifecycle where Change == ClientSocket.Change, Value == ConnectFailure {
    /// An attempt to connect failed.
    public static var connectError: Self {
        Self("connect_error") { if case .connectError(let failure) = $0 { failure } else { nil } }
    }
}

extension Lifecycle where Change == ClientSocket.Change, Value == DisconnectReason {
    /// The socket is not connected any more.
    public static var disconnect: Self {
        Self("disconnect") {
            if case .disconnect(let reason, _) = $0 { reason } else { nil }
        } error: {
            if case .disconnect(_, let error) = $0 { error } else { nil }
        }
    }
}
