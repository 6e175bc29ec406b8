import Glibc
import SIOHTTP
import TestSupport
import Testing

@testable import SIONet

@Suite struct TCPListenerTests {
    @Test func `a process without descriptors waits for one, and does not spin`() async {
        await #expect(processExitsWith: .success) {
            try await withServer(loops: 2, mount: { $0.on("/") { _ in .text("ok") } }) { server, port in
                // Some are other tests', which this process has inherited.
                let used = (0..<4096).last { fcntl($0, F_GETFD) >= 0 } ?? 0
                var limit = rlimit(rlim_cur: rlim_t(used + 70), rlim_max: rlim_t(used + 70))
                setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
                var clients: [RawClient] = []
                // The system completes connections that we cannot accept.
                while clients.count < 80, let client = try? RawClient(port: port) { clients.append(client) }
                guard clients.count > 20 else { exit(1) }

                let before = clock()
                // Tasks cannot sleep here: the system's timers need descriptors.
                usleep(300_000)
                // In seconds of the processor: two loops that spin need 0.6, or all there is.
                guard Double(clock() - before) / Double(CLOCKS_PER_SEC) < 0.1 else { exit(2) }

                clients = []
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                guard client.receiveResponse().body == Array("ok".utf8) else { exit(3) }
            }
        }
    }

    @Test func `connections that ended before they were accepted are no harm`() async throws {
        try await withServer(mount: { $0.on("/") { _ in .text("ok") } }) { server, port in
            // The loop is busy while they come and go.
            let loop = server.eventLoops.loops[0]
            let mayGoOn = Shared(false)
            loop.post { while !mayGoOn.value { usleep(100) } }
            for _ in 0..<200 { try RawClient(port: port).reset() }
            mayGoOn.change { $0 = true }
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receiveResponse().body == Array("ok".utf8))
            client.close()
            #expect(await server.eventLoops.settles())
        }
    }

    @Test func `an address that is not ours is refused`() throws {
        let address = try #require(try SocketAddress.resolve(host: "192.0.2.1", port: 0).first)
        #expect(throws: NetworkError.self) { try TCPListener.bind(address, shared: false) }
    }
}
