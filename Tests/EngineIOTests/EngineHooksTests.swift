import SIOHTTP
import SIONet
import Synchronization
import TestSupport
import Testing

@testable import EngineIO

/// What the application is told of requests, and may add to answers.
@Suite struct EngineHooksTests {
    @Test(arguments: [1, 3])
    func `the first answer of a session has headers of its own, and all have others`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, _ in
            server.onInitialHeaders { headers, request in
                headers.add("X-First", request.sessionID ?? "none")
            }
            server.onHeaders { headers, request in
                headers.add("X-Every", (headers["X-First"] ?? "-") + " " + request.method.name)
            }
            let client = try peer.connect()
            client.send(Peer.get())
            let (head, body) = client.receiveResponse()
            #expect(head.contains("\r\nX-First: none\r\n") && head.contains("\r\nX-Every: none GET\r\n"))
            let text = String(decoding: body, as: UTF8.self)
            let sid = String(try #require(text.split(separator: "\"").dropFirst(3).first))
            client.send(Peer.post(sid, "4x"))
            let post = client.receiveResponse().head
            #expect(!post.contains("X-First") && post.contains("\r\nX-Every: - POST\r\n"))
            client.send(Peer.get(sid))
            #expect(client.receiveResponse().head.contains("\r\nX-Every: - GET\r\n"))
            let upgrade = try peer.connect()
            upgrade.send(Peer.webSocket(sid))
            let switching = upgrade.receive(until: "\r\n\r\n")
            #expect(switching.hasPrefix("HTTP/1.1 101 ") && switching.contains("\r\nX-Every: - GET\r\n"))
            #expect(!switching.contains("X-First"))
            let socket = try peer.connect()
            socket.send(Peer.webSocket())
            let first = socket.receive(until: "\r\n\r\n")
            #expect(first.contains("\r\nX-First: none\r\n") && first.contains("\r\nX-Every: none GET\r\n"))
            // What is no session's has neither.
            client.send(Peer.get("AAAAAAAAAAAAAAAAAAAA"))
            #expect(!client.receiveResponse().head.contains("X-"))
        }
    }

    @Test(arguments: [
        ("GET /engine.io/?EIO=4&transport=carrier", 0, ["transport": "carrier"]),
        ("GET /engine.io/?EIO=4", 0, [:]),
        ("GET /engine.io/?EIO=4&transport=polling&sid=no", 1, ["sid": "no"]),
        ("PUT /engine.io/?EIO=4&transport=polling", 2, ["method": "PUT"]),
        ("GET /engine.io/?EIO=4&transport=websocket", 3, ["name": "TRANSPORT_HANDSHAKE_ERROR"]),
        ("GET /engine.io/?EIO=3&transport=polling", 5, ["protocol": "3"]),
        ("GET /engine.io/?transport=polling", 5, [:]),
    ])
    func `each request that is refused is reported`(line: String, code: Int, context: [String: String]) async throws {
        let errors = Mutex<[ConnectionError]>([])
        try await withEngine(loops: 1) { server, peer, _ in
            server.onConnectionError { error in errors.withLock { $0.append(error) } }
            let client = try peer.connect()
            client.send(line + " HTTP/1.1\r\nHost: x\r\nX-Mine: 1\r\n\r\n")
            #expect(client.receiveBody().hasPrefix("{\"code\":\(code),"))
        }
        let list = errors.withLock { $0 }
        let error = try #require(list.first)
        #expect(list.count == 1 && error.code == code && error.context == context && error.underlyingError == nil)
        #expect(error.request.headers["X-Mine"] == "1" && error.request.remoteAddress?.host == "127.0.0.1")
    }

    @Test(arguments: [1, 3])
    func `the application makes the ids`(loops: Int) async throws {
        let next = Mutex(0)
        var configuration = EngineServer.Configuration()
        configuration.generateID = { request in
            await Task.yield()
            if let wish = request.queryItem("wish") { return wish }
            return next.withLock { number in
                number += 1
                return "user:\(number)/\"x\""
            }
        }
        configuration.cookie = Cookie()
        try await withEngine(loops: loops, configuration) { server, peer, recorder in
            let polling = try peer.connect()
            polling.send(Peer.get())
            let (head, body) = polling.receiveResponse()
            #expect(head.contains("\r\nSet-Cookie: io=user%3A1%2F%22x%22; Path=/; HttpOnly; SameSite=Lax\r\n"))
            #expect(String(decoding: body, as: UTF8.self).hasPrefix(#"0{"sid":"user:1/\"x\"","#))
            #expect(recorder.now.last?.id == "user:1/\"x\"")
            let sid = "user:1/%22x%22"
            for number in 0..<6 {
                let other = try peer.connect()
                other.send(Peer.post(sid, "4message \(number)"))
                #expect(other.receiveBody() == "ok")
                other.send(Peer.get(sid))
                #expect(other.receiveBody() == "4message \(number)")
            }
            let socket = try peer.connect()
            socket.send(Array(Peer.webSocket(sid).utf8) + RawClient.frame(1, Array("2probe".utf8)))
            #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            #expect(socket.receiveText() == "3probe")
            // An id that is taken, on whatever loop, is refused to others, on both transports.
            for _ in 0..<6 {
                let other = try peer.connect()
                other.send(Peer.get().replacing("EIO=4", with: "EIO=4&wish=\(sid)"))
                #expect(other.receiveBody() == #"{"code":3,"message":"Bad request"}"#)
                let socket = try peer.connect()
                socket.send(Peer.webSocket().replacing("EIO=4", with: "EIO=4&wish=\(sid)"))
                #expect(socket.receiveResponse().head.hasPrefix("HTTP/1.1 400 "))
            }
            // It is free again behind the session's end.
            polling.send(Peer.post(sid, "1"))
            socket.close()
            #expect(await eventually { server.clientsCount == 0 })
            let other = try peer.connect()
            other.send(Peer.get().replacing("EIO=4", with: "EIO=4&wish=\(sid)"))
            #expect(other.receiveBody().hasPrefix("0{"))
        }
    }

    @Test(arguments: ["", "a b", "é", "\u{7F}", String(repeating: "x", count: SessionNames.maxBytes + 1), "throw"])
    func `an id that is none, or is not made, refuses the client`(id: String) async throws {
        struct Broken: Error {}
        let errors = Mutex<[ConnectionError]>([])
        var configuration = EngineServer.Configuration()
        configuration.generateID = { _ in
            if id == "throw" { throw Broken() }
            return id
        }
        try await withEngine(loops: 1, configuration) { server, peer, _ in
            server.onConnectionError { error in errors.withLock { $0.append(error) } }
            let client = try peer.connect()
            client.send(Peer.get())
            #expect(client.receiveBody() == #"{"code":3,"message":"Bad request"}"#)
        }
        let error = try #require(errors.withLock { $0.first })
        #expect(error.context == ["name": "ID_GENERATION_ERROR"] && (error.underlyingError != nil) == (id == "throw"))
    }

    @Test func `an id may have as many characters as its limit`() {
        #expect(SessionNames.isValid(String(repeating: "x", count: SessionNames.maxBytes)))
        #expect(!SessionNames.isValid(String(repeating: "x", count: SessionNames.maxBytes + 1)))
    }

    @Test func `an initial packet comes right behind the handshake`() async throws {
        var configuration = EngineServer.Configuration()
        configuration.initialPacket = "welcome"
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let client = try peer.connect()
            client.send(Peer.get())
            #expect(client.receiveBody().hasSuffix("}\u{1E}4welcome"))
            let socket = try peer.openWebSocket()
            #expect(socket.receiveText() == "4welcome")
        }
    }

    @Test func `an upgrade that is not the engine's is answered at once`() async throws {
        try await withEngine(loops: 1) { _, peer, _ in
            let elsewhere = try peer.connect()
            elsewhere.send(Peer.webSocket().replacing("/engine.io/", with: "/other/"))
            #expect(elsewhere.receiveResponse().head.hasPrefix("HTTP/1.1 404 "))
            // One to another protocol is a plain request.
            let other = try peer.connect()
            other.send(
                "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n")
            #expect(other.receiveBody().hasPrefix("0{"))
        }
    }
}
