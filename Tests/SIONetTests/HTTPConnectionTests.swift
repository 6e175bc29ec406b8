import Glibc
import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

@Suite struct HTTPConnectionTests {
    private let ok = TestHandler { $0.respond(.text("ok")) }

    private func get(_ path: String, _ more: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: x\r\n\(more)\r\n"
    }

    private func post(_ path: String, length: Int, _ more: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\(more)\r\n"
    }

    // MARK: Deadlines

    /// The deadline of the only connection, once it is one that the closure likes.
    private func deadline(
        of server: HTTPServer, where fits: @escaping @Sendable (ContinuousClock.Instant?) -> Bool
    ) async -> ContinuousClock.Instant? {
        let loop = server.eventLoops.loops[0]
        let last = Shared<ContinuousClock.Instant?>(nil)
        let isFound = await eventually {
            let instant = await loop.call { server.shard(on: loop).connections.first?.deadlineInstant }
            last.change { $0 = instant }
            return fits(instant)
        }
        #expect(isFound)
        return last.value
    }

    @Test func `each response begins the keep-alive time anew`() async throws {
        try await withServer(mount: { $0.mount(ok, at: "/") }) { server, port in
            let client = try RawClient(port: port)
            var last = ContinuousClock.now + .seconds(25)
            for _ in 0..<4 {
                client.send(get("/"))
                #expect(client.receiveResponse().body.count == 2)
                let before = last
                last = try #require(await deadline(of: server) { $0.map { $0 > before } ?? false })
                usleep(5000)
            }
        }
    }

