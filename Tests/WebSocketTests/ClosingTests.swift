import SIONet
import SIOWebSocket
import TestSupport
import Testing

@testable import WebSocket

@Suite(.timeLimit(.minutes(1))) struct `The end of a WebSocket` {
    /// A server whose handler tells how its WebSocket came to its end.
    private func withListener(
        _ options: WebSocket.Options = .init(),
        _ body: @escaping @Sendable (Site, Shared<WebSocketClosure?>) async throws -> Void
    ) async throws {
        let seen = Shared<WebSocketClosure?>(nil)
        var configuration = WebSocketServer.Configuration()
        configuration.socket = options
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                do { for try await _ in socket {} } catch {}
                seen.change { $0 = socket.closure }
            }
        } _: {
            try await body($0, seen)
        }
    }

    @Test(arguments: [(1000, "bye"), (1001, ""), (3000, "ü"), (4999, String(repeating: "é", count: 61) + "x")])
    func `code and reason of the client arrive`(code: UInt16, reason: String) async throws {
        try await withListener { site, seen in
            let socket = try await site.connect()
            let closure = await socket.close(WebSocketCloseCode(rawValue: code), reason: reason)
            #expect(closure.isClean && closure.initiator == .local)
            #expect(await eventually { seen.value != nil })
            #expect(seen.value?.code.rawValue == code && seen.value?.reason == reason)
            #expect(seen.value?.initiator == .remote && seen.value?.isClean == true)
            #expect(socket.closure == closure)
            #expect(try await socket.receive() == nil)
            let refused = await failure { try await socket.send("late") }
            #expect(refused?.code == .closed && refused?.closure == closure)
            #expect(!socket.trySend(.text("late")))
            #expect(await failure { try await socket.ping() }?.code == .closed)
            #expect(await socket.close(.goingAway) == closure)
        }
    }

    @Test func `code and reason of the server arrive, behind its messages`() async throws {
        try await withSite(routes: { server in
            server.on(path: "/") { socket in
                for number in 0..<100 { try await socket.send("\(number)") }
                await socket.close(WebSocketCloseCode(rawValue: 4001), reason: "enough")
            }
        }) { site in
            let socket = try await site.connect()
            var texts: [String?] = []
            for try await message in socket { texts.append(message.text) }
            #expect(texts == (0..<100).map { "\($0)" })
            let closure = try await socket.waitUntilClosed()
            #expect(closure.code.rawValue == 4001 && closure.reason == "enough" && closure.initiator == .remote)
        }
    }

    @Test func `a goodbye may say nothing`() async throws {
        try await withListener { site, seen in
            let socket = try await site.connect()
            await socket.close(nil)
            #expect(await eventually { seen.value?.code == .noStatusReceived })
        }
    }

    @Test func `a handler that returns closes with 1000, one that throws with 1011, and its error is told`()
        async throws
    {
        struct Mishap: Error {}
        let told = Shared<[String]>([])
        try await withSite(routes: { server in
            server.onError { error, request in told.change { $0.append("\(error) \(request.target)") } }
            server.on(path: "/returns") { _ in }
            server.on(path: "/throws") { _ in throw Mishap() }
            server.on(path: "/lost") { socket in _ = try await socket.receive() }
        }) { site in
            let returning = try await site.connect("/returns")
            #expect(try await returning.waitUntilClosed().code == .normalClosure)
            let throwing = try await site.connect("/throws?x=1")
            #expect(try await throwing.waitUntilClosed().code == .internalError)
            try site.raw("/lost").reset()
            #expect(await eventually { site.server.connectionCount == 0 })
            #expect(told.value == ["Mishap() /throws?x=1"])
        }
    }

    @Test func `a connection that breaks is an error behind the last message`() async throws {
        let got = Shared<[String]>([])
        try await withSite(routes: { server in
            server.on(path: "/") { socket in
                do {
                    for try await message in socket { got.change { $0.append(message.text ?? "") } }
                    got.change { $0.append("end") }
                } catch let error as WebSocketFailure {
                    got.change { $0.append("\(error.code) \(error.closure?.code.rawValue ?? 0)") }
                }
            }
        }) { site in
            let peer = try site.raw()
            peer.sendFrame(1, Array("last".utf8))
            #expect(await eventually { got.value == ["last"] })
            peer.reset()
            #expect(await eventually { got.value == ["last", "connectionLost 1006"] })
        }
    }

    @Test func `a peer that does not answer a goodbye is left in time`() async throws {
        var options = WebSocket.Options()
        options.closeTimeout = .milliseconds(100)
        var configuration = WebSocketServer.Configuration()
        configuration.socket = options
        let closure = Shared<WebSocketClosure?>(nil)
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                let how = await socket.close()
                closure.change { $0 = how }
            }
        } _: { site in
            let peer = try site.raw()
            #expect(peer.receiveFrame()?.opcode == 8)
            #expect(await eventually { closure.value != nil })
            #expect(closure.value?.isClean == false && closure.value?.code == .abnormalClosure)
        }
    }

    @Test func `a goodbye is heard though nobody takes the messages in front of it`() async throws {
        var configuration = WebSocketServer.Configuration()
        configuration.socket.receiveBuffer = 1000
        let closure = Shared<WebSocketClosure?>(nil)
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                #expect(await eventually { socket.state.inboxWeight >= 1000 })
                let how = await socket.close(.goingAway)
                closure.change { $0 = how }
                // What came before can still be taken.
                let first = try await socket.receive()
                #expect(first?.count == 5000)
            }
        } _: { site in
            let socket = try await site.connect()
            // As many as leave before the goodbye is heard.
            for _ in 0..<100 {
                guard (try? await socket.send([UInt8](repeating: 1, count: 5000))) != nil else { break }
            }
            #expect(try await socket.waitUntilClosed().code == .goingAway)
            #expect(await eventually { closure.value?.isClean == true })
        }
    }

    @Test func `both may say goodbye at once`() async throws {
        let meet = Gate()
        try await withSite(routes: { server in
            server.on(path: "/") { socket in
                await meet.pass()
                #expect(await socket.close(.goingAway).isClean)
            }
        }) { site in
            for _ in 0..<20 {
                let socket = try await site.connect()
                meet.open()
                #expect(await socket.close(.normalClosure).isClean)
            }
        }
    }

    @Test func `a WebSocket that nobody holds says that it goes away`() async throws {
        try await withListener { site, seen in
            _ = try await site.connect()
            #expect(await eventually { seen.value?.code == .goingAway })
        }
    }

    @Test func `loops that are shut down leave nobody waiting`() async throws {
        try await withSite { site in
            let loops = EventLoopGroup(loops: 1)
            let socket = try await WebSocket.connect(site.url(), eventLoops: loops)
            async let received = failure { _ = try await socket.receive() }
            async let pinged = failure { try await socket.ping(timeout: .seconds(30)) }
            await loops.shutdown()
            #expect(await received?.code == .connectionLost)
            _ = await pinged
            #expect(await failure { try await socket.ping() } != nil)
            #expect(await failure { try await socket.send("x") } != nil)
            #expect(await socket.close().isClean == false)
            #expect(
                await connectError { _ = try await WebSocket.connect(site.url(), eventLoops: loops) }?.code == .network)
        }
    }
}
