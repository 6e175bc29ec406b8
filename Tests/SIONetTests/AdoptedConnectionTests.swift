import CLibUV
import Dispatch
import Glibc
import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

/// The server within another one, which has accepted the connections and read from them.
@Suite(.timeLimit(.minutes(1))) struct AdoptedConnectionTests {
    /// Another HTTP server, of blocking sockets and a thread: answers `/mine` itself, and hands over all else.
    private final class Host {
        private let listener: CInt
        let port: Int

        init() throws {
            let (descriptor, address) = try TCPListener.bind(
                #require(try SocketAddress.resolve(host: "127.0.0.1", port: 0).first), shared: false)
            listener = descriptor
            port = try #require(SocketAddress(address)?.port)
            listen(listener, 16)
        }

        deinit { close(listener) }

        /// Accepts one connection, and reads until it knows what to do with it.
        func serve(_ handOver: (CInt, [UInt8]) -> Void) {
            let client = accept(listener, nil, nil)
            var read: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64)
            while !read.contains(UInt8(ascii: "\n")) {
                let count = recv(client, &chunk, chunk.count, 0)
                guard count > 0 else {
                    close(client)
                    return
                }
                read += chunk[..<count]
            }
            guard String(decoding: read, as: UTF8.self).hasPrefix("GET /mine ") else { return handOver(client, read) }
            let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nmine\n".utf8)
            send(client, answer, answer.count, withoutSignal)
            close(client)
        }
    }

    private static func mount(_ server: HTTPServer) {
        server.on("/hello") { request in .text("hello \(request.queryItem("name") ?? "you")\n") }
        server.on("/echo") { request in HTTPResponse(body: request.body) }
        server.mount(
            TestHandler { exchange in
                guard let channel = try? exchange.upgrade(limits: .init()) else { return exchange.abort() }
                channel.delegate = EchoDelegate(channel)
            }, at: "/socket")
    }

    private final class EchoDelegate: WebSocketChannelDelegate {
        private unowned let channel: WebSocketChannel
        init(_ channel: WebSocketChannel) { self.channel = channel }
        func received(text: RawSpan) { channel.send(text: text) }
        func received(binary: RawSpan) { channel.send(binary: binary) }
        func channelDrained() {}
        func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {}
    }

    /// Runs a server that does not listen, and the body, which may block.
    private func withMounted(
        loops: Int = 1, _ configuration: HTTPServer.Configuration = .init(),
        _ body: @escaping @Sendable (HTTPServer) async throws -> Void
    ) async throws {
        let group = EventLoopGroup(loops: loops)
        let server = HTTPServer(eventLoops: group, configuration: configuration)
        Self.mount(server)
        try await onOwnThread { try await body(server) }
        #expect(await group.settles())
        await server.close()
        await group.shutdown()
    }

    @Test(arguments: [1, 3])
    func `requests that another server does not want are answered, and kept alive`(loops: Int) async throws {
        try await withMounted(loops: loops) { server in
            let host = try Host()
            let own = try RawClient(port: host.port)
            own.send("GET /mine HTTP/1.1\r\nHost: x\r\n\r\n")
            host.serve { _, _ in Issue.record("handed over") }
            #expect(own.receive().hasSuffix("mine\n"))
            for _ in 0..<6 {
                let client = try RawClient(port: host.port)
                client.send(
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\n" + String(repeating: "a", count: 100)
                )
                host.serve { #expect(server.adopt($0, received: $1)) }
                client.send(String(repeating: "b", count: 100) + "GET /hello?name=me HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(client.receiveResponse().body.count == 200)
                #expect(client.receiveResponse().body == Array("hello me\n".utf8))
                client.close()
            }
        }
    }

    @Test func `an upgrade and its first frame may have been read already`() async throws {
        try await withMounted { server in
            let host = try Host()
            let client = try RawClient(port: host.port)
            client.send(
                Array(
                    ("GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").utf8)
                    + RawClient.frame(1, Array("early".utf8)))
            host.serve { #expect(server.adopt($0, received: $1)) }
            #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            client.sendFrame(1, Array("late".utf8))
            #expect(client.receiveFrame().map { String(decoding: $0.payload, as: UTF8.self) } == "early")
            #expect(client.receiveFrame().map { String(decoding: $0.payload, as: UTF8.self) } == "late")
            client.close()
        }
    }

    @Test func `a server that keeps its sockets hands over one end of a pair`() async throws {
        try await withMounted { server in
            var pair: [CInt] = [0, 0]
            try #require(socketPair(&pair) == 0)
            #expect(server.adopt(pair[0], received: Array("GET /hello".utf8)))
            let rest = Array(" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
            #expect(send(pair[1], rest, rest.count, withoutSignal) == rest.count)
            var answer: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 1000)
            while case let count = recv(pair[1], &chunk, chunk.count, 0), count > 0 { answer += chunk[..<count] }
            #expect(String(decoding: answer, as: UTF8.self).hasSuffix("\r\n\r\nhello you\n"))
            close(pair[1])
        }
    }

    @Test func `a connection too many is refused here, too, and a closed server takes none`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.maxConnections = 1
        try await withMounted(configuration) { server in
            let host = try Host()
            let client = try RawClient(port: host.port)
            client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            host.serve { server.adopt($0, received: $1) }
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 200 "))
            let late = try RawClient(port: host.port)
            late.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            host.serve { server.adopt($0, received: $1) }
            #expect(late.receive().hasPrefix("HTTP/1.1 503 "))
            late.close()
            client.close()
            await server.close()
            let last = try RawClient(port: host.port)
            last.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            host.serve { #expect(!server.adopt($0, received: $1)) }
            #expect(last.isEnded())
        }
    }

    @Test func `no call overtakes one that was handed in before, whatever is adopted in front of them`() async throws {
        let told = Shared<[String]>([])
        let (isBusy, isReady, mayGoOn) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        try await withMounted { server in
            let loop = server.eventLoops.loops[0]
            var pair: [CInt] = [0, 0]
            try #require(socketPair(&pair) == 0)
            let (ours, theirs) = (pair[0], pair[1])
            let request = Array("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
            #expect(send(theirs, request, request.count, withoutSignal) == request.count)
            loop.post {
                isBusy.signal()
                isReady.wait()
            }
            // The loop takes these three together, and the last call of all comes when it is at the first of them.
            isBusy.wait()
            loop.post {
                isBusy.signal()
                mayGoOn.wait()
            }
            server.adopt(ours)
            loop.post { told.change { $0.append("first") } }
            isReady.signal()
            isBusy.wait()
            loop.post { told.change { $0.append("second") } }
            mayGoOn.signal()
            #expect(await eventually { told.value.count == 2 })
            #expect(told.value == ["first", "second"])
            close(theirs)
        }
    }

    #if os(Linux)
        @Test func `a socket that somebody else holds, too, is watched no more after a reset`() async throws {
            let group = EventLoopGroup(loops: 1)
            let loop = group.loops[0]
            try await onOwnThread {
                let host = try Host()
                let client = try RawClient(port: host.port)
                client.send("GET / HTTP/1.1\r\n")
                var kept: CInt = -1
                host.serve { descriptor, _ in kept = descriptor }
                let copy = fcntl(kept, F_DUPFD_CLOEXEC, 0)
                let closed = Mailbox<Bool>()
                await loop.call {
                    guard let connection = TCPConnection.adopt(copy, core: loop.core) else { return closed.push(false) }
                    let stage = TestStage(connection)
                    stage.onClosed = { closed.push(true) }
                    connection.start(stage)
                }
                client.reset()
                #expect(try await closed.next())
                // The system's own list of what the loop has it watch.
                let watcher = await loop.call { uv_backend_fd(loop.core.uv) }
                var bytes = [UInt8](repeating: 0, count: 65_536)
                let file = open("/proc/self/fdinfo/\(watcher)", O_RDONLY)
                let count = read(file, &bytes, bytes.count)
                close(file)
                let list = String(decoding: bytes.prefix(count), as: UTF8.self)
                #expect(list.contains("tfd:"))
                let watched = list.split(separator: "\n").map { $0.split(separator: " ").prefix(2).joined() }
                #expect(!watched.contains("tfd:\(copy)"))
                close(kept)
            }
            await group.shutdown()
        }
    #endif
}