    @Test func `each body has a time of its own, which its bytes do not move`() async throws {
        try await withServer(mount: { $0.mount(ok, at: "/") }) { server, port in
            let client = try RawClient(port: port)
            var last = ContinuousClock.now + .seconds(55)
            for _ in 0..<3 {
                client.send(post("/", length: 3) + "a")
                let before = last
                last = try #require(await deadline(of: server) { $0.map { $0 > before } ?? false })
                usleep(5000)
                client.send("b")
                usleep(5000)
                let same = last
                _ = await deadline(of: server) { $0 == same }
                // The next head comes in the same segment as this body's end.
                client.send("c" + post("/", length: 3) + "a")
                last = try #require(await deadline(of: server) { $0.map { $0 > same } ?? false })
                client.send("bc")
                for _ in 0..<2 { #expect(client.receiveResponse().body.count == 2) }
                // The loop's time goes in milliseconds.
                usleep(5000)
            }
        }
    }

    @Test func `a connection that keeps silent behind a response ends`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.keepAliveTimeout = .milliseconds(30)
        try await withServer(configuration, mount: { $0.mount(ok, at: "/") }) { server, port in
            let client = try RawClient(port: port)
            client.send(get("/"))
            #expect(client.receiveResponse().body.count == 2)
            #expect(client.isEnded())
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `a connection on which nothing comes ends in the time of a head`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.headTimeout = .milliseconds(40)
        try await withServer(configuration) { _, port in
            let client = try RawClient(port: port)
            #expect(client.isEnded())
        }
    }

    @Test func `a head that trickles is answered with 408`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.headTimeout = .milliseconds(300)
        try await withServer(configuration) { _, port in
            let client = try RawClient(port: port)
            for byte in Array("GET / HTTP/1.1\r\n".utf8) {
                client.send([byte])
                usleep(25_000)
            }
            #expect(client.receive().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `a body that trickles is answered with 408`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.bodyTimeout = .milliseconds(60)
        let aborts = Shared(0)
        let handler = TestHandler(
            began: { $0.aborted = { aborts.change { $0 += 1 } } }, handle: { $0.respond(.text("ok")) })
        try await withServer(configuration, mount: { $0.mount(handler, at: "/") }) { _, port in
            let client = try RawClient(port: port)
            client.send(post("/", length: 1000))
            for _ in 0..<10 {
                client.send("a")
                usleep(10_000)
            }
            #expect(client.receive().hasPrefix("HTTP/1.1 408 "))
            #expect(aborts.value == 1)
        }
    }

    @Test func `a client that is still reading its answer is not idle, one that stops is`() async throws {
        let large = TestHandler { $0.respond(HTTPResponse(body: [UInt8](repeating: 1, count: 40_000_000))) }
        try await withServer(mount: { $0.mount(large, at: "/") }) { server, port in
            let client = try RawClient(port: port, receiveBuffer: 256 * 1024)
            client.send(get("/"))
            _ = client.receive(until: "\r\n\r\n")
            let loop = server.eventLoops.loops[0]
            /// As if the time were over: whether the connection is still there.
            @Sendable func timeIsOver() async -> Bool {
                await loop.call {
                    server.shard(on: loop).connections.first?.deadlineReached(now: .now)
                    return !server.shard(on: loop).connections.isEmpty
                }
            }
            for _ in 0..<8 {
                #expect(client.receive(count: 4_000_000).count == 4_000_000)
                #expect(await timeIsOver())
            }
            #expect(await eventually { await !timeIsOver() })
        }
    }

    // MARK: Pipelining

    @Test func `requests wait while their client reads no answers`() async throws {
        let handled = Shared(0)
        let large = TestHandler {
            handled.change { $0 += 1 }
            $0.respond(HTTPResponse(body: [UInt8](repeating: 1, count: 256 * 1024)))
        }
        try await withServer(mount: { $0.mount(large, at: "/") }) { server, port in
            let client = try RawClient(port: port, receiveBuffer: 65536)
            let count = 200
            client.send(String(repeating: get("/"), count: count))
            usleep(50_000)
            // What the system takes for a client that does not read, and one answer more.
            #expect(handled.value < 50)
            let loop = server.eventLoops.loops[0]
            let waiting = await loop.call { server.shard(on: loop).connections.map(\.connection.outboundCount) }
            #expect(waiting.reduce(0, +) < 600 * 1024)
            for _ in 0..<count { #expect(client.receiveResponse().body.count == 256 * 1024) }
            #expect(handled.value == count)
        }
    }

    @Test func `very many small pipelined requests are all answered`() async throws {
        let later = TestHandler { exchange in
            let bound = LoopBound(exchange, to: exchange.core.loop)
            exchange.core.loop.post { bound.value.respond(.text("ok")) }
        }
        try await withServer(mount: {
            $0.mount(ok, at: "/now")
            $0.mount(later, at: "/later")
        }) { _, port in
            for path in ["/now", "/later"] {
                let client = try RawClient(port: port)
                let count = 3000
                client.send(String(repeating: get(path), count: count))
                for _ in 0..<count { #expect(client.receiveResponse().body.count == 2) }
            }
        }
    }

    @Test func `a flood of small pipelined requests is read in small pieces`() async throws {
        let windows = Shared<Set<Int>>([])
        let handler = TestHandler { exchange in
            if let bytes = exchange.driver?.connection.share.bytes { windows.change { $0.insert(bytes) } }
            exchange.respond(.text("ok"))
        }
        try await withServer(mount: { $0.mount(handler, at: "/") }) { _, port in
            let client = try RawClient(port: port)
            let count = 4000
            client.send(String(repeating: get("/"), count: count))
            for _ in 0..<count { #expect(client.receiveResponse().body.count == 2) }
        }
        #expect(windows.value.contains { $0 <= FairShare.messages * get("/").utf8.count })
    }

    // MARK: Bodies

    @Test func `a body of a megabyte comes whole, in one piece or in many`() async throws {
        let length = TestHandler(began: { $0.bodyLimit = 1_000_000 }) {
            $0.respond(.text("\($0.request.body.count) \($0.request.body.allSatisfy { $0 == 5 })"))
        }
        try await withServer(mount: { $0.mount(length, at: "/") }) { _, port in
            let client = try RawClient(port: port)
            let body = [UInt8](repeating: 5, count: 1_000_000)
            client.send(Array(post("/", length: body.count).utf8) + body)
            #expect(client.receiveResponse().body == Array("1000000 true".utf8))
            client.send(post("/", length: body.count))
            for start in stride(from: 0, to: body.count, by: 10_000) {
                client.send(Array(body[start..<start + 10_000]))
            }
            #expect(client.receiveResponse().body == Array("1000000 true".utf8))
        }
    }

    @Test(arguments: [true, false])
    func `a body beyond the limit is reported once and answered with 413`(isDeclared: Bool) async throws {
        let oversized = Shared(0)
        let aborted = Shared(0)
        let handler = TestHandler(
            began: { exchange in
                exchange.bodyLimit = 10
                exchange.oversized = { oversized.change { $0 += 1 } }
                exchange.aborted = { aborted.change { $0 += 1 } }
            }, handle: { _ in Issue.record("handled") })
        try await withServer(mount: { $0.mount(handler, at: "/") }) { server, port in
            let client = try RawClient(port: port)
            client.send(
                isDeclared
                    ? post("/", length: 11)
                    : "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n")
            #expect(client.receive().hasPrefix("HTTP/1.1 413 "))
            #expect(oversized.value == 1 && aborted.value == 1)
            client.close()
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `an answer to a head reaches a client that is still sending its body`() async throws {
        let refusing = TestHandler(began: { $0.respond(.text("no", status: .forbidden)) }, handle: { _ in })
        try await withServer(mount: { $0.mount(refusing, at: "/") }) { _, port in
            let client = try RawClient(port: port)
            client.send(post("/", length: 1_000_000))
            client.send([UInt8](repeating: 1, count: 1_000_000))
            let response = client.receive()
            #expect(response.hasPrefix("HTTP/1.1 403 ") && response.hasSuffix("no"))
        }
    }

    @Test func `a client that waits is told to continue, once`() async throws {
        let echo = TestHandler { $0.respond(HTTPResponse(body: $0.request.body)) }
        try await withServer(mount: { $0.mount(echo, at: "/") }) { _, port in
            let client = try RawClient(port: port)
            client.send(post("/", length: 2, "Expect: 100-continue\r\n"))
            #expect(client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("hi")
            #expect(client.receiveResponse().body == Array("hi".utf8))
        }
    }

    // MARK: The end

    @Test func `a client that leaves while it waits is reported once, and its late answer goes nowhere`() async throws {
        let aborted = Shared(0)
        let kept = Shared<LoopBound<HTTPExchange>?>(nil)
        let handler = TestHandler { exchange in
            exchange.aborted = { aborted.change { $0 += 1 } }
            let bound = LoopBound(exchange, to: exchange.core.loop)
            kept.change { $0 = bound }
        }
        try await withServer(mount: { $0.mount(handler, at: "/") }) { server, port in
            for number in 1...10 {
                let client = try RawClient(port: port)
                client.send(get("/"))
                #expect(await eventually { kept.value != nil })
                switch number % 3 {
                case 0: client.reset()
                case 1: client.close()
                default: client.endSending()
                }
                #expect(await eventually { aborted.value == number })
                if let exchange = kept.value {
                    await exchange.loop.call {
                        exchange.value.respond(.text("late"))
                        exchange.value.abort()
                    }
                }
                kept.change { $0 = nil }
            }
            #expect(await server.eventLoops.settles())
            #expect(aborted.value == 10)
        }
    }

    @Test func `what was answered reaches a client that has ended its side`() async throws {
        let large = TestHandler { $0.respond(HTTPResponse(body: [UInt8](repeating: 1, count: 8_000_000))) }
        try await withServer(mount: { $0.mount(large, at: "/") }) { server, port in
            let client = try RawClient(port: port, receiveBuffer: 65536)
            client.send(get("/"))
            client.endSending()
            #expect(client.receiveResponse().body.count == 8_000_000)
            #expect(client.isEnded())
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `an exchange is freed with its answer, whatever its callbacks hold`() async throws {
        final class Witness: Sendable {
            let freed: Shared<Int>
            init(_ freed: Shared<Int>) { self.freed = freed }
            deinit { freed.change { $0 += 1 } }
        }
        let freed = Shared(0)
        let handler = TestHandler(began: { exchange in
            let witness = Witness(freed)
            exchange.aborted = { withExtendedLifetime((witness, exchange)) {} }
            exchange.oversized = { withExtendedLifetime((witness, exchange)) {} }
            if exchange.request.path == "/abort" { exchange.abort() }
        }) { $0.respond(.text("ok")) }
        try await withServer(mount: { $0.mount(handler, at: "/") }) { _, port in
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                client.send(post("/", length: 1) + "x")
                #expect(client.receiveResponse().body.count == 2)
            }
            client.send(get("/abort"))
            #expect(client.isEnded())
            // And one whose client leaves in the middle of its body.
            let other = try RawClient(port: port)
            other.send(post("/", length: 2) + "x")
            other.close()
            #expect(await eventually { freed.value == 5 })
        }
    }

    // MARK: Moving

    @Test func `a request may move to another loop with all that is unread behind it`() async throws {
        let target = Shared<EventLoop?>(nil)
        let places = Shared<[Int]>([])
        let handler = TestHandler(began: { exchange in
            if let loop = target.value, exchange.request.path == "/move", exchange.core.loop !== loop {
                exchange.move(to: loop)
                exchange.respond(.text("twice"))
            }
        }) { exchange in
            let index = exchange.core.loop.index
            places.change { $0.append(index) }
            exchange.respond(HTTPResponse(body: exchange.request.body))
        }
        try await withServer(loops: 2, mount: { $0.mount(handler, at: "/") }) { server, port in
            for index in 0..<2 {
                target.change { $0 = server.eventLoops.loops[index] }
                for _ in 0..<8 {
                    let client = try RawClient(port: port)
                    client.send(get("/"))
                    _ = client.receiveResponse()
                    let home = try #require(places.value.last)
                    // One in front, that stays; one in pieces, that moves; one behind it.
                    client.send(get("/") + post("/move", length: 6) + "abc")
                    #expect(client.receiveResponse().body.isEmpty)
                    client.send("def" + get("/"))
                    #expect(client.receiveResponse().body == Array("abcdef".utf8))
                    #expect(client.receiveResponse().body.isEmpty)
                    #expect(places.value.suffix(3) == [home, index, index])
                }
            }
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `a connection moves behind answers that its client has not read yet`() async throws {
        let asked = Shared(0)
        let moved = OneTimeEvent()
        let target = Shared<EventLoop?>(nil)
        let handler = TestHandler(
            began: { exchange in
                guard exchange.request.path == "/move", let loop = target.value, exchange.core.loop !== loop else {
                    return
                }
                exchange.move(to: loop)
                moved.fire()
            },
            handle: { exchange in
                asked.change { $0 += 1 }
                let place = [UInt8(exchange.core.loop.index)]
                exchange.respond(HTTPResponse(body: place + [UInt8](repeating: 1, count: 30_000)))
            })
        try await withServer(loops: 2, mount: { $0.mount(handler, at: "/") }) { server, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            client.send(get("/"))
            let home = Int(client.receiveResponse().body[0])
            let loop = server.eventLoops.loops[home]
            target.change { $0 = server.eventLoops.loops[1 - home] }
            // Until the system takes no more.
            var unread = 0
            var isBlocked = false
            while !isBlocked, unread < 2000 {
                client.send(get("/"))
                unread += 1
                let expected = unread + 1
                #expect(await eventually { asked.value == expected })
                isBlocked = await loop.call {
                    server.shard(on: loop).connections.contains { $0.connection.outboundCount > 0 }
                }
            }
            client.send(get("/move"))
            await moved.wait()
            for _ in 0..<unread { #expect(client.receiveResponse().body.count == 30_001) }
            #expect(client.receiveResponse().body.first.map { Int($0) } == 1 - home)
        }
    }

    @Test func `a client that leaves while it is moved leaves nothing`() async throws {
        let target = Shared<[EventLoop]>([])
        // To and fro, without end.
        let moving = TestHandler(
            began: { exchange in
                let loops = target.value
                exchange.move(to: loops[(exchange.core.loop.index + 1) % loops.count])
            }, handle: { _ in })
        try await withServer(loops: 3, mount: { $0.mount(moving, at: "/move") }) { server, port in
            target.change { $0 = server.eventLoops.loops }
            for number in 0..<60 {
                let client = try RawClient(port: port)
                client.send(number % 2 == 0 ? get("/move") : post("/move", length: 100) + "abc")
                if number % 3 == 0 { usleep(300) }
                if number % 5 == 0 { client.reset() } else { client.close() }
            }
            #expect(await server.eventLoops.settles())
        }
    }

    // MARK: Upgrading

    private final class Echo: WebSocketChannelDelegate {
        private var channel: WebSocketChannel?
        /// The channel holds its delegate weakly; this one lives as long as the channel does.
        private var me: Echo?

        init(_ channel: WebSocketChannel) {
            self.channel = channel
            me = self
            channel.delegate = self
        }

        func received(text: RawSpan) { channel?.send(text: text) }
        func received(binary: RawSpan) { channel?.send(binary: binary) }
        func channelDrained() {}
        func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {
            channel = nil
            me = nil
        }
    }

    private static let handshake =
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

    @Test(arguments: [false, true])
    func `frames that come with the handshake go to the channel`(isLate: Bool) async throws {
        let upgrading = TestHandler { exchange in
            func upgrade() {
                guard let channel = try? exchange.upgrade(limits: WebSocketLimits()) else { return }
                _ = Echo(channel)
            }
            if !isLate { return upgrade() }
            let bound = LoopBound(upgrade, to: exchange.core.loop)
            exchange.core.loop.post { bound.value() }
        }
        try await withServer(mount: { $0.mount(upgrading, at: "/") }) { server, port in
            let client = try RawClient(port: port)
            client.send(
                Array(get("/", Self.handshake).utf8) + RawClient.frame(1, Array("one".utf8))
                    + RawClient.frame(2, [1, 2]).prefix(5))
            #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            #expect(client.receiveFrame()?.payload == Array("one".utf8))
            client.send(Array(RawClient.frame(2, [1, 2]).dropFirst(5)))
            #expect(client.receiveFrame()?.payload == [1, 2])
            client.close()
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `what is no handshake is not upgraded, and may still be answered`() async throws {
        let upgrading = TestHandler { exchange in
            do throws(WebSocketHandshakeError) {
                _ = try exchange.upgrade(limits: WebSocketLimits())
            } catch {
                exchange.respond(HTTPResponse(status: HTTPStatus(error.status)))
            }
        }
        try await withServer(mount: { $0.mount(upgrading, at: "/") }) { _, port in
            let client = try RawClient(port: port)
            client.send(get("/"))
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 400 "))
            client.send(get("/", Self.handshake.replacing("13", with: "12")))
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 426 "))
            client.send(post("/", length: 1, Self.handshake) + "x")
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 405 "))
        }
    }
}
