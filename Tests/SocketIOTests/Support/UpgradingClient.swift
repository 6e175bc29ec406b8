import TestSupport

/// A client that begins on polling, and moves to a WebSocket while packets arrive.
///
/// It blocks: run it on a thread of its own.
final class UpgradingClient {
    private let port: Int
    private let polls: RawClient
    private let target: String
    private var packets: [String] = []

    /// Opens a session and joins `/`.
    init(port: Int) throws {
        self.port = port
        polls = try RawClient(port: port)
        polls.send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let opened = String(decoding: polls.receiveResponse().body, as: UTF8.self)
        guard let start = opened.range(ofText: #""sid":""#) else { throw ConnectionEnded() }
        target = "/socket.io/?EIO=4&sid=\(opened[start...].prefix { $0 != "\"" })&transport="
        let posts = try RawClient(port: port)
        posts.send("POST \(target)polling HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n40")
        _ = posts.receiveResponse()
        posts.close()
    }

    /// Reads until the event `n` came with this number; all events that came.
    func run(until last: Int, polls count: Int) throws -> [String] {
        for _ in 0..<count {
            beginPoll()
            endPoll()
        }
        let socket = try RawClient(port: port)
        beginPoll()
        socket.send(
            "GET \(target)websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        guard socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 ") else { throw ConnectionEnded() }
        socket.sendFrame(1, Array("2probe".utf8))
        guard socket.receiveFrame()?.payload == Array("3probe".utf8) else { throw ConnectionEnded() }
        endPoll()
        socket.sendFrame(1, Array("5".utf8))
        while packets.last?.hasPrefix(#"2["n",\#(last),"#) != true {
            guard let frame = socket.receiveFrame() else { throw ConnectionEnded() }
            received(String(decoding: frame.payload, as: UTF8.self))
        }
        socket.close()
        return packets.filter { $0.hasPrefix("2") }
    }

    private func beginPoll() {
        polls.send("GET \(target)polling HTTP/1.1\r\nHost: localhost\r\n\r\n")
    }

    private func endPoll() {
        let body = String(decoding: polls.receiveResponse().body, as: UTF8.self)
        for packet in body.split(separator: "\u{1E}") { received(String(packet)) }
    }

    private func received(_ packet: String) {
        if packet.hasPrefix("4") { packets.append(String(packet.dropFirst())) }
    }
}
