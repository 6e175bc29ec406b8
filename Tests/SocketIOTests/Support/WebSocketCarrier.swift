import SIOBytes
import SIOWebSocket
import TestSupport

/// Messages over a WebSocket; pings are answered.
final class WebSocketCarrier: Carrier {
    private let connection: Connection
    private let form: MessagePayload
    private let answersPings: Bool

    init(port: Int, target: String, headers: String, form: MessagePayload, answersPings: Bool) throws {
        self.form = form
        self.answersPings = answersPings
        connection = try Connection(port: port)
        connection.write(
            "GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(headers)\r\n")
    }

    func send(_ messages: [Incoming]) {
        var buffer = ByteBuffer()
        for message in messages {
            switch message {
            case .text(let text): append(.text, Array("4\(text)".utf8), to: &buffer)
            case .binary(let bytes):
                append(form.isBase64 ? .text : .binary, form.webSocketMessage(binary: bytes), to: &buffer)
            case .closed: append(.text, Array("1".utf8), to: &buffer)
            }
        }
        connection.write(buffer.take())
    }

    private func append(_ opcode: WebSocketOpcode, _ payload: [UInt8], to buffer: inout ByteBuffer) {
        var random = SystemRandomNumberGenerator()
        WebSocketFrame.append(
            opcode, payload: payload.span.bytes, maskingKey: WebSocketMaskingKey(using: &random), to: &buffer)
    }

    func run(_ receive: (Incoming) -> Void) throws {
        defer { connection.end() }
        var unread: [UInt8] = []
        var start: Int?
        while start == nil {
            unread += try connection.read()
            start = unread.indices.first { unread[$0...].starts(with: "\r\n\r\n".utf8) }
        }
        unread.removeFirst((start ?? 0) + 4)
        var limits = WebSocketLimits()
        limits.maxFrameSize = 1 << 30
        limits.maxMessageSize = 1 << 30
        var decoder = WebSocketDecoder(role: .client, limits: limits)
        while true {
            var offset = 0
            var span = unread.mutableSpan
            var window = span.mutableBytes
            while let step = try decoder.next(in: &window, from: offset) {
                offset = step.end
                switch step.event {
                case .message(.text, .window(let range)):
                    receivedText(window.bytes.extracting(range).string, receive)
                case .message(.binary, .window(let range)):
                    let message = window.bytes.extracting(range).array
                    form.bytes(ofWebSocketMessage: message).map { receive(.binary($0)) }
                case .close:
                    return
                default:
                    break
                }
            }
            unread.removeFirst(offset)
            unread += try connection.read()
        }
    }

    private func receivedText(_ text: String, _ receive: (Incoming) -> Void) {
        switch text.first {
        case "4": receive(.text(String(text.dropFirst())))
        case "b": form.bytes(ofBase64: text).map { receive(.binary($0)) }
        case "2" where answersPings:
            var buffer = ByteBuffer()
            append(.text, Array("3\(text.dropFirst())".utf8), to: &buffer)
            connection.write(buffer.take())
        default: break
        }
    }

    func end() {
        connection.end()
    }
}
