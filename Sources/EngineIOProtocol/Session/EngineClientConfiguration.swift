/// How a client conducts its sessions; the defaults are the reference's.
package struct EngineClientConfiguration: Equatable, Sendable {
    /// The transports to use, the one to begin with first.
    package var transports: [EngineTransport] = [.polling, .websocket]

    /// Whether to move to a WebSocket that the server offers.
    package var upgrade = true

    /// Whether to try the next transport when the session could not be opened on one.
    package var tryAllTransports = false

    /// The time an upgrade may take, from the attempt to open the WebSocket to the answered probe.
    package var upgradeTimeout: Duration = .milliseconds(10_000)

    /// The time that the server may take, behind a close, to answer a POST of polling, or to let an upgrade come through.
    package var closeTimeout: Duration = .seconds(5)

    package var limits = EngineLimits()

    package init() {}
}
