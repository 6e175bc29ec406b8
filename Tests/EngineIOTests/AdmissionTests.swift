import SIOHTTP
import SIONet
import Synchronization
import TestSupport
import Testing

@testable import EngineIO

/// What an application's check waits for, and what is waiting for it.
final class Gate: Sendable {
    private struct State {
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isOpen = false
    }

    private let state = Mutex(State())
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

private struct Unwelcome: Error {}

/// The application decides who may open a session.
@Suite struct AdmissionTests {
    static func checking(
        _ check: @escaping @Sendable (IncomingRequest) async throws -> EngineServer.Admission
    ) -> EngineServer.Configuration {
        var configuration = EngineServer.Configuration()
        configuration.allowRequest = check
        return configuration
    }

    @Test(arguments: [1, 3], [false, true])
    func `a client that is refused learns the reason`(loops: Int, waits: Bool) async throws {
        let configuration = Self.checking { request in
            if waits { await Task.yield() }
            return request.queryItem("token") == "right" ? .allow : .refuse(message: "No \"entry\"")
        }
        try await withEngine(loops: loops, configuration) { server, peer, recorder in
            let polling = try peer.connect()
            polling.send(Peer.get())
            let (head, body) = polling.receiveResponse()
            #expect(head.hasPrefix("HTTP/1.1 403 ") && head.contains("Content-Type: application/json"))
            #expect(String(decoding: body, as: UTF8.self) == #"{"code":4,"message":"No \"entry\""}"#)
            let socket = try peer.connect()
            socket.send(Array(Peer.webSocket().utf8) + RawClient.frame(1, Array("4x".utf8)))
            let (refusal, message) = socket.receiveResponse()
            #expect(refusal.hasPrefix("HTTP/1.1 400 ") && refusal.contains("Content-Type: text/html"))
            #expect(String(decoding: message, as: UTF8.self) == "No \"entry\"")
            #expect(socket.isEnded())
            // The connection of a plain request goes on.
            polling.send(Peer.get().replacing("EIO=4", with: "EIO=4&token=right"))
            #expect(polling.receiveBody().hasPrefix("0{"))
            let welcome = try peer.connect()
            welcome.send(Peer.webSocket().replacing("EIO=4", with: "EIO=4&token=right"))
            #expect(welcome.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            #expect(welcome.receiveText()?.hasPrefix("0{") == true)
            #expect(recorder.now.opened == 2 && server.clientsCount == 2)
        }
    }

    @Test func `a check that throws refuses, and tells the server why, not the client`() async throws {
        let errors = Mutex<[ConnectionError]>([])
        try await withEngine(loops: 1, Self.checking { _ in throw Unwelcome() }) { server, peer, _ in
            server.onConnectionError { error in errors.withLock { $0.append(error) } }
            let client = try peer.connect()
            client.send(Peer.get())
            #expect(client.receiveBody() == #"{"code":4,"message":"Forbidden"}"#)
        }
        let error = try #require(errors.withLock { $0.first })
        #expect(error.underlyingError is Unwelcome && error.code == 4 && error.context == ["message": "Forbidden"])
    }

    @Test(arguments: [1, 3])
    func `only the first request of a session is asked about`(loops: Int) async throws {
        let asked = Mutex<[String?]>([])
        let configuration = Self.checking { request in
            asked.withLock { $0.append(request.sessionID) }
            return .allow
        }
        try await withEngine(loops: loops, configuration) { _, peer, recorder in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            polling.send(Peer.post(sid, "4x"))
            #expect(polling.receiveBody() == "ok")
            polling.send(Peer.get(sid))
            #expect(polling.receiveBody() == "4x")
            let socket = try peer.connect()
            socket.send(Array(Peer.webSocket(sid).utf8) + RawClient.frame(1, Array("2probe".utf8)))
            #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            #expect(socket.receiveText() == "3probe")
            // What the engine refuses by itself is not worth a question.
            let other = try peer.connect()
            other.send("GET /engine.io/?EIO=4&transport=carrier HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(other.receiveBody() == #"{"code":0,"message":"Transport unknown"}"#)
            #expect(asked.withLock { $0 } == [nil])
        }
    }

    @Test func `the check comes in front of the protocol's version, as in the reference`() async throws {
        try await withEngine(loops: 1, Self.checking { _ in .refuse() }) { _, peer, _ in
            let client = try peer.connect()
            client.send(Peer.get().replacing("EIO=4", with: "EIO=3"))
            #expect(client.receiveBody() == #"{"code":4,"message":"Forbidden"}"#)
        }
    }

    @Test func `bytes behind a handshake wait for the decision, and are the session's`() async throws {
        let gate = Gate()
        let configuration = Self.checking { _ in
            await gate.pass()
            return .allow
        }
        try await withEngine(loops: 1, configuration) { _, peer, recorder in
            let socket = try peer.connect()
            socket.send(Peer.webSocket())
            #expect(await eventually { gate.waitingCount == 1 })
            socket.sendText("4early")
            gate.open()
            #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            #expect(socket.receiveText()?.hasPrefix("0{") == true)
            #expect(socket.receiveText() == "4early")
            #expect(recorder.now.messages == [.text("early")])
        }
    }

    @Test(arguments: [false, true], [false, true])
    func `a client that is gone before the decision leaves nothing`(isWebSocket: Bool, resets: Bool) async throws {
        let gate = Gate()
        var configuration = Self.checking { _ in
            await gate.pass()
            return .allow
        }
        // So a session that began because nobody had seen its client go ends soon, too.
        configuration.pingInterval = .milliseconds(50)
        configuration.pingTimeout = .milliseconds(50)
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            for number in 1...4 {
                let client = try peer.connect()
                client.send(isWebSocket ? Peer.webSocket() : Peer.get())
                #expect(await eventually { gate.waitingCount == number })
                if isWebSocket { client.send([0xFF, 0xFF, 0, 1, 2, 3]) }
                if resets { client.reset() } else { client.close() }
            }
            let last = try peer.connect()
            last.send(Peer.get())
            #expect(await eventually { gate.waitingCount == 5 })
            gate.open()
            #expect(last.receiveBody().hasPrefix("0{"))
            #expect(await eventually { server.clientsCount == 0 })
            #expect(recorder.now.closes.count == recorder.now.opened)
        }
    }

    @Test func `a flood behind a handshake is not kept`() async throws {
        let gate = Gate()
        let configuration = Self.checking { _ in
            await gate.pass()
            return .refuse()
        }
        try await withEngine(loops: 1, configuration) { _, peer, _ in
            let client = try peer.connect()
            client.send(Peer.webSocket())
            #expect(await eventually { gate.waitingCount == 1 })
            // More than a connection may keep unread; the system keeps some of it, too.
            var sent = 0
            let chunk = [UInt8](repeating: 0, count: 1 << 20)
            for _ in 0..<64 { sent += max(0, client.sendWhatFits(chunk)) }
            #expect(sent < 60 << 20)
            gate.open()
            #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func `a decision that comes behind the server's end opens nothing`() async throws {
        let gate = Gate()
        let configuration = Self.checking { _ in
            await gate.pass()
            return .allow
        }
        try await withEngine(loops: 1, configuration) { server, peer, recorder in
            let polling = try peer.connect()
            polling.send(Peer.get())
            let socket = try peer.connect()
            socket.send(Peer.webSocket())
            #expect(await eventually { gate.waitingCount == 2 })
            await server.close()
            gate.open()
            #expect(polling.receive() == "")
            #expect(socket.receive() == "")
            #expect(recorder.now.opened == 0 && server.clientsCount == 0)
        }
    }
}
