/// What the network between a client and a server does to them.
package struct BadNetwork: Equatable, Sendable {
    /// What becomes of a WebSocket that the client opens.
    package enum WebSocketFate: Equatable, Sendable, CaseIterable {
        /// It opens and works.
        case opens
        /// A proxy answers the handshake with an error.
        case refused
        /// The handshake is never answered.
        case neverOpens
        /// It opens, but a proxy swallows what is written on it, in both directions.
        case swallows
    }

    /// The time a byte takes from one side to the other.
    ///
    /// Requests overtake each other; messages of a WebSocket do not.
    package var latency: ClosedRange<Duration> = .milliseconds(1)...(.milliseconds(1))

    package var webSocket = WebSocketFate.opens

    package init() {}
}
