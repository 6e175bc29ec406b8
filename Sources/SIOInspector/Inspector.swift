import SIOBytes
import SocketIOProtocol

/// What bytes may be.
package enum Layer: String, Sendable, CaseIterable {
    /// HTTP/1.1: a request or a response, with what is in its body, or behind an upgrade.
    case http
    /// WebSocket frames.
    case websocket
    /// The body of Engine.IO's polling, version 4 or 3.
    case payload
    /// An Engine.IO packet, as a WebSocket carries it.
    case engine
    /// A Socket.IO packet.
    case packet
    /// A Socket.IO packet in MessagePack.
    case msgpack
}

/// Shows what is in bytes of these protocols, layer by layer, faults and all.
///
/// What is valid is decided by the packages' own parsers; here is only where it lies. No bytes can do it harm.
package struct Inspector {
    /// The attachments that the last packet announced, and how many of them have come.
    var attachments = (announced: 0, seen: 0)

    package init() {}

    /// Looks at bytes.
    ///
    /// - Parameters:
    ///   - bytes: Whole: what is missing is a fault.
    ///   - layer: What they are; nil to guess.
    /// - Returns: What they were taken for, and what is in them.
    package static func inspect(_ bytes: [UInt8], as layer: Layer? = nil) -> (layer: Layer, findings: [Finding]) {
        var inspector = Inspector()
        let window = Window(bytes)
        let layer = layer ?? guess(window)
        var findings: [Finding]
        switch layer {
        case .http: findings = inspector.http(window)
        case .websocket: findings = inspector.frames(window)
        case .payload: findings = inspector.payload(window)
        case .engine: findings = [inspector.enginePacket(window)]
        case .packet: findings = [inspector.packet(window)]
        case .msgpack: findings = [inspector.messagePack(window)]
        }
        let missing = inspector.attachments.announced - inspector.attachments.seen
        if missing > 0, layer == .websocket || layer == .payload {
            findings.append(
                window.fault("\(missing) more binary messages were expected: attachments", at: window.count))
        }
        return (layer, findings)
    }
}
