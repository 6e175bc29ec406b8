import SIOBytes
import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

/// Keeps what a channel was handed, and tells of its end.
private final class Listener: WebSocketChannelDelegate {
    var texts: [String] = []
    var onText: (String) -> Void = { _ in }
    var onClosed: (WebSocketClosure, WebSocketError?) -> Void = { _, _ in }

    func received(text: RawSpan) {
        texts.append(text.string)
        onText(text.string)
    }
    func received(binary: RawSpan) { onText("\(binary.byteCount) bytes") }
    func channelDrained() {}
    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) { onClosed(closure, failure) }
}

/// Sends back what it gets.
private final class Echo: WebSocketChannelDelegate {
    private unowned let channel: WebSocketChannel
    init(_ channel: WebSocketChannel) { self.channel = channel }
    func received(text: RawSpan) { channel.send(text: text) }
    func received(binary: RawSpan) { channel.send(binary: binary) }
    func channelDrained() {}
    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {}
}

extension Result where Success == String, Failure == HTTPClientError {
    fileprivate var text: String {
        switch self {
        case .success(let text): text
        case .failure(let error): "\(error)"
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct WebSocketOpeningTests {
    /// Opens a WebSocket, sends a text, and waits for one; or says why it could not be opened.
    private func echo(
        _ text: String, _ request: WebSocketRequest, on loop: EventLoop
    ) async -> Result<String, HTTPClientError> {
        await loop.ask { core, answer in
            WebSocketOpening(request, core: core) { result in
                switch result {
                case .success(let opened):
                    let channel = opened.channel
                    let listener = Listener()
                    var answered = ""
                    listener.onText = { text in
                        answered = text
                        channel.close(.normalClosure)
                    }
                    listener.onClosed = { closure, failure in
                        answer(.success(answered.isEmpty ? "\(closure.code.rawValue) \(closure.isClean)" : answered))
                    }
                    channel.delegate = listener
                    channel.send(text: Array(text.utf8).span.bytes)
                case .failure(let error):
                    answer(.failure(error))
                }
            }.start()
        }
    }

    private static func mount(_ server: HTTPServer) {
        server.mount(
            TestHandler { exchange in
                guard let channel = try? exchange.upgrade(limits: .init(), deflate: PerMessageDeflate()) else {
                    return exchange.respond(.text("no WebSocket", status: .forbidden))
                }
                channel.delegate = Echo(channel)
            }, at: "/echo")
    }

    @Test(arguments: ["ws", "http"])
    func `a WebSocket is opened, carries messages, and is closed`(scheme: String) async throws {
        try await withServer(mount: Self.mount) { _, port in
            try await withClientLoop { loop in
                var request = WebSocketRequest(try HTTPURL("\(scheme)://localhost:\(port)/echo?x=1"))
                #expect(await echo("hello", request, on: loop).text == "hello")
                var deflate = PerMessageDeflate()
                deflate.threshold = 0
                request.deflate = deflate
                let long = String(repeating: "hello ", count: 10_000)
                #expect(await echo(long, request, on: loop).text == long)
            }
        }
    }

    @Test func `a WebSocket over TLS, and through a proxy`() async throws {
        let fixture = try TLSFixture()
        let proxy = try RawProxy()
        try await withTLSServer(TLSContext(fixture.configuration), mount: Self.mount) { _, secure, _ in
            try await withClientLoop { loop in
                var request = WebSocketRequest(try HTTPURL("wss://localhost:\(secure)/echo"))
                request.connect.tls = try TLSClientContext(fixture.client)
                #expect(await echo("hello", request, on: loop).text == "hello")
                request.connect.proxy = HTTPProxy(host: "localhost", port: proxy.port)
                #expect(await echo("hello", request, on: loop).text == "hello")
                request.connect.tls = nil
                #expect(await echo("hello", request, on: loop).networkCode == .tlsFailed)
            }
        }
    }

    @Test func `the handshake is a browser's, with the caller's fields and no way to change it`() async throws {
        let head = Shared("")
        let server = try RawServer { peer, _ in
            let request = peer.receiveRequest().head
            head.change { $0 = request }
        }
        try await withClientLoop { loop in
            var request = WebSocketRequest(try HTTPURL("ws://user:pass@localhost:\(server.port)/a%20b?c=d"))
            request.headers = ["X-A": "b", "Upgrade": "h2c", "Sec-WebSocket-Key": "mine", "Sec-WebSocket-Accept": "x"]
            request.subprotocols = ["one", "two"]
            #expect(await echo("hello", request, on: loop).networkCode == .connectionLost)
        }
        let lines = head.value.split(separator: "\r\n").map(String.init)
        #expect(lines.first == "GET /a%20b?c=d HTTP/1.1")
        let key = try #require(lines.first { $0.hasPrefix("Sec-WebSocket-Key: ") })
        #expect(key.utf8.count == "Sec-WebSocket-Key: ".utf8.count + 24)
        #expect(
            Set(lines.dropFirst()) == [
                "X-A: b", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key,
                "Sec-WebSocket-Protocol: one, two", "Host: localhost:\(server.port)",
                "Authorization: Basic dXNlcjpwYXNz",
            ])
        #expect(lines.count == 9)
    }

    @Test func `a refusal is told with its status, its fields, and the beginning of its body`() async throws {
        let long = String(repeating: "x", count: 100_000)
        let server = try RawServer { peer, number in
            _ = peer.receiveRequest()
            switch number {
            case 0: peer.send("HTTP/1.1 401 Unauthorized\r\nX-Why: because\r\nContent-Length: 4\r\n\r\nwhy?")
            case 1: peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n\(long)")
            default: peer.send("HTTP/1.1 302 Found\r\nLocation: ws://evil/\r\n\r\n")
            }
        }
        try await withClientLoop { loop in
            let request = WebSocketRequest(try HTTPURL("ws://localhost:\(server.port)/"))
            var refusals: [HTTPResponse] = []
            for _ in 0..<3 {
                guard case .refused(let response)? = await echo("hello", request, on: loop).failure else { break }
                refusals.append(response)
            }
            #expect(refusals.map(\.status.code) == [401, 200, 302])
            #expect(refusals.first?.headers["X-Why"] == "because")
            #expect(refusals.first?.text == "why?")
            #expect(refusals.dropFirst().first?.body.count == HTTPClientError.refusalBodyLimit)
        }
        #expect(server.connections == 3)
    }

    @Test(arguments: [
        ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n", WebSocketResponseError.accept),
        ("Upgrade: h2c\r\nConnection: Upgrade\r\n", .upgrade), ("Upgrade: websocket\r\n", .connection),
    ])
    func `what is granted must be what was asked for`(fields: String, error: WebSocketResponseError) async throws {
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send("HTTP/1.1 101 Switching Protocols\r\n\(fields)\r\n")
            _ = peer.receive()
        }
        try await withClientLoop { loop in
            let request = WebSocketRequest(try HTTPURL("ws://localhost:\(server.port)/"))
            guard case .invalidHandshake(let found)? = await echo("hello", request, on: loop).failure else {
                return #expect(Bool(false), "the handshake was taken")
            }
            #expect(found == error)
        }
    }

    /// Answers a handshake, with frames behind it in the same write, cut after so many bytes.
    private func serve(_ frames: [UInt8], cut: Int? = nil) throws -> RawServer {
        try RawServer { peer, _ in
            let bytes = RawClient.switchingProtocols(peer.receiveRequest().head) + frames
            peer.send(Array(bytes.prefix(cut ?? bytes.count)))
            if cut == nil { _ = peer.receive() }
        }
    }

    @Test func `frames right behind the handshake are not lost`() async throws {
        let server = try serve([0x81, 5] + Array("early".utf8))
        try await withClientLoop { loop in
            let request = WebSocketRequest(try HTTPURL("ws://localhost:\(server.port)/"))
            #expect(await echo("hello", request, on: loop).text == "early")
        }
    }

    @Test func `a server that masks its frames has broken the protocol`() async throws {
        let server = try serve([0x81, 0x85, 0, 0, 0, 0] + Array("early".utf8))
        try await withClientLoop { loop in
            let request = WebSocketRequest(try HTTPURL("ws://localhost:\(server.port)/"))
            #expect(await echo("hello", request, on: loop).text == "1006 false")
        }
    }

    @Test func `a handshake that is cut anywhere is an error, and nothing hangs`() async throws {
        let whole = 129
        for cut in stride(from: 0, to: whole, by: 8) {
            let server = try serve([], cut: cut)
            try await withClientLoop { loop in
                let request = WebSocketRequest(try HTTPURL("ws://localhost:\(server.port)/"))
                let result = await echo("hello", request, on: loop)
                #expect(cut == 0 ? result.networkCode == .connectionLost : result.fault == .prematureEnd, "\(cut)")
            }
        }
    }

    @Test func `a server that does not answer the handshake is left in time`() async throws {
        let server = try RawServer { peer, _ in _ = peer.receive() }
        try await withClientLoop { loop in
            var request = WebSocketRequest(try HTTPURL("ws://localhost:\(server.port)/"))
            request.responseTimeout = .milliseconds(50)
            #expect(await echo("hello", request, on: loop).networkCode == .timedOut)
        }
    }

    @Test func `an opening that is cancelled says nothing and leaves nothing`() async throws {
        let server = try RawServer { peer, _ in _ = peer.receive() }
        try await withClientLoop { loop in
            let request = WebSocketRequest(try HTTPURL("ws://localhost:\(server.port)/"))
            let calls = Shared(0)
            let opening = await loop.call {
                let opening = WebSocketOpening(request, core: loop.core) { _ in calls.change { $0 += 1 } }
                opening.start()
                return LoopBound(opening, to: loop)
            }
            #expect(await eventually { server.connections == 1 })
            await loop.call { opening.value.cancel() }
            #expect(await eventually { await loop.call { loop.core.guestHandles == 0 } })
            #expect(calls.value == 0)
        }
    }

    @Test func `a message beyond the client's limit ends the channel`() async throws {
        let server = try serve([0x82, 126, 0x01, 0x01] + [UInt8](repeating: 0, count: 257))
        try await withClientLoop { loop in
            var request = WebSocketRequest(try HTTPURL("ws://localhost:\(server.port)/"))
            request.limits = WebSocketLimits(maxMessageSize: 256, maxFrameSize: 256)
            #expect(await echo("hello", request, on: loop).text == "1006 false")
        }
    }
}
