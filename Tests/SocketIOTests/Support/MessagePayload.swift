import SIOBytes

/// How a client's messages stand in WebSocket messages and in polling's bodies (Engine.IO 3 and 4, "Payload").
///
/// A client of the third version that takes bytes sends and receives bodies of bytes if there is a binary message in them.
struct MessagePayload: Sendable {
    var isVersion3 = false
    /// Whether binary messages are base64 in a text, everywhere.
    var isBase64 = false

    /// Whether bodies are bytes: of such clients all are that this side sends.
    var isBinary: Bool { isVersion3 && !isBase64 }

    // MARK: WebSocket

    func webSocketMessage(binary bytes: [UInt8]) -> [UInt8] {
        if isBase64 { return Array(base64(bytes).utf8) }
        return isVersion3 ? [4] + bytes : bytes
    }

    /// What is in a binary message of a WebSocket; nil if it is none.
    func bytes(ofWebSocketMessage message: [UInt8]) -> [UInt8]? {
        guard isVersion3 else { return message }
        return message.first == 4 ? Array(message.dropFirst()) : nil
    }

    /// What is in `b…`, or `b4…` of the third version; nil if it is none.
    func bytes(ofBase64 packet: some StringProtocol) -> [UInt8]? {
        let mark = isVersion3 ? "b4" : "b"
        guard packet.hasPrefix(mark) else { return nil }
        return Base64.decode(Array(packet.utf8.dropFirst(mark.utf8.count)).span.bytes)
    }

    private func base64(_ bytes: [UInt8]) -> String {
        var buffer = ByteBuffer()
        Base64.encode(bytes.span.bytes, into: &buffer)
        return (isVersion3 ? "b4" : "b") + String(decoding: buffer.take(), as: UTF8.self)
    }

    // MARK: Polling

    func payload(_ messages: [Incoming]) -> [UInt8] {
        if isBinary { return messages.flatMap(counted) }
        let packets = messages.map { message in
            switch message {
            case .text(let text): "4\(text)"
            case .binary(let bytes): base64(bytes)
            case .closed: "1"
            }
        }
        let text =
            isVersion3
            ? packets.map { "\($0.utf16.count):\($0)" }.joined() : packets.joined(separator: "\u{1E}")
        return Array(text.utf8)
    }

    /// `<0 or 1><length>0xFF<packet>`, each digit of the length a byte.
    private func counted(_ message: Incoming) -> [UInt8] {
        let (mark, packet): (UInt8, [UInt8]) =
            switch message {
            case .text(let text): (0, Array("4\(text)".utf8))
            case .binary(let bytes): (1, [4] + bytes)
            case .closed: (0, Array("1".utf8))
            }
        return [mark] + "\(packet.count)".utf8.map { $0 - UInt8(ascii: "0") } + [255] + packet
    }

    /// The messages of a body, and its end of the session.
    func messages(_ body: [UInt8]) throws -> [Incoming] {
        guard isVersion3 else {
            return String(decoding: body, as: UTF8.self).split(separator: "\u{1E}").compactMap { message(of: $0) }
        }
        if body.first ?? 255 < 2 { return try countedMessages(body) }
        var messages: [Incoming] = []
        var rest = Substring(String(decoding: body, as: UTF8.self))
        while let colon = rest.firstIndex(of: ":") {
            guard let length = Int(rest[..<colon]) else { throw ConnectionEnded() }
            let start = rest.index(after: colon)
            let end = rest.utf16.index(start, offsetBy: length)
            if let message = message(of: rest[start..<end]) { messages.append(message) }
            rest = rest[end...]
        }
        return messages
    }

    private func countedMessages(_ body: [UInt8]) throws -> [Incoming] {
        var messages: [Incoming] = []
        var rest = body[...]
        while let mark = rest.popFirst() {
            guard let end = rest.firstIndex(of: 255) else { throw ConnectionEnded() }
            let length = rest[..<end].reduce(0) { $0 * 10 + Int($1) }
            let packet = rest[(end + 1)..<(end + 1 + length)]
            rest = rest[packet.endIndex...]
            if mark == 1 {
                guard let bytes = bytes(ofWebSocketMessage: Array(packet)) else { throw ConnectionEnded() }
                messages.append(.binary(bytes))
            } else if let message = message(of: Substring(decoding: packet, as: UTF8.self)) {
                messages.append(message)
            }
        }
        return messages
    }

    private func message(of packet: Substring) -> Incoming? {
        switch packet.first {
        case "4": .text(String(packet.dropFirst()))
        case "b": bytes(ofBase64: packet).map { .binary($0) }
        case "1": .closed
        default: nil
        }
    }
}
