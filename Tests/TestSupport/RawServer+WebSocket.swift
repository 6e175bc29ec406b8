import SIOBytes
package import SIOWebSocket

/// Headers as a test writes them down: their names are those that are asked for, in the same case.
extension [String: String]: WebSocketHandshakeHeaders {
    package func withValue(of name: StaticString, _ body: (RawSpan) -> Void) {
        if let value = self[name.description] { body(value.utf8Span.span.bytes) }
    }

    /// The headers that stand in a text, a line each.
    package init(lines: String) {
        self = [:]
        for line in lines.split(separator: "\r\n") {
            let parts = line.split(separator: ": ", maxSplits: 1)
            if parts.count == 2 { self[String(parts[0])] = String(parts[1]) }
        }
    }
}

extension WebSocketHandshake.Acceptance {
    /// The lines with which the server answers, as a text.
    package var lines: String {
        var buffer = ByteBuffer()
        buffer.append("Upgrade: websocket\r\nConnection: Upgrade\r\n")
        appendLines(to: &buffer)
        return buffer.bytes.string
    }
}

/// WebSockets, as a server speaks them.
extension RawClient {
    /// The answer that grants a WebSocket to the request with this head, with compression where there is a configuration.
    package static func switchingProtocols(_ head: String, deflate: PerMessageDeflate? = nil) -> [UInt8] {
        let acceptance = try? WebSocketHandshake.accept(
            method: "GET", versionMinor: 1, headers: [String: String](lines: head), deflate: deflate)
        return Array("HTTP/1.1 101 Switching Protocols\r\n\(acceptance?.lines ?? "")\r\n".utf8)
    }

    /// A text of fewer than 65,536 bytes as a frame of a server, or with another opcode what that says.
    package static func serverFrame(_ text: String, opcode: UInt8 = 1) -> [UInt8] {
        let bytes = Array(text.utf8)
        precondition(bytes.count < 65_536)
        let length =
            bytes.count < 126 ? [UInt8(bytes.count)] : [126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        return [0x80 | opcode] + length + bytes
    }

    /// Reads a client's frame: the whole of its first byte, and its payload without the mask; nil if the client is gone.
    package func receiveMaskedFrame() -> (first: UInt8, payload: [UInt8])? {
        let head = receive(count: 2)
        guard head.count == 2 else { return nil }
        var length = Int(head[1] & 127)
        if length >= 126 { length = receive(count: length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
        let key = receive(count: 4)
        guard key.count == 4, case let payload = receive(count: length), payload.count == length else { return nil }
        return (head[0], payload.enumerated().map { $0.element ^ key[$0.offset % 4] })
    }
}
