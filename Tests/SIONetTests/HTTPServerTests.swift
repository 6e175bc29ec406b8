import Dispatch
import Glibc
import SIOHTTP
import TestSupport
import Testing

@testable import SIONet

@Suite struct HTTPServerTests {
    private func withServer(
        loops: Int = 1,
        _ configuration: HTTPServer.Configuration = .init(),
        _ body: @escaping @Sendable (HTTPServer, Int) async throws -> Void
    ) async throws {
        try await SIONetTests.withServer(
            loops: loops,
            configuration,
            mount: { server in
                server.on("/hello") { request in .text("hello \(request.queryItem("name") ?? "you")\n") }
                server.on("/late") { _ in
                    try await Task.sleep(for: .milliseconds(20))
                    return .text("late\n")
                }
                server.on("/echo") { request in HTTPResponse(body: request.body) }
                server.on("/fail") { _ in throw NetworkError(.cannotListen, "no") }
            },
            body
        )
    }

    @Test func `a request is answered`() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send("GET /hello?name=J%C3%BCrgen HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let response = client.receive()
            #expect(response.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(response.hasSuffix("\r\n\r\nhello Jürgen\n"))
            #expect(response.contains("\r\nDate: "))
        }
    }

    @Test func `what was called before a client came is done before its request`() async throws {
        let told = Shared<[String]>([])
        let isBusy = DispatchSemaphore(value: 0)
        let mayGoOn = DispatchSemaphore(value: 0)
        let handler = TestHandler { exchange in
            told.change { $0.append(exchange.request.target) }
            if exchange.request.target == "/busy" {
                isBusy.signal()
                mayGoOn.wait()
            }
            exchange.respond(.text("ok"))
        }
        try await SIONetTests.withServer(mount: { $0.mount(handler, at: "/") }) { server, port in
            // The loop is in the middle of a request.
            let busy = try RawClient(port: port)
            busy.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
            isBusy.wait()
            // The system tells of this one first, and the loop accepts the other one with it.
            let first = try RawClient(port: port)
            server.eventLoops.loops[0].post { told.change { $0.append("call") } }
            let second = try RawClient(port: port)
            second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            mayGoOn.signal()
            #expect(second.receiveResponse().body.count == 2)
            #expect(told.value == ["/busy", "call", "/"])
            withExtendedLifetime((busy, first)) {}
        }
    }

    @Test func `pipelined requests are answered in order, slow ones too`() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send(
                "GET /late HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let response = client.receive()
            let statuses = response.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["200", "200", "404"])
            #expect(response.contains("late\n") && response.contains("abc"))
        }
    }

    @Test func `what cannot be read is answered and closed`() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost : x\r\n\r\n")
            #expect(client.receive().hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func `a handler that throws is answered with 500`() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send("GET /fail HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(client.receive().hasPrefix("HTTP/1.1 500 "))
        }
    }

    @Test func `what a handler held may use the server when another one takes its path`() async throws {
        let group = EventLoopGroup(loops: 1)
        let server = HTTPServer(eventLoops: group)
        let gone = Shared(0)
        server.on("/a") {
            [
                end = AtEnd {
                    server.on("/b") { _ in .text("b") }
                    gone.change { $0 += 1 }
                }
            ] _ in
            _ = end
            return .text("a")
        }
        server.on("/a") { _ in .text("another") }
        #expect(gone.value == 1)
        await server.close()
        await group.shutdown()
    }

    @Test func `a client that never ends its head is answered with 408`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.headTimeout = .milliseconds(300)
        try await withServer(configuration) { _, port in
            let client = try RawClient(port: port)
            client.send("GET / HT")
            #expect(client.receive().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `several loops share a port and all of them answer`() async throws {
        try await withServer(loops: 3) { _, port in
            for _ in 0..<30 {
                let client = try RawClient(port: port)
                client.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(client.receive().hasSuffix("hello you\n"))
            }
        }
    }

    @Test func `a port that is taken is refused`() async throws {
        try await withServer { _, port in
            let group = EventLoopGroup(loops: 1)
            let other = HTTPServer(eventLoops: group)
            await #expect(throws: NetworkError.self) { try await other.listen(host: "127.0.0.1", port: port) }
            await group.shutdown()
        }
    }

    @Test func `closing answers what is being answered, and ends what is idle`() async throws {
        let mayAnswer = OneTimeEvent()
        try await withServer { server, port in
            server.on("/gate") { _ in
                await mayAnswer.wait()
                return .text("late\n")
            }
            let idle = try RawClient(port: port)
            idle.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(idle.receiveResponse().body.count == 10)
            let busy = try RawClient(port: port)
            busy.send("GET /gate HTTP/1.1\r\nHost: x\r\n\r\n")
            let loop = server.eventLoops.loops[0]
            #expect(await eventually { await loop.call { server.shard(on: loop).busyConnections == 1 } })
            await server.close()
            #expect(idle.isEnded())
            mayAnswer.fire()
            let response = busy.receive()
            #expect(response.contains("\r\nConnection: close\r\n") && response.hasSuffix("late\n"))
            #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
            await #expect(throws: NetworkError.self) { try await server.listen(host: "127.0.0.1", port: 0) }
            await server.close()
        }
    }

    @Test func `listening that fails in part leaves nothing open`() async throws {
        try await onOwnThread {
            let group = EventLoopGroup(loops: 2)
            let server = HTTPServer(eventLoops: group)
            // The second loop is gone.
            await group.loops[1].shutdown()
            await #expect(throws: NetworkError.self) { try await server.listen(host: "127.0.0.1", port: 0) }
            #expect(server.addresses.isEmpty)
            #expect(await eventually { await group.loops[0].call { group.loops[0].core.guestHandles == 0 } })
            await server.close()
            await group.shutdown()
        }
    }

    @Test func `a server that is not closed goes with its loops`() async throws {
        weak var gone: HTTPServer?
        try await onOwnThread {
            let group = EventLoopGroup(loops: 2)
            let server = HTTPServer(eventLoops: group)
            try await server.listen(host: "127.0.0.1", port: 0)
            let client = try RawClient(port: server.addresses[0].port)
            client.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 404 "))
            await group.shutdown()
            #expect(client.isEnded())
            await server.close()
        }
        do {
            let group = EventLoopGroup(loops: 1)
            let server = HTTPServer(eventLoops: group)
            gone = server
            try await server.listen(host: "127.0.0.1", port: 0)
            await group.shutdown()
        }
        #expect(gone == nil)
    }

    @Test func `a handler that answers behind the end of everything does no harm`() async throws {
        let asked = OneTimeEvent()
        let mayAnswer = OneTimeEvent()
        let answered = OneTimeEvent()
        try await onOwnThread {
            let group = EventLoopGroup(loops: 1)
            let server = HTTPServer(eventLoops: group)
            server.on("/") { _ in
                asked.fire()
                await mayAnswer.wait()
                answered.fire()
                return .text("late")
            }
            try await server.listen(host: "127.0.0.1", port: 0)
            let client = try RawClient(port: server.addresses[0].port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await asked.wait()
            await server.close()
            await group.shutdown()
            #expect(client.isEnded())
        }
        mayAnswer.fire()
        await answered.wait()
    }
}

extension HTTPServerShard {
    /// The connections whose requests wait for their answers: nothing is awaited of these clients.
    fileprivate var busyConnections: Int { connections.count { $0.deadlineInstant == nil } }
}
