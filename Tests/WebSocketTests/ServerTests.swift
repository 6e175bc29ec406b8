import SIONet
import TestSupport
import Testing

@testable import WebSocket

@Suite(.timeLimit(.minutes(1))) struct `A server of WebSockets` {
    private func answer(_ site: Site, _ request: String) throws -> String {
        let client = try RawClient(port: site.port)
        client.send(request)
        return client.receive(until: "\r\n\r\n")
    }

    @Test func `shows handlers the request`() async throws {
        let seen = Shared<[String?]>([])
        try await withSite(routes: { server in
            server.on(path: "/rooms/") { socket in
                seen.change {
                    $0 = [
                        socket.request.path, socket.request.queryItem("name"), socket.request.headers["X-Token"],
                        socket.remoteAddress?.host,
                    ]
                }
            }
        }) { site in
            var options = WebSocket.ConnectOptions()
            options.headers = ["X-Token": "abc"]
            let socket = try await site.connect("/rooms/7?name=J%C3%BCrgen", options)
            _ = try await socket.waitUntilClosed()
            #expect(seen.value == ["/rooms/7", "Jürgen", "abc", "127.0.0.1"])
            #expect(socket.request.target == "/rooms/7?name=J%C3%BCrgen" && socket.remoteAddress?.port == site.port)
        }
    }

    @Test func `agrees on the client's first subprotocol that it speaks`() async throws {
        try await withSite(routes: { server in
            server.on(path: "/", subprotocols: ["soap", "chat"]) { socket in
                try await socket.send(socket.subprotocol ?? "none")
            }
        }) { site in
            for (offered, agreed) in [(["mqtt", "chat", "soap"], "chat"), (["mqtt"], nil), ([], nil)] {
                var options = WebSocket.ConnectOptions()
                options.subprotocols = offered
                let socket = try await site.connect("/", options)
                #expect(socket.subprotocol == agreed)
                #expect(try await socket.text() == agreed ?? "none")
            }
        }
    }

    @Test func `lets what a handler of errors held use the server when it is let go`() async throws {
        let gone = Shared(0)
        try await withSite(routes: { server in
            server.onError {
                [
                    end = AtEnd {
                        server.onError { _, _ in }
                        gone.change { $0 += 1 }
                    }
                ] _, _ in _ = end
            }
            server.onError { _, _ in }
        }) { _ in }
        #expect(gone.value == 1)
    }

    @Test func `lets the application decide, and tells a client why it is refused`() async throws {
        struct Mishap: Error {}
        let told = Shared<[String]>([])
        try await withSite(routes: { server in
            server.onError { error, request in told.change { $0.append("\(error) \(request.path)") } }
            server.on(path: "/members") { (request) async throws -> String in
                try await Task.sleep(for: .milliseconds(5))
                guard let name = request.queryItem("name") else {
                    throw WebSocketRefusal(.unauthorized, headers: ["WWW-Authenticate": "Basic"])
                }
                if name == "mishap" { throw Mishap() }
                return name
            } _: { socket, name in
                try await socket.send("hello \(name)")
            }
        }) { site in
            let member = try await site.connect("/members?name=Ada")
            #expect(try await member.text() == "hello Ada")
            let refused = await connectError { _ = try await site.connect("/members") }
            #expect(refused?.code == .refused && refused?.response?.status == .unauthorized)
            #expect(refused?.response?.headers["WWW-Authenticate"] == "Basic")
            #expect(refused?.response.map { String(decoding: $0.body, as: UTF8.self) } == "Unauthorized\n")
            let failed = await connectError { _ = try await site.connect("/members?name=mishap") }
            #expect(failed?.response?.status == .internalServerError)
            #expect(told.value == ["Mishap() /members"])
            #expect(await connectError { _ = try await site.connect("/elsewhere") }?.response?.status == .notFound)
        }
    }

    @Test func `answers what is no handshake`() async throws {
        try await withSite { site in
            let head = " HTTP/1.1\r\nHost: x\r\n"
            let plain = try answer(site, "GET /" + head + "\r\n")
            #expect(plain.hasPrefix("HTTP/1.1 426 ") && plain.lowercased().contains("upgrade: websocket"))
            let post = try answer(site, "POST /" + head + "Content-Length: 3\r\n\r\nabc")
            #expect(post.hasPrefix("HTTP/1.1 405 ") && post.contains("Allow: GET"))
            let old = Site.handshake().replacing("Version: 13", with: "Version: 8")
            #expect(try answer(site, old).hasPrefix("HTTP/1.1 426 "))
            let keyless = Site.handshake().replacing("dGhlIHNhbXBsZSBub25jZQ==", with: "abc")
            #expect(try answer(site, keyless).hasPrefix("HTTP/1.1 400 "))
            let long = Site.handshake("/", "X-Long: \(String(repeating: "x", count: 20_000))\r\n")
            #expect(try answer(site, long).hasPrefix("HTTP/1.1 431 "))
            #expect(site.server.connectionCount == 0)
        }
    }

    @Test(
        arguments: [
            (WebSocketOrigins.sameOrigin, "http://127.0.0.1", true), (.sameOrigin, "http://evil.example", false),
            (.sameOrigin, "null", false), (.any, "http://evil.example", true),
            (.these(["https://good.example"]), "https://good.example", true),
            (.these(["https://good.example"]), "https://GOOD.example:443", true),
            (.these(["https://good.example"]), "https://good.example.evil", false),
            (.these(["https://good.example"]), "http://127.0.0.1", true),
            (.matching { $0.hasSuffix(".example") }, "https://a.example", true),
            (.matching { $0.hasSuffix(".example") }, "https://a.test", false),
        ] as [(WebSocketOrigins, String, Bool)])
    func `lets in pages of some origins`(origins: WebSocketOrigins, origin: String, isAllowed: Bool) async throws {
        var configuration = WebSocketServer.Configuration()
        configuration.origins = origins
        try await withSite(configuration) { site in
            let answer = try answer(site, Site.handshake("/", "Origin: \(origin)\r\n"))
            #expect(answer.hasPrefix(isAllowed ? "HTTP/1.1 101 " : "HTTP/1.1 403 "))
        }
    }

    @Test func `has no more WebSockets than it may`() async throws {
        var configuration = WebSocketServer.Configuration()
        configuration.maxConnections = 2
        try await withSite(configuration) { site in
            let sockets = [try await site.connect(), try await site.connect()]
            #expect(
                await connectError { _ = try await site.connect() }?.response?.status == .serviceUnavailable)
            await sockets[0].close()
            #expect(await eventually { (try? await site.connect()) != nil })
            await sockets[1].close()
        }
    }

    @Test func `says goodbye to all when it closes, and waits for its handlers`() async throws {
        let left = Shared(0)
        let loops = EventLoopGroup(loops: 2)
        let server = WebSocketServer(eventLoops: loops)
        server.on(path: "/") { socket in
            for try await _ in socket {}
            try await Task.sleep(for: .milliseconds(50))
            left.change { $0 += 1 }
        }
        let port = try #require(try await server.listen(host: "127.0.0.1", port: 0).first?.port)
        var sockets: [WebSocket] = []
        for _ in 0..<10 { sockets.append(try await WebSocket.connect("ws://127.0.0.1:\(port)/", eventLoops: loops)) }
        await server.close()
        #expect(left.value == 10 && server.connectionCount == 0)
        for socket in sockets { #expect(try await socket.waitUntilClosed().code == .goingAway) }
        #expect(await connectError { _ = try await WebSocket.connect("ws://127.0.0.1:\(port)/") }?.code == .network)
        await loops.shutdown()
    }

    @Test(arguments: [false, true])
    func `does not wait for ever for a handler, or for a peer`(isCancelled: Bool) async throws {
        let cancelled = Shared(false)
        let loops = EventLoopGroup(loops: 1)
        let server = WebSocketServer(eventLoops: loops)
        server.on(path: "/") { socket in
            do { try await Task.sleep(for: .seconds(50)) } catch { cancelled.change { $0 = true } }
        }
        let port = try #require(try await server.listen(host: "127.0.0.1", port: 0).first?.port)
        let socket = try await WebSocket.connect("ws://127.0.0.1:\(port)/", eventLoops: loops)
        let closing = Task { await server.close(grace: isCancelled ? .seconds(50) : .milliseconds(50)) }
        if isCancelled { closing.cancel() }
        await closing.value
        #expect(await eventually { cancelled.value && server.connectionCount == 0 })
        _ = try await socket.waitUntilClosed()
        await loops.shutdown()
    }

    @Test func `shares an HTTP server with others`() async throws {
        let loops = EventLoopGroup(loops: 1)
        let http = HTTPServer(eventLoops: loops)
        http.on("/health") { _ in .text("ok") }
        let server = WebSocketServer(mountedOn: http)
        server.on(path: "/echo", echo)
        try await http.listen(host: "127.0.0.1", port: 0)
        let port = try #require(http.addresses.first?.port)
        let socket = try await WebSocket.connect("ws://127.0.0.1:\(port)/echo", eventLoops: loops)
        try await socket.send("both")
        #expect(try await socket.text() == "both")
        await server.close()
        // Only the WebSockets are closed.
        #expect(try await socket.waitUntilClosed().code == .goingAway)
        let refused = await connectError {
            _ = try await WebSocket.connect("ws://127.0.0.1:\(port)/echo", eventLoops: loops)
        }
        #expect(refused?.response?.status == .serviceUnavailable)
        await http.close()
        await loops.shutdown()
    }

    @Test func `is gone when nobody holds it`() async throws {
        weak var server: WebSocketServer?
        weak var http: HTTPServer?
        do {
            let made = WebSocketServer(eventLoops: EventLoopGroup(loops: 1))
            made.on(path: "/", echo)
            server = made
            http = made.http
            await made.http.eventLoops.shutdown()
        }
        #expect(server == nil && http == nil)
    }
}
