import EngineIO
import EngineIOProtocol
import Glibc
import SIOBytes
import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import EngineIOClient
@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct EngineClientTests {
    static let ways: [[EngineClientOptions.Transport]] = [[.polling], [.websocket], [.polling, .websocket]]

    @Test(arguments: ways, [1, 3])
    func `messages go both ways in order, on each transport`(
        transports: [EngineClientOptions.Transport], loops: Int
    ) async throws {
        try await withEngineServer(loops: loops) { address, log, loop in
            let client = try await loop.client(address, EngineClientOptions(transports))
            await client.send("early")
            #expect(await client.has("opened"))
            for number in 0..<100 { await client.send("\(number)") }
            await client.send([0, 1, 2, 255])
            #expect(await client.hasTexts(["early"] + (0..<100).map { "\($0)" }))
            #expect(await eventually { client.now.binaries == [[0, 1, 2, 255]] })
            #expect(log.now.messages.count == 102)
            let isUpgraded = transports.count == 2
            if isUpgraded { #expect(await client.has("upgraded")) }
            #expect(await client.transport() == (transports == [.polling] ? .polling : .websocket))
            await client.close()
            #expect(await client.has("closed"))
            #expect(client.now.reason == .forcedClose)
            #expect(client.now.error == nil)
            #expect(client.now.closes == 1)
            #expect(await eventually { log.now.closes == ["transport close"] })
        }
    }

    @Test func `nothing is lost or put out of order by an upgrade that happens while messages flow`() async throws {
        for _ in 0..<10 {
            try await withEngineServer { address, log, loop in
                let client = try await loop.client(address) { engine, delegate in
                    var next = 0
                    // Each answer brings the next two messages, so that some are always under way.
                    let send = {
                        guard next < 400 else { return }
                        engine.send(text: Array("\(next)".utf8).span.bytes)
                        next += 1
                    }
                    delegate.onOpened = { for _ in 0..<3 { send() } }
                    delegate.onText = { _ in
                        send()
                        send()
                    }
                }
                #expect(await client.hasTexts((0..<400).map { "\($0)" }))
                #expect(await client.has("upgraded"))
                #expect(log.now.messages == (0..<400).map { .text("\($0)") })
                await client.close()
            }
        }
    }

    @Test func `a server's messages right behind the handshake come behind the opening`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.initialPacket = "first"
        for transports in Self.ways {
            try await withEngineServer(configuration) { address, _, loop in
                let client = try await loop.client(address, EngineClientOptions(transports))
                #expect(await client.hasTexts(["first"]))
                #expect(client.now.log.first == "opened")
                await client.close()
            }
        }
    }

    @Test(arguments: ways)
    func `a session over TLS`(transports: [EngineClientOptions.Transport]) async throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("server", names: ["DNS:localhost"])
        let tls = try TLSContext(
            TLSConfiguration(certificateChain: .pem(identity.chain), privateKey: .pem(identity.key)))
        try await withEngineServer(tls: tls) { address, _, loop in
            var trusting = TLSClientConfiguration()
            trusting.trustRoots = .certificates(.pem(authority.root))
            let context = try TLSClientContext(trusting)
            let client = try await loop.client(address, EngineClientOptions(transports) { $0.tls = context })
            let long = String(repeating: "secret ", count: 30_000)
            await client.send(long)
            #expect(await client.hasTexts([long]))
            if transports.count == 2 { #expect(await client.has("upgraded")) }
            await client.close()
            let stranger = try await loop.client(address, EngineClientOptions(transports))
            #expect(await stranger.has("closed"))
            #expect(stranger.now.reason == .transportError)
            #expect(stranger.now.error?.code == .connectionFailed)
            #expect(stranger.now.error?.network?.tls?.code == .untrustedPeer)
        }
    }

    @Test func `messages are compressed where both sides want that`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.perMessageDeflate = PerMessageDeflate()
        try await withEngineServer(configuration) { address, _, loop in
            let client = try await loop.client(address, EngineClientOptions([.websocket]))
            let long = String(repeating: "again and ", count: 10_000)
            await client.send(long)
            await client.send(long)
            #expect(await client.hasTexts([long, long]))
            #expect(await client.call { engine, _ in engine.channel?.deflate != nil })
            await client.close()
        }
    }

    @Test(arguments: ways)
    func `a client that wants base64 gets and sends it`(transports: [EngineClientOptions.Transport]) async throws {
        try await withEngineServer { address, log, loop in
            let client = try await loop.client(address, EngineClientOptions(transports) { $0.forceBase64 = true })
            #expect(await client.has(transports.count == 2 ? "upgraded" : "opened"))
            await client.send([1, 2, 3])
            await client.send("text")
            #expect(await client.hasTexts(["text"]))
            #expect(await eventually { client.now.binaries == [[1, 2, 3]] })
            #expect(log.now.messages == [.binary([1, 2, 3]), .text("text")])
            await client.close()
        }
    }

    @Test func `POSTs are no larger than the server takes`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxHttpBufferSize = 300
        try await withEngineServer(configuration) { address, _, loop in
            let client = try await loop.client(address, EngineClientOptions([.polling]))
            #expect(await client.has("opened"))
            let texts = (0..<50).map { "\($0) " + String(repeating: "x", count: 80) }
            await client.call { engine, _ in
                for text in texts { engine.send(text: Array(text.utf8).span.bytes) }
                #expect(engine.bufferedBytes > 4000)
            }
            #expect(await client.hasTexts(texts))
            #expect(await eventually { await client.call { engine, _ in engine.bufferedBytes == 0 } })
            await client.close()
        }
    }

    @Test(arguments: ways)
    func `a server that closes is told as such`(transports: [EngineClientOptions.Transport]) async throws {
        try await withEngineServer { address, _, loop in
            let client = try await loop.client(address, EngineClientOptions(transports))
            #expect(await client.has(transports.count == 2 ? "upgraded" : "opened"))
            await client.send("close")
            #expect(await client.has("closed"))
            #expect(client.now.reason == .transportClose)
        }
    }

    @Test(arguments: ways)
    func `pings are answered and told`(transports: [EngineClientOptions.Transport]) async throws {
        var configuration = EngineServer.Configuration()
        configuration.pingInterval = .milliseconds(10)
        configuration.pingTimeout = .seconds(20)
        try await withEngineServer(configuration) { address, log, loop in
            let client = try await loop.client(address, EngineClientOptions(transports))
            #expect(await eventually { client.now.pings >= 3 })
            #expect(log.now.closes == [])
            await client.close()
        }
    }

    @Test func `a session that opened on a WebSocket once begins with one, if it is to remember`() async throws {
        try await withEngineServer { address, log, loop in
            let memory = await loop.call { LoopBound(EngineClientMemory(), to: loop) }
            var options = EngineClientOptions()
            options.rememberUpgrade = true
            for _ in 0..<2 {
                let client = try await loop.client(address, options, memory: memory)
                #expect(await client.has("opened"))
                #expect(await eventually { await client.transport() == .websocket })
                await client.close()
                #expect(await client.has("closed"))
            }
            #expect(log.now.transports == ["polling", "websocket"])
        }
    }

    @Test func `a server without WebSockets is reached by the next transport, if all are to be tried`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.transports = [.polling]
        try await withEngineServer(configuration) { address, _, loop in
            let transports: [EngineClientOptions.Transport] = [.websocket, .polling]
            let client = try await loop.client(address, EngineClientOptions(transports) { $0.tryAllTransports = true })
            await client.send("hello")
            #expect(await client.hasTexts(["hello"]))
            #expect(await client.transport() == .polling)
            await client.close()

            let other = try await loop.client(address, EngineClientOptions(transports))
            #expect(await other.has("closed"))
            #expect(other.now.reason == .transportError)
            let error = try #require(other.now.error)
            #expect(error.code == .refused && error.phase == .handshake && error.status == 400)
            #expect(String(decoding: error.body, as: UTF8.self) == "Transport unknown")
        }
    }

    @Test func `a session through a proxy`() async throws {
        let proxy = try RawProxy()
        try await withEngineServer { address, _, loop in
            var options = EngineClientOptions()
            options.proxy = HTTPProxy(host: "127.0.0.1", port: proxy.port)
            let client = try await loop.client(address, options)
            #expect(await client.has("upgraded"))
            await client.send("hello")
            #expect(await client.hasTexts(["hello"]))
            await client.close()
        }
        #expect(proxy.heads.count >= 2)
    }

    @Test(arguments: ways)
    func `a client and a server in one process need no port`(transports: [EngineClientOptions.Transport]) async throws {
        let group = EventLoopGroup(loops: 1)
        let http = HTTPServer(eventLoops: group)
        let engine = EngineServer()
        ServerLog().attach(to: engine)
        engine.mount(on: http)
        try await withClientLoop { loop in
            var options = EngineClientOptions(transports)
            options.dial = { _, _ in
                var ends: [CInt] = [0, 0]
                socketPair(&ends)
                http.adopt(ends[0])
                return ends[1]
            }
            let client = try await loop.client("http://nowhere.invalid", options)
            await client.send("hello")
            #expect(await client.hasTexts(["hello"]))
            if transports.count == 2 { #expect(await client.has("upgraded")) }
            await client.close()
            #expect(await client.has("closed"))
        }
        await engine.close()
        await http.close()
        await group.shutdown()
    }

    @Test(arguments: ways)
    func `nothing is retained behind the end`(transports: [EngineClientOptions.Transport]) async throws {
        try await withEngineServer { address, _, loop in
            final class Leash { weak var client: EngineClient? }
            let leash = await loop.call { LoopBound(Leash(), to: loop) }
            do {
                let client = try await loop.client(address, EngineClientOptions(transports)) { engine, _ in
                    leash.value.client = engine
                }
                #expect(await client.has(transports.count == 2 ? "upgraded" : "opened"))
                await client.close()
                #expect(await client.has("closed"))
            }
            #expect(await eventually { await loop.call { leash.value.client == nil } })
        }
    }

    @Test(arguments: ways)
    func `a loop that is shut down ends the session`(transports: [EngineClientOptions.Transport]) async throws {
        try await withEngineServer { address, _, _ in
            let group = EventLoopGroup(loops: 1)
            let client = try await group.loops[0].client(address, EngineClientOptions(transports))
            #expect(await client.has("opened"))
            await group.shutdown()
            #expect(client.now.closes == 1)
        }
    }

    @Test(arguments: ways)
    func `what waits to be sent has a limit`(transports: [EngineClientOptions.Transport]) async throws {
        try await withEngineServer { address, _, loop in
            let client = try await loop.client(
                address, EngineClientOptions(transports) { $0.maxSendBufferSize = 100_000 })
            #expect(await client.has(transports.count == 2 ? "upgraded" : "opened"))
            let big = [UInt8](repeating: 1, count: 200_001)
            await client.send(big)
            #expect(await client.has("closed"))
            #expect(client.now.reason == .sendBufferOverflow)
        }
    }

    @Test func `a message is writable where it would leave now`() async throws {
        try await withEngineServer { address, _, loop in
            let client = try await loop.client(address, EngineClientOptions([.polling])) { engine, _ in
                #expect(!engine.isWritable && !engine.isOpen && engine.id == nil)
            }
            #expect(await client.has("opened"))
            #expect(await client.call { engine, _ in engine.isWritable && engine.isOpen && engine.id != nil })
            await client.close()
            #expect(await client.call { engine, _ in !engine.isWritable })
        }
    }
}
