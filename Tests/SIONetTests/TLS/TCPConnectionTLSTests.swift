import CLibUV
import Glibc
import SIOBytes
import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

/// TLS over real sockets, as a server's clients meet it.
@Suite struct TCPConnectionTLSTests {
    private let fixture: TLSFixture

    init() throws {
        fixture = try TLSFixture()
    }

    private func get(_ target: String, close: Bool = false) -> String {
        "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(close ? "Connection: close\r\n" : "")\r\n"
    }

    private let upgrade =
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    /// Tells how a request came.
    private let teller = TestHandler { exchange in
        let request = exchange.request
        exchange.respond(.text("\(request.isSecure) \(request.peerCertificate?.subject ?? "nobody")"))
    }

    // MARK: HTTP

    @Test func `a connection that moves brings along what was decrypted and not read`() async throws {
        let fixture = try TLSFixture()
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let seen: String = await loop.ask { core, answer in
            var ends: [CInt] = [0, 0]
            socketPair(&ends)
            guard let pair = try? fixture.pair() else { return answer("no session") }
            pair.exchange()
            let connection = TCPConnection.adopt(
                ends[0], from: nil, unread: Array("rest".utf8), tls: pair.server.session, core: core)
            guard let connection else { return answer("no connection") }
            let stage = TestStage(connection)
            stage.take = { window in
                answer(window.bytes.string)
                return window.byteCount
            }
            connection.start(stage)
            connection.offerUnread()
            connection.abort()
            close(ends[1])
        }
        #expect(seen == "rest")
        await group.shutdown()
    }

    @Test func `requests are answered, and know that they came over TLS`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        try await withTLSServer(context, mount: { $0.mount(teller, at: "/") }) { [self] _, port, plain in
            let one = try TLSClient(port: port, client)
            for _ in 0..<3 {
                one.send(get("/"))
                #expect(one.receiveResponse().body == Array("true nobody".utf8))
            }
            // Pipelined, and in pieces.
            one.send(get("/") + get("/"))
            for _ in 0..<2 { #expect(one.receiveResponse().body == Array("true nobody".utf8)) }
            for byte in get("/").utf8 { one.send([byte]) }
            #expect(one.receiveResponse().body == Array("true nobody".utf8))
            let open = try RawClient(port: plain)
            open.send(get("/"))
            #expect(open.receiveResponse().body == Array("false nobody".utf8))
            #expect(context.completedHandshakes == 1 && context.failedHandshakes == 0)
        }
    }

    @Test func `a client's certificate is known to its requests`() async throws {
        var fixture = fixture
        fixture.configuration.clientCertificates = .require(fixture.roots)
        var shown = fixture.client
        shown.identity = TLSIdentity(try fixture.authority.issue("device 7"))
        let (known, unknown) = (shown, fixture.client)
        let context = try TLSContext(fixture.configuration)
        try await withTLSServer(context, mount: { $0.mount(teller, at: "/") }) { [self] _, port, _ in
            let one = try TLSClient(port: port, known)
            one.send(get("/"))
            #expect(one.receiveResponse().body == Array("true CN=device 7".utf8))
            let other = try TLSClient(port: port, unknown)
            other.send(get("/"))
            #expect(other.receiveResponse().head.isEmpty && other.failure?.code == .refused)
            #expect(context.completedHandshakes == 1 && context.failedHandshakes == 1)
        }
    }

    @Test func `a connection that is closed says so behind its last answer`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        try await withTLSServer(context, mount: { $0.mount(teller, at: "/") }) { [self] server, port, _ in
            let one = try TLSClient(port: port, client)
            one.send(get("/", close: true))
            #expect(one.receive().hasSuffix("true nobody"))
            #expect(one.isEnded && one.failure == nil)
            #expect(one.raw.isEnded())
            one.raw.close()
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `an end that is said is the client's end, one that is not is a lost connection`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        let aborted = Shared(0)
        let held = Shared<[LoopBound<HTTPExchange>]>([])
        let holder = TestHandler { exchange in
            exchange.aborted = { aborted.change { $0 += 1 } }
            let bound = LoopBound(exchange, to: exchange.core.loop)
            held.change { $0.append(bound) }
        }
        try await withTLSServer(context, mount: { $0.mount(holder, at: "/") }) { [self] server, port, _ in
            for isSaid in [true, false] {
                let one = try TLSClient(port: port, client)
                one.send(get("/"))
                let count = isSaid ? 1 : 2
                #expect(await eventually { held.value.count == count })
                if isSaid { one.end() } else { one.raw.endSending() }
                #expect(one.receive().isEmpty && one.raw.isEnded())
                #expect(one.isEnded == isSaid)
                #expect(await eventually { aborted.value == count })
            }
            #expect(await server.eventLoops.settles())
            held.change { $0 = [] }
        }
    }

