/// A way to carry packets, by its name in the `transport` query (EIO4 "Transports").
package enum EngineTransport: String, Sendable, CaseIterable {
    case polling
    case websocket

    /// The transport with this name; nil if there is none.
    ///
    /// Each request asks: a raw value's own search for its case takes ten times as long.
    init?(named name: String) {
        if name == "websocket" {
            self = .websocket
        } else if name == "polling" {
            self = .polling
        } else {
            return nil
        }
    }
}
