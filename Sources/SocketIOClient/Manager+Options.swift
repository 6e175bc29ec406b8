import SocketIOProtocol
import Synchronization

/// What of ``Manager/Configuration`` may be changed while there is a manager.
///
/// What has begun, an attempt or the wait for one, keeps its times; the next one has the new ones.
extension Manager {
    /// Whether a connection that was lost, or could not be opened, is tried again.
    ///
    /// Switched off, it also ends the wait for the next attempt.
    public var reconnection: Bool {
        get { options.withLock { $0.reconnection } }
        set { change { $0.reconnection = newValue } }
    }

    /// The attempts before reconnection is given up; nil: without end.
    public var reconnectionAttempts: Int? {
        get { options.withLock { $0.reconnectionAttempts } }
        set { change { $0.reconnectionAttempts = newValue } }
    }

    /// The delay before the first attempt, before jitter.
    public var reconnectionDelay: Duration {
        get { options.withLock { $0.reconnectionDelay } }
        set { change { $0.reconnectionDelay = newValue } }
    }

    /// The longest delay between two attempts.
    public var reconnectionDelayMax: Duration {
        get { options.withLock { $0.reconnectionDelayMax } }
        set { change { $0.reconnectionDelayMax = newValue } }
    }

    /// How much of a delay is left to chance, 0…1.
    public var randomizationFactor: Double {
        get { options.withLock { $0.randomizationFactor } }
        set { change { $0.randomizationFactor = newValue } }
    }

    /// The time that an attempt may take until the connection is open; nil: as long as it wants.
    public var timeout: Duration? {
        get { options.withLock { $0.timeout } }
        set { change { $0.timeout = newValue } }
    }

    private func change(_ body: (inout ManagerOptions) -> Void) {
        options.withLock { body(&$0) }
        // Where two threads set something at once, whichever is carried out last finds what both have set.
        onLoop { [self] in $0.change(options.withLock { $0 }) }
    }
}
