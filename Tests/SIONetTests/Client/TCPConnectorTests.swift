import CLibUV
import Glibc
import SIOBytes
import TestSupport
import Testing

@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct TCPConnectorTests {
    @Test(arguments: ["127.0.0.1", "localhost", "LOCALHOST", "chat.localhost"])
    func `addresses and this machine's names lead somewhere`(host: String) async throws {
        let server = try RawServer { peer, _ in peer.send("hello") }
        try await withClientLoop { loop in
            #expect(await loop.connect(host, server.port) == nil)
        }
        #expect(await eventually { server.connections == 1 })
    }

    @Test func `a connection is started by whoever asked for it, and reads and writes`() async throws {
        let server = try RawServer { peer, _ in peer.send(peer.receive(until: "\n").uppercased()) }
        try await withClientLoop { loop in
            let seen: String = await loop.ask { core, answer in
                TCPConnector(host: "127.0.0.1", port: server.port, core: core) { result in
                    guard case .success(let connection) = result else { return answer("\(result)") }
                    let stage = TestStage(connection)
                    stage.take = { window in
                        let count = window.byteCount
                        if count == 6 { answer(window.bytes.string) }
                        return count == 6 ? count : 0
                    }
                    connection.start(stage)
                    connection.write(Array("hello\n".utf8))
                }.start()
            }
            #expect(seen == "HELLO\n")
        }
    }

    @Test func `a port at which nobody listens refuses`() async throws {
        let closed = try ClosedPort()
        try await withClientLoop { loop in
            for host in ["127.0.0.1", "localhost"] {
                let error = await loop.connect(host, closed.port)
                #expect(error?.code == .connectionRefused)
                #expect(error?.description.contains("127.0.0.1:\(closed.port): Connection refused") == true)
            }
        }
    }

    @Test(arguments: [
        "no-such-host.invalid", "", "a\0b", String(repeating: "a", count: 300), "256.1.1.1.1", "1:2", "bad host",
    ])
    func `a name without an address cannot be resolved`(host: String) async throws {
        try await withClientLoop { loop in
            #expect(await loop.connect(host, 80)?.code == .cannotResolve)
        }
    }

    @Test func `an attempt that goes nowhere ends in time, and leaves nothing`() async throws {
        // A listener whose queue is full does not answer any more.
        let (listener, address) = try TCPListener.bind(
            #require(SocketAddress.storage(host: "127.0.0.1", port: 0)), shared: false)
        listen(listener, 0)
        let port = try #require(SocketAddress(address)?.port)
        let waiting = try (0..<2).map { _ in try fill(port) }
        defer { for descriptor in waiting + [listener] { close(descriptor) } }
        try await withClientLoop { loop in
            var options = ConnectOptions()
            options.connectTimeout = .milliseconds(50)
            #expect(await loop.connect("127.0.0.1", port, options)?.code == .timedOut)
        }
    }

    /// Begins to connect, and does not wait.
    private func fill(_ port: Int, _ host: String = "127.0.0.1") throws -> CInt {
        var address = try #require(SocketAddress.storage(host: host, port: port))
        let descriptor = sio_stream_socket(CInt(address.ss_family))
        _ = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                let raw = $0.assumingMemoryBound(to: sockaddr.self)
                return connect(descriptor, raw, TCPListener.addressLength(raw))
            }
        }
        return descriptor
    }

    @Test func `the second address is tried at once when the first one refuses`() async throws {
        let server = try RawServer { peer, _ in _ = peer.receive() }
        try await withClientLoop { loop in
            var options = ConnectOptions()
            options.attemptDelay = .seconds(60)
            // IPv6 comes first, and the server listens on IPv4 only.
            #expect(await loop.connect("localhost", server.port, options) == nil)
        }
    }

    @Test func `an address that does not answer is not waited for`() async throws {
        let server = try RawServer { peer, _ in _ = peer.receive() }
        // At the same port IPv6, which comes first, is a listener whose queue is full.
        guard let address = SocketAddress.storage(host: "::1", port: server.port),
            let (listener, _) = try? TCPListener.bind(address, shared: false)
        else { return }
        listen(listener, 0)
        let waiting = try (0..<2).map { _ in try fill(server.port, "::1") }
        defer { for descriptor in waiting + [listener] { close(descriptor) } }
        try await withClientLoop { loop in
            var options = ConnectOptions()
            options.attemptDelay = .milliseconds(20)
            #expect(await loop.connect("localhost", server.port, options) == nil)
        }
        #expect(await eventually { server.connections == 1 })
    }

    @Test(arguments: ["127.0.0.1", "no-such-host.invalid"])
    func `a connector that is cancelled says nothing and leaves nothing`(host: String) async throws {
        let server = try RawServer { peer, _ in _ = peer.receive() }
        try await withClientLoop { loop in
            let calls = Shared(0)
            await loop.call {
                let connector = TCPConnector(host: host, port: server.port, core: loop.core) { _ in
                    calls.change { $0 += 1 }
                }
                connector.start()
                connector.cancel()
                connector.cancel()
            }
            let later = TCPConnectorTests.settled
            await later(loop)
            #expect(calls.value == 0)
        }
    }

    /// Lets some turns of the loop pass.
    private static func settled(_ loop: EventLoop) async {
        for _ in 0..<20 { await loop.call {} }
    }

    @Test(arguments: ["127.0.0.1", "no-such-host.invalid"])
    func `a loop that is shut down leaves nobody waiting`(host: String) async throws {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let server = try RawServer { peer, _ in _ = peer.receive() }
        let outcome = Shared<NetworkError.Code?>(nil)
        loop.post {
            TCPConnector(host: host, port: server.port, core: loop.core) { result in
                if case .failure(let error) = result { outcome.change { $0 = error.code } }
            }.start()
        }
        await group.shutdown()
        #expect(outcome.value == .shutDown)
    }

    @Test(arguments: ["127.0.0.1", "no-such-host.invalid"])
    func `a loop that is shut down lets nobody begin anew`(host: String) async throws {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let server = try RawServer { peer, _ in _ = peer.receive() }
        let outcome = Shared<NetworkError.Code?>(nil)
        let isConnected: Bool = await loop.ask { core, answer in
            TCPConnector(host: "127.0.0.1", port: server.port, core: core) { result in
                guard case .success(let connection) = result else { return answer(false) }
                let stage = TestStage(connection)
                // As somebody who connects again as soon as a connection is lost.
                stage.onClosed = {
                    TCPConnector(host: host, port: server.port, core: core) { result in
                        if case .failure(let error) = result { outcome.change { $0 = error.code } }
                    }.start()
                }
                connection.start(stage)
                answer(true)
            }.start()
        }
        #expect(isConnected)
        await group.shutdown()
        #expect(outcome.value == .shutDown)
        #expect(server.connections == 1)
    }

    @Test func `whoever dials in another way gets a connection without ports`() async throws {
        try await withClientLoop { loop in
            var ends: [CInt] = [0, 0]
            socketPair(&ends)
            let own = ends[0]
            var options = ConnectOptions()
            options.dial = { host, port in
                #expect(host == "nowhere.invalid" && port == 1)
                return own
            }
            #expect(await loop.connect("nowhere.invalid", 1, options) == nil)
            #expect(RawClient(descriptor: ends[1]).isEnded())
            options.dial = { _, _ in throw SystemError(number: ENETDOWN) }
            #expect(await loop.connect("nowhere.invalid", 1, options)?.code == .cannotConnect)
        }
    }

    @Test func `a socket that somebody dialled does not block, whatever had its number before`() async throws {
        try await withClientLoop { loop in
            // Three times the same number, if nobody else takes it meanwhile.
            for _ in 0..<3 {
                var ends: [CInt] = [0, 0]
                socketPair(&ends)
                let own = fcntl(ends[0], F_DUPFD_CLOEXEC, 700)
                close(ends[0])
                let isBlocking: Bool = await loop.ask { core, answer in
                    var options = ConnectOptions()
                    options.dial = { _, _ in own }
                    TCPConnector(host: "nowhere.invalid", port: 1, options: options, core: core) { result in
                        guard case .success(let connection) = result else { return answer(true) }
                        connection.start(TestStage(connection))
                        answer(fcntl(own, F_GETFL) & O_NONBLOCK == 0)
                        connection.abort()
                    }.start()
                }
                #expect(!isBlocking)
                close(ends[1])
            }
        }
    }
}