    @Test func `a stage is told of an end that was said, and only of the loss otherwise`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        let seen = Shared<[String]>([])
        let handler = TestHandler { exchange in
            guard let channel = try? exchange.upgrade(limits: WebSocketLimits()) else { return }
            let connection = channel.connection
            connection.replaceStage(by: EndStage(connection, seen))
        }
        try await withTLSServer(context, mount: { $0.mount(handler, at: "/") }) { [self] server, port, _ in
            for (isSaid, expected) in [(true, ["end", "closed"]), (false, ["closed"])] {
                let one = try TLSClient(port: port, client)
                one.send(upgrade)
                #expect(one.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                if isSaid { one.end() } else { one.raw.endSending() }
                #expect(await eventually { seen.value == expected })
                seen.change { $0 = [] }
            }
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `what came in front of the peer's end is handed on before it, although the stage took nothing then`()
        async throws
    {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        let seen = Shared<[String]>([])
        let paused = Shared<LoopBound<TestStage>?>(nil)
        let handler = TestHandler { exchange in
            guard let channel = try? exchange.upgrade(limits: WebSocketLimits()) else { return }
            let stage = TestStage(channel.connection)
            // Pauses behind each byte.
            stage.take = { [unowned stage] window in
                let byte = window.bytes.extracting(first: 1).string
                seen.change { $0.append(byte) }
                stage.connection.pauseInbound()
                return 1
            }
            stage.onEnd = { seen.change { $0.append("end") } }
            stage.onClosed = { seen.change { $0.append("closed") } }
            paused.change { $0 = LoopBound(stage, to: stage.connection.core.loop) }
            channel.connection.replaceStage(by: stage)
        }
        try await withTLSServer(context, mount: { $0.mount(handler, at: "/") }) { [self] server, port, _ in
            let one = try TLSClient(port: port, client)
            one.send(upgrade)
            #expect(one.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            one.send("abc")
            one.end()
            one.raw.endSending()
            for (count, expected) in [(1, ["a"]), (2, ["a", "b"]), (3, ["a", "b", "c"])] {
                #expect(await eventually { seen.value.count >= count })
                #expect(seen.value == expected)
                guard let stage = paused.value else { break }
                await stage.loop.call { stage.value.connection.resumeInbound() }
            }
            #expect(await eventually { seen.value == ["a", "b", "c", "end", "closed"] })
            #expect(one.receive().isEmpty && one.isEnded)
            paused.change { $0 = nil }
            #expect(await server.eventLoops.settles())
        }
    }

    /// Notes how its connection ends.
    private final class EndStage: ConnectionStage {
        private let connection: TCPConnection
        private let seen: Shared<[String]>

        init(_ connection: TCPConnection, _ seen: Shared<[String]>) {
            self.connection = connection
            self.seen = seen
        }

        func received(_ window: inout MutableRawSpan) -> Int { window.byteCount }
        func receivedEnd() {
            seen.change { $0.append("end") }
            connection.abort()
        }
        func closed() {
            let failure = connection.tlsFailure?.code
            seen.change { $0.append(failure == nil || failure == .truncated ? "closed" : "\(failure as Any)") }
        }
    }

    @Test func `sixteen mebibytes arrive, although the client reads slowly`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        let body = (0..<16 * 1024 * 1024).map { UInt8(truncatingIfNeeded: $0 &* 31 &>> 3) }
        let handler = TestHandler { $0.respond(HTTPResponse(body: body)) }
        try await withTLSServer(context, mount: { $0.mount(handler, at: "/") }) { [self] _, port, _ in
            let one = try TLSClient(port: port, client, receiveBuffer: 16 * 1024)
            one.send(get("/", close: true))
            _ = one.receive(until: "\r\n\r\n")
            var seen = 0
            while seen < body.count {
                let part = one.receive(count: min(200_000, body.count - seen))
                guard !part.isEmpty, part == Array(body[seen..<seen + part.count]) else { break }
                seen += part.count
                if seen < 2_000_000 { usleep(5000) }
            }
            #expect(seen == body.count)
            #expect(one.receive(count: 1).isEmpty && one.isEnded)
        }
    }

