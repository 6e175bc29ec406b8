import SIOBytes
import TestSupport
import Testing

@testable import SIONet

/// A blocking client that speaks TLS: a ``RawClient`` below, the client's machine above.
final class TLSClient {
    let raw: RawClient
    private let peer: TLSPeer

    /// Connects, and shakes hands unless it fails; ``failure`` then says why.
    init(
        port: Int, _ configuration: TLSClientConfiguration, host: String = "localhost", receiveBuffer: Int? = nil
    ) throws {
        raw = try RawClient(port: port, receiveBuffer: receiveBuffer)
        peer = TLSPeer(try #require(TLSSession(TLSClientContext(configuration), host: host)))
        peer.receive([])
        raw.send(peer.send())
        while peer.established == 0, failure == nil, fill() {}
    }

    var session: TLSSession { peer.session }
    var isEstablished: Bool { peer.established == 1 }
    var failure: TLSError? { peer.failure }
    /// Whether the server said that it will send nothing more, and all of it was read.
    var isEnded: Bool { peer.ends == 1 && peer.plaintext.isEmpty }

    /// Sends in one record or several; false if the server is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        guard isEstablished, session.failure == nil else { return false }
        do {
            try peer.encrypt(bytes)
        } catch {
            return false
        }
        return raw.send(peer.send())
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Says that nothing more will be sent.
    func end() {
        session.close()
        raw.send(peer.send())
    }

    /// Reads so many bytes; fewer if the server ended or failed, or the time passed in silence.
    func receive(count: Int) -> [UInt8] {
        while peer.plaintext.count < count, fill() {}
        let taken = Array(peer.plaintext.prefix(count))
        peer.plaintext.removeFirst(taken.count)
        return taken
    }

    /// Reads until the text was seen, or until there is nothing more.
    func receive(until end: String? = nil) -> String {
        let pattern = end.map { Array($0.utf8) }
        var seen: [UInt8] = []
        while true {
            let byte = receive(count: 1)
            seen += byte
            if byte.isEmpty || pattern.map({ seen.suffix($0.count).elementsEqual($0) }) == true { break }
        }
        return String(decoding: seen, as: UTF8.self)
    }

    /// Reads a response with `Content-Length`: its head and its body.
    func receiveResponse() -> (head: String, body: [UInt8]) {
        let head = receive(until: "\r\n\r\n")
        var length = 0
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length: ") {
            length = Int(line.dropFirst(16)) ?? 0
        }
        return (head, receive(count: length))
    }

    private func fill() -> Bool {
        guard peer.failure == nil, peer.ends == 0 else { return false }
        let some = raw.receiveSome()
        peer.receive(some)
        // A key update, or an alert, is answered.
        let answer = peer.send()
        if !answer.isEmpty { raw.send(answer) }
        return !some.isEmpty
    }
}

/// Runs a server that listens with TLS and without, and, where it may block, the body.
func withTLSServer(
    _ context: TLSContext,
    loops: Int = 1,
    _ configuration: HTTPServer.Configuration = .init(),
    mount: (HTTPServer) -> Void = { _ in },
    _ body: @escaping @Sendable (HTTPServer, _ secure: Int, _ plain: Int) async throws -> Void
) async throws {
    let group = EventLoopGroup(loops: loops)
    let server = HTTPServer(eventLoops: group, configuration: configuration)
    mount(server)
    try await server.listen(host: "127.0.0.1", port: 0, tls: context)
    try await server.listen(host: "127.0.0.1", port: 0)
    let ports = server.addresses.map(\.port)
    try await onOwnThread { try await body(server, ports[0], ports[1]) }
    await server.close()
    #expect(await group.settles())
    await group.shutdown()
}
