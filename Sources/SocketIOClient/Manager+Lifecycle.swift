import SocketIOProtocol

extension Manager: LifecycleSource {
    /// Adds a handler for what happens to the connection.
    public func listen(_ handler: LifecycleHandler<Change>) -> LifecycleListener {
        let number = nextHandlerNumber()
        onLoop { $0.handlers.add(number, handler) }
        return LifecycleListener { [weak self] in self?.onLoop { $0.handlers.remove(number) } }
    }

    /// Takes off all handlers for what happens to the connection, of one kind.
    public func off<Value>(_ event: Lifecycle<Change, Value>) {
        onLoop { [name = event.name] in $0.handlers.removeAll(of: name) }
    }

    /// Takes off all handlers for what happens to the connection.
    public func off() {
        onLoop { $0.handlers.removeAll(of: nil) }
    }

    /// Whether anybody listens to this kind of what happens to the connection.
    public func hasListeners<Value>(_ event: Lifecycle<Change, Value>) async -> Bool {
        await loop.callUnlessStopped { [self, name = event.name] in !core.value.handlers.isEmpty(of: name) } ?? false
    }
}

extension Lifecycle where Change == Manager.Change, Value == Void {
    /// The connection is open.
    public static var open: Self { Self("open") { if case .open = $0 { () } else { nil } } }
    /// The connection is on a WebSocket now.
    public static var upgrade: Self { Self("upgrade") { if case .upgrade = $0 { () } else { nil } } }
    /// The server has sent a ping.
    public static var ping: Self { Self("ping") { if case .ping = $0 { () } else { nil } } }
    /// There will be no more attempts to open the connection again.
    public static var reconnectFailed: Self {
        Self("reconnect_failed") { if case .reconnectFailed = $0 { () } else { nil } }
    }
}

extension Lifecycle where Change == Manager.Change, Value == ConnectFailure {
    /// An attempt to open the connection failed.
    public static var error: Self { Self("error") { if case .error(let failure) = $0 { failure } else { nil } } }
    /// An attempt to open the connection again failed.
    public static var reconnectError: Self {
        Self("reconnect_error") { if case .reconnectError(let failure) = $0 { failure } else { nil } }
    }
}

extension Lifecycle where Change == Manager.Change, Value == DisconnectReason {
    /// The connection is over.
    public static var close: Self {
        Self("close") {
            if case .close(let reason, _) = $0 { reason } else { nil }
        } error: {
            if case .close(_, let error) = $0 { error } else { nil }
        }
    }
}

extension Lifecycle where Change == Manager.Change, Value == Int {
    /// An attempt to open the connection again begins; told its number, from 1.
    public static var reconnectAttempt: Self {
        Self("reconnect_attempt") { if case .reconnectAttempt(let number) = $0 { number } else { nil } }
    }
    /// The connection is back; told the number of the attempt.
    public static var reconnect: Self {
        Self("reconnect") { if case .reconnect(let number) = $0 { number } else { nil } }
    }
}
