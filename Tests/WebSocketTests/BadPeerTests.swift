import SIONet
import SIOWebSocket
import TestSupport
import Testing

@testable import WebSocket

@Suite(.timeLimit(.minutes(1))) struct `A peer that breaks the rules` {
    /// What is sent to a server, and the code that it answers with.
    private static let cases: [(String, [UInt8], UInt16)] = [
        ("not masked", [0x81, 1, 65], 1002),
        ("reserved bits", [0xC1, 0x80, 0, 0, 0, 0], 1002),
        ("unknown opcode", [0x83, 0x80, 0, 0, 0, 0], 1002),
        ("fragmented ping", [0x09, 0x80, 0, 0, 0, 0], 1002),
        ("continuation of nothing", [0x80, 0x80, 0, 0, 0, 0], 1002),
        ("no UTF-8", [0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007),
        ("too large", [0x82, 0xFF, 0, 0, 0, 0, 0, 0x0F, 0x42, 0x41, 0, 0, 0, 0], 1009),
        ("larger than memory", [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], 1009),
        ("a code that may not be sent", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xEE], 1002),
    ]

    @Test(arguments: cases)
    func `is sent away, and its handler is told`(what: String, bytes: [UInt8], code: UInt16) async throws {
        let seen = Shared<WebSocketFailure?>(nil)
        try await withSite(routes: { server in
            server.on(path: "/") { socket in
                let error = await failure { for try await _ in socket {} }
                seen.change { $0 = error }
            }
        }) { site in
            let peer = try site.raw()
            peer.send(bytes)
            let close = try #require(peer.receiveFrame())
            #expect(close.opcode == 8 && close.payload.prefix(2).elementsEqual([UInt8(code >> 8), UInt8(code & 255)]))
            #expect(peer.receiveFrame() == nil)
            #expect(await eventually { seen.value != nil })
            #expect(seen.value?.code == .protocolViolation && seen.value?.closure?.sent?.code?.rawValue == code)
        }
    }

    @Test func `is sent away when a message in parts does not end, whatever it answers meanwhile`() async throws {
        let seen = Shared<WebSocketFailure?>(nil)
        var configuration = WebSocketServer.Configuration()
        configuration.socket.messageTimeout = .milliseconds(400)
        configuration.socket.keepAlive = .init(interval: .milliseconds(20), timeout: .seconds(10))
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                let error = await failure { try await echo(socket) }
                seen.change { $0 = error }
            }
        } _: { site in
            let peer = try site.raw()
            // One that ends has no time to keep any more.
            peer.sendFrame(2, [1], isFinal: false)
            peer.sendFrame(0, [2])
            let started = ContinuousClock.now
            var echoed = false
            var begun = false
            var close: [UInt8] = []
            while ContinuousClock.now - started < .seconds(20), let frame = peer.receiveFrame() {
                switch frame.opcode {
                case 2: echoed = frame.payload == [1, 2]
                case 8: close = frame.payload
                default: peer.sendFrame(10, frame.payload)
                }
                if frame.opcode == 8 { break }
                if !begun, ContinuousClock.now - started > .milliseconds(600) {
                    begun = true
                    peer.sendFrame(1, [65], isFinal: false)
                }
            }
            #expect(echoed && begun && close.prefix(2).elementsEqual([3, 240]))
            #expect(await eventually { seen.value != nil })
            #expect(seen.value?.code == .protocolViolation)
        }
    }

    @Test func `is told of nothing when it is a server that a client connects to`() async throws {
        let server = try RawServer { peer, number in
            _ = peer.receiveRequest()
            switch number {
            case 0: peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            case 1: peer.send("SSH-2.0-OpenSSH\r\n\r\n")
            default: peer.send("HTTP/1.1 403 Forbidden\r\nX-Why: because\r\nContent-Length: 3\r\n\r\nno!")
            }
        }
        let loops = EventLoopGroup(loops: 1)
        var errors: [WebSocketConnectError?] = []
        for _ in 0..<3 {
            errors.append(
                await connectError {
                    _ = try await WebSocket.connect("ws://127.0.0.1:\(server.port)/", eventLoops: loops)
                })
        }
        #expect(errors.map { $0?.code } == [.invalidResponse, .invalidResponse, .refused])
        #expect(errors[2]?.response?.headers["X-Why"] == "because" && errors[2]?.response?.body == Array("no!".utf8))
        for address in ["", "ftp://x/", "ws://", "ws://x:99999/", "ws://x/#y", "wss://a b/"] {
            #expect(
                await connectError { _ = try await WebSocket.connect(address, eventLoops: loops) }?.code
                    == .invalidAddress)
        }
        await loops.shutdown()
    }
}