    @Test func `a client that reads nothing loses the rest of what is closed behind it`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        var configuration = HTTPServer.Configuration()
        configuration.writeTimeout = .milliseconds(60)
        let handler = TestHandler { $0.respond(HTTPResponse(body: [UInt8](repeating: 1, count: 8_000_000))) }
        try await withTLSServer(context, configuration, mount: { $0.mount(handler, at: "/") }) {
            [self] server, port, _ in
            let one = try TLSClient(port: port, client, receiveBuffer: 4096)
            one.send(get("/", close: true))
            #expect(await eventually { await server.eventLoops.liveConnections == 1 })
            #expect(await server.eventLoops.settles())
        }
    }

    // MARK: WebSocket

    @Test func `messages go both ways over a WebSocket, large ones too`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        let handler = TestHandler { exchange in
            guard let channel = try? exchange.upgrade(limits: WebSocketLimits()) else { return }
            _ = Echo(channel)
        }
        try await withTLSServer(context, mount: { $0.mount(handler, at: "/") }) { [self] server, port, _ in
            let one = try TLSClient(port: port, client)
            one.send(upgrade)
            #expect(one.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            for size in [5, 100, 20_000, 900_000] {
                let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13) }
                one.send(RawClient.frame(2, message))
                let head = size < 126 ? 2 : size < 65536 ? 4 : 10
                #expect(Array(one.receive(count: head + size).dropFirst(head)) == message)
            }
            // Many in one turn, and a close.
            one.send((0..<100).flatMap { RawClient.frame(2, [UInt8($0)]) })
            #expect(one.receive(count: 300) == (0..<100).flatMap { [0x82, 1, UInt8($0)] })
            one.send(RawClient.frame(8, [3, 232]))
            #expect(one.receive(count: 4) == [0x88, 2, 3, 232])
            #expect(one.receive(count: 1).isEmpty && one.isEnded)
            one.raw.close()
            #expect(await server.eventLoops.settles())
        }
    }

    /// Sends back what comes, as long as the channel lives.
    private final class Echo: WebSocketChannelDelegate {
        private let channel: WebSocketChannel
        private var me: Echo?

        init(_ channel: WebSocketChannel) {
            self.channel = channel
            me = self
            channel.delegate = self
        }

        func received(text: RawSpan) { channel.send(text: text) }
        func received(binary: RawSpan) { channel.send(binary: binary) }
        func channelDrained() {}
        func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) { me = nil }
    }

    // MARK: Handshakes

    @Test func `handshakes that do not end are ended, and hold up nobody`() async throws {
        var fixture = fixture
        fixture.configuration.handshakeTimeout = .milliseconds(300) * slowness
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        let hello = try fixture.pair()
        hello.client.receive([])
        let bytes = hello.client.send()
        try await withTLSServer(context, mount: { $0.mount(teller, at: "/") }) { [self] server, port, _ in
            // Nothing, half a greeting, and a whole one without an answer to the server's.
            let slow = try (0..<30).map { number in
                let one = try RawClient(port: port)
                one.send(Array(bytes.prefix([0, 100, bytes.count][number % 3])))
                return one
            }
            #expect(await server.eventLoops.settles(at: 30))
            let fast = try TLSClient(port: port, client)
            fast.send(get("/"))
            #expect(fast.receiveResponse().body == Array("true nobody".utf8))
            #expect(await server.eventLoops.settles(at: 1))
            #expect(context.completedHandshakes == 1 && context.failedHandshakes == 30)
            for one in slow { one.close() }
            // The one that ended in time has all the time that HTTP gives it.
            fast.send(get("/"))
            #expect(fast.receiveResponse().body == Array("true nobody".utf8))
        }
    }

    @Test func `what is no handshake is told so, and harms nobody else`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        try await withTLSServer(context, mount: { $0.mount(teller, at: "/") }) { [self] server, port, _ in
            let good = try TLSClient(port: port, client)
            for garbage in TLSSessionTests.garbage {
                let bad = try RawClient(port: port)
                bad.send(garbage)
                // An alert at most, and the end.
                let answer = bad.receiveSome()
                #expect(answer.isEmpty || answer[0] == 21 && answer.count == 7)
                #expect(bad.isEnded())
            }
            let mute = try RawClient(port: port)
            mute.reset()
            good.send(get("/"))
            #expect(good.receiveResponse().body == Array("true nobody".utf8))
            let failed = TLSSessionTests.garbage.count
            #expect(await eventually { context.failedHandshakes >= failed })
            #expect(await server.eventLoops.settles(at: 1))
        }
    }

    @Test func `a record that was changed ends its connection with an alert`() async throws {
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        try await withTLSServer(context, mount: { $0.mount(teller, at: "/") }) { [self] server, port, _ in
            let one = try TLSClient(port: port, client)
            one.send(get("/"))
            _ = one.receiveResponse()
            one.raw.send([23, 3, 3, 0, 30] + [UInt8](repeating: 7, count: 30))
            #expect(one.receive().isEmpty)
            #expect(one.failure?.code == .refused)
            one.raw.close()
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `a server that closes does not wait for handshakes`() async throws {
        let context = try TLSContext(fixture.configuration)
        try await withTLSServer(context) { server, port, _ in
            let one = try RawClient(port: port)
            one.send([22, 3, 1])
            #expect(await server.eventLoops.settles(at: 1))
            await server.close()
            #expect(one.isEnded())
        }
    }

    // MARK: Reload, loops

    @Test func `a reload changes what new connections see, and leaves the others alone`() async throws {
        let fixture = fixture
        let context = try TLSContext(fixture.configuration)
        try await withTLSServer(context, mount: { $0.mount(teller, at: "/") }) { [self] _, port, _ in
            let old = try TLSClient(port: port, fixture.client)
            let renewed = try fixture.authority.issue("renewed", names: ["DNS:localhost"])
            try context.reload(TLSConfiguration(TLSIdentity(renewed)))
            let new = try TLSClient(port: port, fixture.client)
            #expect(old.session.peerCertificate?.subject == "CN=server")
            #expect(new.session.peerCertificate?.subject == "CN=renewed")
            for one in [old, new] {
                one.send(get("/"))
                #expect(one.receiveResponse().body == Array("true nobody".utf8))
            }
        }
    }

    @Test func `a connection moves to another loop with its session, in the middle of a record`() async throws {
        var fixture = fixture
        fixture.configuration.clientCertificates = .require(fixture.roots)
        fixture.client.identity = TLSIdentity(try fixture.authority.issue("device"))
        let client = fixture.client
        let context = try TLSContext(fixture.configuration)
        let target = Shared<EventLoop?>(nil)
        let places = Shared<[Int]>([])
        let handler = TestHandler(began: { exchange in
            if let loop = target.value, exchange.request.path == "/move", exchange.core.loop !== loop {
                exchange.move(to: loop)
            }
        }) { exchange in
            let index = exchange.core.loop.index
            places.change { $0.append(index) }
            let request = exchange.request
            let subject = request.peerCertificate?.subject ?? "nobody"
            exchange.respond(.text("\(request.isSecure) \(subject) \(request.body.count)"))
        }
        try await withTLSServer(context, loops: 2, mount: { $0.mount(handler, at: "/") }) { [self] server, port, _ in
            for index in 0..<2 {
                target.change { $0 = server.eventLoops.loops[index] }
                // The last ones: a whole record, which this loop has decrypted when the connection moves, as half of them do.
                for cut in [0, 1, 5, 40] + Array(repeating: 20_000, count: 6) {
                    let one = try TLSClient(port: port, client)
                    let head = "POST /move HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
                    try one.session.encrypt(Array(head.utf8).span.bytes)
                    let first = one.session.outgoing.count
                    try one.session.encrypt([UInt8](repeating: 1, count: 100_000).span.bytes)
                    let all = one.session.outgoing.take()
                    // The head, and a part of the record behind it, of which the other loop gets the rest.
                    one.raw.send(Array(all[..<(first + cut)]))
                    usleep(20_000)
                    one.raw.send(Array(all[(first + cut)...]))
                    #expect(one.receiveResponse().body == Array("true CN=device 100000".utf8))
                    #expect(places.value.last == index)
                    one.send(get("/"))
                    #expect(one.receiveResponse().body == Array("true CN=device 0".utf8))
                    #expect(places.value.last == index)
                }
            }
        }
    }

    @Test func `a connection moves to another loop with what was decrypted behind the request's head`() async throws {
        let context = try TLSContext(fixture.configuration)
        let target = Shared<EventLoop?>(nil)
        let handler = TestHandler(began: { exchange in
            if let loop = target.value, exchange.core.loop !== loop { exchange.move(to: loop) }
        }) { exchange in
            exchange.respond(.text("\(exchange.core.loop.index) \(exchange.request.body.count)"))
        }
        try await withTLSServer(context, loops: 2, mount: { $0.mount(handler, at: "/") }) { [self] server, port, _ in
            for index in 0..<2 {
                target.change { $0 = server.eventLoops.loops[index] }
                let one = try TLSClient(port: port, fixture.client)
                // One record: the head, all of its body, and the next request.
                one.send("POST /move HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + get("/"))
                #expect(one.receiveResponse().body == Array("\(index) 5".utf8))
                #expect(one.receiveResponse().body == Array("\(index) 0".utf8))
            }
        }
    }
}
