/// How a server conducts its sessions; the defaults are the reference's.
package struct EngineConfiguration: Equatable, Sendable {
    /// The versions of the protocol that clients may ask for.
    package var protocolVersions: [EngineProtocolVersion] = [.v4]

    /// The transports that clients may use.
    package var transports: [EngineTransport] = [.polling, .websocket]

    /// Whether a session that began on polling may move to a WebSocket.
    package var allowUpgrades = true

    /// The time from the last pong, or the opening, to the next ping.
    package var pingInterval: Duration = .milliseconds(25_000)

    /// The time a pong may take.
    package var pingTimeout: Duration = .milliseconds(20_000)

    /// The time an upgrade may take, from the new WebSocket's opening.
    package var upgradeTimeout: Duration = .milliseconds(10_000)

    /// The time between two noops that hurry an upgrade by letting the held GET return.
    package var noopInterval: Duration = .milliseconds(100)

    /// The time a closed polling session waits for a GET that takes the close packet.
    package var closeTimeout: Duration = .milliseconds(30_000)

    /// The bytes that the body of a POST, or a WebSocket message, may have: announced in the handshake, enforced by the layers below.
    package var maxPayload = 1_000_000

    /// A text message that every session gets right behind its handshake.
    package var initialPacket: [UInt8]?

    package var limits = EngineLimits()

    package init() {}

    /// The transports that a session on `transport` may move to (EIO4 "Handshake", `upgrades`).
    package func upgrades(from transport: EngineTransport) -> [EngineTransport] {
        guard transport == .polling, allowUpgrades, transports.contains(.websocket) else { return [] }
        return [.websocket]
    }
}
