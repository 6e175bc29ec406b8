import EngineIOProtocol
import SIOBytes
import SIOWebSocket
import SocketIOProtocol

extension Inspector {
    /// What bytes are most likely.
    static func guess(_ window: Window) -> Layer {
        guard let first = window.bytes.first else { return .packet }
        if looksLikeHTTP(window) { return .http }
        if looksLikeVersion3(window) { return .payload }
        if let text = window.text, first >= 0x20 {
            if text.utf8.contains(EnginePayloadReader.separator) || first == UInt8(ascii: "b") { return .payload }
            return looksLikePacket(window) ? .packet : .engine
        }
        if isMessagePack(window) { return .msgpack }
        if WebSocketOpcode(rawValue: first & 0x0F) != nil, first & 0x30 == 0 { return .websocket }
        return first & 0xF0 == 0x80 || first >= 0xDE ? .msgpack : .websocket
    }

    private static func looksLikeHTTP(_ window: Window) -> Bool {
        let line = window.bytes.prefix { $0 != 0x0D && $0 != 0x0A }
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3)
        if line.starts(with: Array("HTTP/".utf8)) { return true }
        guard words.count == 3, words[2].starts(with: Array("HTTP/".utf8)) else { return false }
        return words[0].allSatisfy { (0x41...0x5A).contains($0) }
    }

    /// Whether there is a length in front, as the third version of Engine.IO has it.
    private static func looksLikeVersion3(_ window: Window) -> Bool {
        if window.bytes[0] <= 1 {
            let digits = window.bytes.dropFirst().prefix { $0 < 10 }
            return !digits.isEmpty && window.bytes.dropFirst(1 + digits.count).first == EnginePayloadReader.lengthEnd
        }
        let digits = window.bytes.prefix { (0x30...0x39).contains($0) }
        return !digits.isEmpty && window.bytes.dropFirst(digits.count).first == UInt8(ascii: ":")
    }

    /// Whether a text is a packet of Socket.IO rather than one of Engine.IO: both begin with a digit.
    private static func looksLikePacket(_ window: Window) -> Bool {
        let header = window.withBytes { bytes in try? PacketHeader.parse(bytes, limits: .none) }
        guard let header, window.count > 1 else { return false }
        let payload = window.bytes[header.payload]
        switch header.type {
        case .connect:
            // Engine.IO's handshake has times, Socket.IO's has none.
            return !payload.contains(sequence: Array("\"pingInterval\"".utf8))
        case .connectError:
            // A message of Engine.IO that carries a packet begins with the same digit.
            return header.id == nil && (payload.first == UInt8(ascii: "{") || payload.first == UInt8(ascii: "\""))
        case .disconnect:
            return header.namespace != nil
        case .event, .ack, .binaryEvent, .binaryAck:
            return payload.first == UInt8(ascii: "[") || header.namespace != nil
        }
    }
}

extension Collection<UInt8> {
    /// Whether the bytes stand somewhere.
    fileprivate func contains(sequence bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return true }
        return indices.contains { self[$0] == first && self[$0...].starts(with: bytes) }
    }
}
