import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct ConnectionCountTests {
    @Test func `one more than may be is not counted`() {
        let count = ConnectionCount(limit: 2)
        #expect([count.enter(), count.enter(), count.enter()] == [true, true, false])
        count.leave()
        #expect([count.enter(), count.enter()] == [true, false])
        #expect(!ConnectionCount(limit: 0).enter())
    }

    private static let get = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test(arguments: [1, 3])
    func `a connection more than may be is answered with 503 and closed, until one is free`(loops: Int) async throws {
        var configuration = HTTPServer.Configuration()
        configuration.maxConnections = 2
        try await withServer(
            loops: loops, configuration, mount: { $0.on("/hello") { _ in .text("hello\n") } }
        ) { server, port in
            for _ in 0..<3 {
                let clients = [try RawClient(port: port), try RawClient(port: port)]
                for client in clients {
                    client.send(Self.get)
                    #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 200 "))
                }
                let late = try RawClient(port: port)
                // It is answered without having asked, and even if it has.
                late.send(Self.get)
                let response = late.receive()
                #expect(response.hasPrefix("HTTP/1.1 503 ") && response.contains("\r\nConnection: close\r\n"))
                #expect(late.isEnded())
                late.close()
                for client in clients { client.close() }
                #expect(await server.eventLoops.settles())
            }
        }
    }

    @Test func `a connection that moves to another loop keeps its place`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.maxConnections = 1
        let group = Shared<EventLoopGroup?>(nil)
        let moving = TestHandler(
            began: { exchange in
                let loop: EventLoop = exchange.core.loop
                if loop.index != 2, let group = group.value {
                    exchange.move(to: group.loops[2])
                }
            }, handle: { $0.respond(.text("moved\n")) })
        try await withServer(
            loops: 3, configuration,
            mount: { server in
                group.change { $0 = server.eventLoops }
                server.mount(moving, at: "/hello")
            }
        ) { server, port in
            for _ in 0..<6 {
                let client = try RawClient(port: port)
                client.send(Self.get)
                #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 200 "))
                let late = try RawClient(port: port)
                #expect(late.receive().hasPrefix("HTTP/1.1 503 "))
                late.close()
                client.close()
                #expect(await server.eventLoops.settles())
            }
        }
    }

    @Test func `what is asked about a client that is gone keeps its place until it is answered`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.maxConnections = 1
        let asked = Shared<[CheckedContinuation<Void, Never>]>([])
        let handler = TestHandler { exchange in
            // A question that does not mind being cancelled.
            exchange.ask {
                await withCheckedContinuation { continuation in asked.change { $0.append(continuation) } }
            } then: { exchange, _ in
                exchange.respond(.text("hello\n"))
            }
        }
        try await withServer(configuration, mount: { $0.mount(handler, at: "/") }) { server, port in
            let client = try RawClient(port: port)
            client.send(Self.get)
            #expect(await eventually { asked.value.count == 1 })
            client.reset()
            #expect(await server.eventLoops.settles())
            let late = try RawClient(port: port)
            #expect(late.receive().hasPrefix("HTTP/1.1 503 "))
            late.close()
            for continuation in asked.value { continuation.resume() }
            // Its place is free again, and of another client nothing is lost.
            #expect(
                await eventually {
                    guard let next = try? RawClient(port: port) else { return false }
                    defer { next.close() }
                    next.send(Self.get)
                    let isIn = await eventually(within: .milliseconds(200)) { asked.value.count == 2 }
                    guard isIn else { return false }
                    asked.value.last?.resume()
                    return next.receiveResponse().head.hasPrefix("HTTP/1.1 200 ")
                })
        }
    }

    @Test func `a WebSocket keeps its place`() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.maxConnections = 1
        let handler = TestHandler { exchange in _ = try? exchange.upgrade(limits: .init()) }
        try await withServer(configuration, mount: { $0.mount(handler, at: "/") }) { server, port in
            let client = try RawClient(port: port)
            client.send(
                "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            let late = try RawClient(port: port)
            #expect(late.receive().hasPrefix("HTTP/1.1 503 "))
            late.close()
            client.close()
            #expect(await server.eventLoops.settles())
            let next = try RawClient(port: port)
            next.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            next.close()
        }
    }
}
