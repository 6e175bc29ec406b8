/// Decides when silence means that the server is gone.
///
/// EIO4 "Heartbeat": a client that hears no ping for `pingInterval + pingTimeout` considers the session closed.
package struct ClientHeartbeat: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private let patience: Duration

    /// When the server counts as gone.
    package private(set) var deadline: Instant

    /// A heartbeat of a session that opens `now`.
    package init(pingInterval: Duration, pingTimeout: Duration, now: Instant) {
        patience = pingInterval + pingTimeout
        deadline = now + patience
    }

    package mutating func pingReceived(now: Instant) {
        deadline = now + patience
    }

    /// Whether the server counts as gone.
    ///
    /// Worth a look before each write, too: a timer may be late after the machine slept.
    package func isExpired(now: Instant) -> Bool { now >= deadline }
}
