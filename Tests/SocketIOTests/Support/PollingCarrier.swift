import Synchronization

/// Messages over HTTP long-polling: a connection for GETs, and one for POSTs.
final class PollingCarrier: Carrier {
    private let target: String
    private let headers: String
    private let form: MessagePayload
    private let gets: Connection
    private let posts: Connection
    private let posting = Mutex(())

    init(port: Int, target: String, headers: String, form: MessagePayload) throws {
        self.form = form
        gets = try Connection(port: port)
        posts = try Connection(port: port)
        let opened = try gets.exchange("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
        let text = String(decoding: opened.body, as: UTF8.self)
        guard let start = text.range(ofText: #""sid":""#) else { throw ConnectionEnded() }
        self.target = "\(target)&sid=\(text[start...].prefix { $0 != "\"" })"
        self.headers = headers
    }

    func send(_ messages: [Incoming]) {
        let body = form.payload(messages)
        let type = form.isBinary ? "application/octet-stream" : "text/plain;charset=UTF-8"
        posting.withLock { _ in
            _ = try? posts.exchange(
                "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n"
                    + "Content-Length: \(body.count)\r\n\(headers)\r\n", body: body)
        }
    }

    func run(_ receive: (Incoming) -> Void) throws {
        defer { end() }
        while true {
            let response = try gets.exchange("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
            guard response.head.hasPrefix("HTTP/1.1 200 ") else { return }
            for message in try form.messages(response.body) {
                if message == .closed { return }
                receive(message)
            }
        }
    }

    func end() {
        gets.end()
        posts.end()
    }
}

extension String {
    /// Where the text behind the first occurrence of another begins.
    func range(ofText text: String) -> Index? {
        indices.first { self[$0...].hasPrefix(text) }.map { index($0, offsetBy: text.count) }
    }
}
