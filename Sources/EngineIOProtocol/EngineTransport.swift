/// A way to carry packets, by its name in the `transport` query (EIO4 "Transports").
package enum EngineTransport: String, Sendable, CaseIterable {
    case polling
    case websocket
}
