import SIOBytes

/// A configuration that many sessions share, with what follows from it and is the same for all of them.
///
/// So a session keeps no more than a reference.
package final class SharedEngineConfiguration: Sendable {
    package let value: EngineConfiguration
    let heartbeat: Heartbeat.Times
    /// The open packet's data behind the session's id, where the session opens on polling.
    private let pollingHandshake: [UInt8]
    /// The same, where it opens on a WebSocket.
    private let webSocketHandshake: [UInt8]

    package init(_ value: EngineConfiguration) {
        self.value = value
        heartbeat = Heartbeat.Times(interval: value.pingInterval, timeout: value.pingTimeout)
        pollingHandshake = Self.handshake(value, .polling)
        webSocketHandshake = Self.handshake(value, .websocket)
    }

    /// The open packet as a text: its type, and its data (EIO4 "Handshake").
    package func openPacket(sid: RawSpan, transport: EngineTransport) -> [UInt8] {
        let rest =
            switch transport {
            case .polling: pollingHandshake
            case .websocket: webSocketHandshake
            }
        var text: [UInt8] = []
        text.reserveCapacity(Self.beginning.count + sid.byteCount + rest.count)
        text += Self.beginning
        if JSONText.isPlain(sid) {
            unsafe sid.withUnsafeBytes { unsafe text.append(contentsOf: $0) }
        } else {
            var escaped = ByteBuffer()
            escaped.append(escaping: sid)
            text += escaped.array
        }
        text += rest
        return text
    }

    /// The open packet in front of the session's id.
    private static let beginning = [EnginePacketType.open.digit] + Array("{\"sid\":\"".utf8)

    private static func handshake(_ value: EngineConfiguration, _ transport: EngineTransport) -> [UInt8] {
        let whole = EngineHandshake(
            sid: "", upgrades: value.upgrades(from: transport), pingInterval: value.pingInterval,
            pingTimeout: value.pingTimeout, maxPayload: value.maxPayload)
        var text = ByteBuffer()
        whole.append(to: &text)
        return text.bytes.extracting(droppingFirst: "{\"sid\":\"".utf8.count).array
    }
}
