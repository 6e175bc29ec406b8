import SIOHTTP
import SIONet
import Synchronization
import TestSupport
import Testing

@testable import EngineIO

private struct Broken: Error {}

/// What requests pass before the engine sees them.
@Suite struct EngineMiddlewareTests {
    @Test(arguments: [1, 3], [false, true])
    func `every request passes, and every answer carries the middleware's headers`(loops: Int, waits: Bool) async throws
    {
        let seen = Mutex<[String]>([])
        try await withEngine(loops: loops) { server, peer, recorder in
            server.use { request, response in
                if waits { await Task.yield() }
                seen.withLock { $0.append(request.method.name + (request.isWebSocket ? " upgrade" : "")) }
                response.headers.add("X-Seen", "yes")
            }
            server.use { request, response in
                // The one behind sees what the one before has said.
                response.headers["X-Seen"] = response.headers["X-Seen"].map { $0 + " and again" }
            }
            let polling = try peer.connect()
            polling.send(Peer.get())
            let (head, body) = polling.receiveResponse()
            #expect(head.contains("\r\nX-Seen: yes and again\r\n"))
            let text = String(decoding: body, as: UTF8.self)
            let sid = String(try #require(text.split(separator: "\"").dropFirst(3).first))
            for number in 0..<6 {
                let other = try peer.connect()
                other.send(Peer.post(sid, "4message \(number)"))
                let (head, body) = other.receiveResponse()
                #expect(head.contains("\r\nX-Seen: yes and again\r\n"))
                #expect(String(decoding: body, as: UTF8.self) == "ok")
                other.send(Peer.get(sid))
                #expect(other.receiveBody() == "4message \(number)")
            }
            let socket = try peer.connect()
            socket.send(Array(Peer.webSocket(sid).utf8) + RawClient.frame(1, Array("2probe".utf8)))
            let answer = socket.receive(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 101 ") && answer.contains("\r\nX-Seen: yes and again\r\n"))
            #expect(socket.receiveText() == "3probe")
            let unknown = try peer.connect()
            unknown.send(Peer.get("AAAAAAAAAAAAAAAAAAAA"))
            #expect(unknown.receiveResponse().head.contains("\r\nX-Seen: yes and again\r\n"))
            #expect(seen.withLock { $0.filter { $0 == "POST" }.count } == 6)
            #expect(seen.withLock { $0.last } == "GET" && seen.withLock { $0.contains("GET upgrade") })
            #expect(recorder.now.messages.count == 6)
        }
    }

    @Test(arguments: [false, true])
    func `a middleware may answer itself, and nobody behind it is asked`(waits: Bool) async throws {
        let behind = Mutex(0)
        try await withEngine(loops: 1) { server, peer, recorder in
            server.use { request, response in
                if waits { await Task.yield() }
                response.headers.add("X-Always", "1")
                guard request.headers["Authorization"] == nil else { return }
                response.respond(.text("Who are you?", status: .unauthorized))
                response.respond(.text("a second answer"))
            }
            server.use { _, _ in behind.withLock { $0 += 1 } }
            let client = try peer.connect()
            for request in [Peer.get(), Peer.post("AAAAAAAAAAAAAAAAAAAA", "4x")] {
                client.send(request)
                let (head, body) = client.receiveResponse()
                #expect(head.hasPrefix("HTTP/1.1 401 ") && head.contains("\r\nX-Always: 1\r\n"))
                #expect(String(decoding: body, as: UTF8.self) == "Who are you?")
            }
            // The connection goes on.
            client.send(Peer.get(nil, "Authorization: me\r\n"))
            #expect(client.receiveBody().hasPrefix("0{"))
            let socket = try peer.connect()
            socket.send(Array(Peer.webSocket().utf8) + RawClient.frame(1, Array("4x".utf8)))
            #expect(socket.receiveResponse().head.hasPrefix("HTTP/1.1 401 "))
            #expect(socket.isEnded())
            #expect(behind.withLock { $0 } == 1 && recorder.now.opened == 1)
        }
    }

    @Test func `a middleware that throws refuses the request with code 3`() async throws {
        let errors = Mutex<[ConnectionError]>([])
        try await withEngine(loops: 1) { server, peer, _ in
            server.onConnectionError { error in errors.withLock { $0.append(error) } }
            server.use { _, response in
                response.headers.add("X-Before", "1")
                throw Broken()
            }
            let client = try peer.connect()
            client.send(Peer.get())
            let (head, body) = client.receiveResponse()
            #expect(head.hasPrefix("HTTP/1.1 400 ") && head.contains("\r\nX-Before: 1\r\n"))
            #expect(String(decoding: body, as: UTF8.self) == #"{"code":3,"message":"Bad request"}"#)
            let socket = try peer.connect()
            socket.send(Peer.webSocket())
            #expect(String(decoding: socket.receiveResponse().body, as: UTF8.self) == "Bad request")
            #expect(socket.isEnded())
        }
        let list = errors.withLock { $0 }
        #expect(list.count == 2)
        #expect(list.allSatisfy { $0.code == 3 && $0.context == ["name": "MIDDLEWARE_FAILURE"] })
        #expect(list.allSatisfy { $0.underlyingError is Broken })
    }

    @Test(arguments: [1, 3])
    func `a slow middleware loses nothing of a POST, and two at once are still one too many`(loops: Int) async throws {
        let gate = Gate()
        try await withEngine(loops: loops) { server, peer, recorder in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            server.use { _, _ in await gate.pass() }
            let first = try peer.connect()
            first.send(Peer.post(sid, "4whole"))
            #expect(await eventually { gate.waitingCount == 1 })
            gate.open()
            #expect(first.receiveBody() == "ok")
            let slow = try await peer.beginPost(sid, to: server)
            try peer.expectSecondPostRefused(sid, first: slow)
            #expect(await eventually { recorder.now.closes == ["transport error"] })
            #expect(recorder.now.messages == [.text("whole")])
        }
    }

    @Test func `a client that is gone before the middleware is done leaves nothing`() async throws {
        let gate = Gate()
        try await withEngine(loops: 1) { server, peer, recorder in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            // A POST that breaks off before it is let in is nobody's; one that is let in ends its session.
            let other = try peer.open(on: polling)
            server.use { _, _ in await gate.pass() }
            for (number, request) in [Peer.get(), Peer.post(other, "4x", length: 100), Peer.webSocket(sid)].enumerated()
            {
                let client = try peer.connect()
                client.send(request)
                #expect(await eventually { gate.waitingCount == number + 1 })
                client.reset()
            }
            gate.open()
            polling.send(Peer.post(sid, "4still"))
            #expect(polling.receiveBody() == "ok")
            #expect(recorder.now.messages == [.text("still")])
        }
    }

    @Test(arguments: [false, true]) func `a client that goes is decided on no further`(inMiddleware: Bool) async throws
    {
        let seen = Mutex((begun: 0, cancelled: 0))
        let decide: @Sendable () async throws -> Void = {
            seen.withLock { $0.begun += 1 }
            do {
                try await Task.sleep(for: .seconds(50))
            } catch {
                seen.withLock { $0.cancelled += 1 }
                throw error
            }
        }
        var configuration = EngineServer.Configuration()
        if !inMiddleware {
            configuration.allowRequest = { _ in
                try await decide()
                return .allow
            }
        }
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            if inMiddleware { server.use { _, _ in try await decide() } }
            let errors = Mutex(0)
            server.onConnectionError { _ in errors.withLock { $0 += 1 } }
            for (number, request) in [Peer.get(), Peer.webSocket()].enumerated() {
                let client = try peer.connect()
                client.send(request)
                #expect(await eventually { seen.withLock { $0.begun } == number + 1 })
                client.reset()
                #expect(await eventually { seen.withLock { $0.cancelled } == number + 1 })
            }
            // Nobody is told of a client that is not there to be refused.
            #expect(errors.withLock { $0 } == 0 && recorder.now.opened == 0)
        }
    }

    @Test func `a middleware may answer preflight requests, if CORS leaves them to it`() async throws {
        var cors = CORS(origins: .only("http://page"))
        cors.preflightContinue = true
        var configuration = EngineServer.Configuration()
        configuration.cors = cors
        let preflight = "OPTIONS /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nOrigin: http://page\r\n\r\n"
        try await withEngine(loops: 1, configuration) { server, peer, _ in
            let client = try peer.connect()
            client.send(preflight)
            let (head, body) = client.receiveResponse()
            #expect(head.hasPrefix("HTTP/1.1 400 ") && head.contains("Access-Control-Allow-Methods: GET,"))
            #expect(String(decoding: body, as: UTF8.self) == #"{"code":2,"message":"Bad handshake method"}"#)
            server.use { request, response in
                if request.method == .options { response.respond(.empty(.ok)) }
            }
            client.send(preflight)
            let answer = client.receiveResponse().head
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("Access-Control-Allow-Methods: GET,"))
            #expect(answer.contains("Access-Control-Allow-Origin: http://page\r\n"))
        }
    }
}
