import SIONet
import TestSupport
import Testing

@testable import WebSocket

@Suite(.timeLimit(.minutes(1))) struct `Messages of a WebSocket` {
    @Test(
        arguments: [
            .text(""), .text("hello"), .text("Grüße, 世界 🌍"), .binary([]), .binary([0, 255, 1]),
            .text(String(repeating: "x", count: 126)), .binary([UInt8](repeating: 7, count: 70_000)),
        ] as [WebSocketMessage])
    func `arrive as they were sent`(message: WebSocketMessage) async throws {
        try await withSite { site in
            let socket = try await site.connect()
            try await socket.send(message)
            #expect(try await socket.receive() == message)
            #expect(await socket.close().code == .normalClosure)
        }
    }

    @Test func `arrive in the order of the calls`() async throws {
        try await withSite { site in
            try await WebSocket.withConnection(to: site.url(), eventLoops: site.loops) { socket in
                async let sending: Void = {
                    for number in 0..<5000 { try await socket.send("\(number)") }
                }()
                for number in 0..<5000 { #expect(try await socket.text() == "\(number)") }
                try await sending
            }
        }
    }

    @Test func `may be larger than any buffer`() async throws {
        var configuration = WebSocketServer.Configuration()
        configuration.socket.maxMessageSize = 8_000_000
        try await withSite(configuration) { site in
            var options = WebSocket.ConnectOptions()
            options.socket.maxMessageSize = 8_000_000
            let socket = try await site.connect("/", options)
            let large = (0..<6_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await socket.send(large)
            #expect(try await socket.receive() == .binary(large))
            await socket.close()
        }
    }

    @Test func `are compressed where both sides want it`() async throws {
        var configuration = WebSocketServer.Configuration()
        configuration.socket.perMessageDeflate = PerMessageDeflate()
        try await withSite(configuration) { site in
            var options = WebSocket.ConnectOptions()
            options.socket.perMessageDeflate = PerMessageDeflate()
            let socket = try await site.connect("/", options)
            #expect(socket.responseHeaders["Sec-WebSocket-Extensions"]?.hasPrefix("permessage-deflate") == true)
            let long = String(repeating: "again and ", count: 20_000)
            for _ in 0..<3 {
                try await socket.send(long)
                #expect(try await socket.text() == long)
            }
            await socket.close()
            let plain = try await site.connect()
            #expect(plain.responseHeaders["Sec-WebSocket-Extensions"] == nil)
            await plain.close()
        }
    }

    @Test func `are encrypted with TLS`() async throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("server", names: ["IP:127.0.0.1"])
        let tls = try TLSContext(
            TLSConfiguration(
                TLSIdentity(certificateChain: .pem(identity.chain), privateKey: .pem(identity.key))))
        try await withSite(tls: tls) { site in
            var client = TLSClientConfiguration()
            client.trustRoots = .certificates(.pem(authority.root))
            var options = WebSocket.ConnectOptions()
            options.tls = try TLSClientContext(client)
            let address = "wss://127.0.0.1:\(site.port)/"
            let socket = try await WebSocket.connect(address, options: options, eventLoops: site.loops)
            try await socket.send("secret")
            #expect(try await socket.text() == "secret")
            #expect(await socket.close().isClean)
            // Nobody is believed who is not vouched for.
            let error = await connectError { _ = try await WebSocket.connect(address, eventLoops: site.loops) }
            #expect(error?.code == .network && error?.network?.code == .tlsFailed)
        }
    }

    @Test func `a message in fragments, a ping among them, is one message`() async throws {
        try await withSite { site in
            let peer = try site.raw()
            peer.sendFrame(1, Array("hel".utf8), isFinal: false)
            peer.sendFrame(9, [1, 2])
            peer.sendFrame(0, Array("lo".utf8))
            let pong = try #require(peer.receiveFrame())
            #expect(pong.opcode == 10 && pong.payload == [1, 2])
            let answer = try #require(peer.receiveFrame())
            #expect(answer.opcode == 1 && answer.payload == Array("hello".utf8))
        }
    }

    @Test func `a thousand WebSockets at once`() async throws {
        try await withSite { site in
            var sockets: [WebSocket] = []
            for _ in 0..<1000 { sockets.append(try await site.connect()) }
            #expect(site.server.connectionCount == 1000)
            for round in 0..<3 {
                for (number, socket) in sockets.enumerated() { try await socket.send("\(round) \(number)") }
                for (number, socket) in sockets.enumerated() {
                    #expect(try await socket.text() == "\(round) \(number)")
                }
            }
            await withTaskGroup(of: WebSocketClosure.self) { group in
                for socket in sockets { group.addTask { await socket.close() } }
                for await closure in group { #expect(closure.isClean) }
            }
            #expect(await eventually { site.server.connectionCount == 0 })
        }
    }

    @Test func `several iterators share the messages`() async throws {
        try await withSite { site in
            let socket = try await site.connect()
            let seen = Shared(Set<String>())
            let readers = (0..<3).map { _ in
                Task {
                    for try await message in socket { seen.change { $0.insert(message.text ?? "") } }
                }
            }
            for number in 0..<100 { try await socket.send("\(number)") }
            #expect(await eventually { seen.value.count == 100 })
            await socket.close()
            for reader in readers { try await reader.value }
        }
    }
}
