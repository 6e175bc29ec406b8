import SIOBytes
import Synchronization

/// Messages over HTTP long-polling: a connection for GETs, and one for POSTs.
final class PollingCarrier: Carrier {
    private let target: String
    private let headers: String
    private let gets: Connection
    private let posts: Connection
    private let posting = Mutex(())

    init(port: Int, target: String, headers: String) throws {
        gets = try Connection(port: port)
        posts = try Connection(port: port)
        let opened = try gets.exchange("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
        let text = String(decoding: opened.body, as: UTF8.self)
        guard let start = text.range(ofText: #""sid":""#) else { throw ConnectionEnded() }
        self.target = "\(target)&sid=\(text[start...].prefix { $0 != "\"" })"
        self.headers = headers
    }

    func send(_ messages: [Incoming]) {
        let parts = messages.map { message in
            switch message {
            case .text(let text): "4\(text)"
            case .binary(let bytes): "b\(base64(bytes))"
            case .closed: "1"
            }
        }
        let body = Array(parts.joined(separator: "\u{1E}").utf8)
        posting.withLock { _ in
            _ = try? posts.exchange(
                "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain;charset=UTF-8\r\n"
                    + "Content-Length: \(body.count)\r\n\(headers)\r\n", body: body)
        }
    }

    func run(_ receive: (Incoming) -> Void) throws {
        defer { end() }
        while true {
            let response = try gets.exchange("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
            guard response.head.hasPrefix("HTTP/1.1 200 ") else { return }
            for packet in String(decoding: response.body, as: UTF8.self).split(separator: "\u{1E}") {
                switch packet.first {
                case "4": receive(.text(String(packet.dropFirst())))
                case "b": receive(.binary(Base64.decode(Array(packet.utf8.dropFirst()).span.bytes) ?? []))
                case "1": return
                default: break
                }
            }
        }
    }

    func end() {
        gets.end()
        posts.end()
    }

    private func base64(_ bytes: [UInt8]) -> String {
        var buffer = ByteBuffer()
        Base64.encode(bytes.span.bytes, into: &buffer)
        return String(decoding: buffer.take(), as: UTF8.self)
    }
}

extension String {
    /// Where the text behind the first occurrence of another begins.
    func range(ofText text: String) -> Index? {
        indices.first { self[$0...].hasPrefix(text) }.map { index($0, offsetBy: text.count) }
    }
}
