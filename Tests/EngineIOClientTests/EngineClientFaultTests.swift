import EngineIOProtocol
import Glibc
import SIOBytes
import SIOHTTP
import TestSupport
import Testing

@testable import EngineIOClient
@testable import SIONet

/// Servers that break the protocol, or are not there.
@Suite(.timeLimit(.minutes(1))) struct EngineClientFaultTests {
    /// Opens a session and waits for its end.
    private func end(
        _ address: String, _ options: EngineClientOptions, on loop: EventLoop
    ) async throws -> ClientEvents {
        let client = try await loop.client(address, options)
        #expect(await client.has("closed"), "the session hangs")
        #expect(client.now.closes == 1)
        return client.now
    }

    @Test(arguments: EngineClientTests.ways)
    func `a port at which nobody listens, and a name that nobody has`(
        transports: [EngineClientOptions.Transport]
    ) async throws {
        let closed = try ClosedPort()
        try await withClientLoop { loop in
            var events = try await end("http://127.0.0.1:\(closed.port)", EngineClientOptions(transports), on: loop)
            #expect(events.reason == .transportError)
            #expect(events.error?.code == .connectionFailed)
            #expect(events.error?.phase == (transports[0] == .polling ? .poll : .handshake))
            #expect(events.error?.network?.code == .connectionRefused)
            events = try await end("http://no-such-host.invalid", EngineClientOptions(transports), on: loop)
            #expect(events.error?.network?.code == .cannotResolve)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad", EngineClientError.Code.refused),
        ("HTTP/1.1 301 Moved\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n", .refused),
        ("HTTP/1.1 204 No Content\r\n\r\n", .refused), ("SSH-2.0\r\n", .invalidResponse), (ok(""), .invalidResponse),
        (ok("4early"), .invalidResponse), (ok("0{}"), .invalidResponse), (ok("0{\"sid\":1}"), .invalidResponse),
        (ok("9"), .invalidResponse), (ok("<html>"), .invalidResponse),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", .refused),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", .invalidResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0{", .invalidResponse), ("", .connectionFailed),
    ])
    func `a first answer that is no handshake`(answer: String, code: EngineClientError.Code) async throws {
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send(answer)
        }
        try await withClientLoop { loop in
            let options = EngineClientOptions([.polling]) { $0.maxResponseSize = 1000 }
            let events = try await end("http://127.0.0.1:\(server.port)", options, on: loop)
            #expect(events.reason == .transportError)
            #expect(events.error?.code == code)
            #expect(events.log == ["closed"])
        }
        #expect(server.connections == 1)
    }

    @Test func `a handshake that is cut anywhere ends the session`() async throws {
        let bytes = Array(ok(handshake()).utf8)
        let server = try RawServer { peer, number in
            _ = peer.receiveRequest()
            peer.send(Array(bytes.prefix(number)))
        }
        try await withClientLoop { loop in
            for cut in 0..<bytes.count {
                let events = try await end("http://127.0.0.1:\(server.port)", EngineClientOptions([.polling]), on: loop)
                #expect(events.reason == .transportError && events.error != nil, "\(cut)")
            }
        }
        #expect(server.connections == bytes.count)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0{"])
    func `a server that is slow to open is left in time`(answer: String) async throws {
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send(answer)
            _ = peer.receive()
        }
        try await withClientLoop { loop in
            for transport in [EngineClientOptions.Transport.polling, .websocket] {
                let options = EngineClientOptions([transport]) { $0.openTimeout = .milliseconds(30) }
                let events = try await end("http://127.0.0.1:\(server.port)", options, on: loop)
                if transport == .polling || answer.isEmpty { #expect(events.error?.code == .timedOut) }
                #expect(events.reason == .transportError)
            }
            let options = EngineClientOptions([.polling]) { $0.requestTimeout = .milliseconds(30) }
            let events = try await end("http://127.0.0.1:\(server.port)", options, on: loop)
            #expect(events.error?.code == .timedOut)
        }
    }

    /// What a server does with the requests behind a handshake: GETs and POSTs, which come on connections of their own.
    private func polling(
        poll: String = ok("6"), post: String? = ok("ok"), upgrades: String = "", interval: Int = 25_000,
        timeout: Int = 20_000
    ) throws -> RawServer {
        try RawServer { peer, _ in
            while case let head = peer.receiveRequest().head, !head.isEmpty {
                if head.hasPrefix("POST") {
                    guard let post else { return peer.close() }
                    peer.send(post)
                } else if head.contains("sid=") {
                    guard !poll.isEmpty else { return _ = peer.receive() }
                    peer.send(poll)
                    if poll != ok("6") { return }
                } else {
                    peer.send(ok(handshake(upgrades: upgrades, interval: interval, timeout: timeout)))
                }
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", EngineClientError.Code.refused),
        (ok("rubbish"), .invalidResponse), ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n4", .invalidResponse),
        (ok("4\u{1E}"), .invalidResponse),
    ])
    func `an answer to a GET that is none ends the session`(answer: String, code: EngineClientError.Code) async throws {
        let server = try polling(poll: answer)
        try await withClientLoop { loop in
            let events = try await end("http://127.0.0.1:\(server.port)", EngineClientOptions([.polling]), on: loop)
            #expect(events.log == ["opened", "closed"])
            #expect(events.reason == .transportError)
            #expect(events.error?.code == code && events.error?.phase == .poll)
        }
    }

    /// An answer to a GET whose body is one message, by its length, in chunks, and until the connection ends.
    private static func answers(bodyBytes: Int) -> [String] {
        let body = "4" + String(repeating: "x", count: bodyBytes - 1)
        let half = bodyBytes / 2
        let chunks = [body.prefix(half), body.dropFirst(half)].map { "\(String($0.count, radix: 16))\r\n\($0)\r\n" }
        let head = "HTTP/1.1 200 OK\r\n"
        return [
            "\(head)Content-Length: \(bodyBytes)\r\n\r\n\(body)",
            "\(head)Transfer-Encoding: chunked\r\n\r\n\(chunks.joined())0\r\n\r\n", "\(head)\r\n\(body)",
        ]
    }

    @Test(arguments: 0..<3)
    func `an answer of polling that is larger than it may be ends the session, and nothing of it is told`(
        way: Int
    ) async throws {
        for (size, isTaken) in [(1000, true), (1001, false)] {
            let server = try polling(poll: Self.answers(bodyBytes: size)[way])
            try await withClientLoop { loop in
                let options = EngineClientOptions([.polling]) { $0.maxResponseSize = 1000 }
                let client = try await loop.client("http://127.0.0.1:\(server.port)", options)
                if isTaken {
                    #expect(await eventually { client.now.texts.first?.count == 999 })
                    await client.close()
                }
                #expect(await client.has("closed"))
                guard !isTaken else { return }
                #expect(client.now.log == ["opened", "closed"] && client.now.texts.isEmpty)
                #expect(client.now.reason == .transportError)
                #expect(client.now.error?.code == .invalidResponse && client.now.error?.phase == .poll)
                #expect(client.now.error?.description == "polling GET: the server's response is none: body-too-large")
            }
        }
    }

    @Test(arguments: [
        "Content-Length: 1001\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3e9\r\n",
        "\r\n" + String(repeating: "x", count: 1001),
    ])
    func `a body that is to be larger than it may be is not waited for`(answer: String) async throws {
        // The server sends no more, and does not end the connection.
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send("HTTP/1.1 200 OK\r\n" + answer)
            _ = peer.receive()
        }
        try await withClientLoop { loop in
            let options = EngineClientOptions([.polling]) { $0.maxResponseSize = 1000 }
            let events = try await end("http://127.0.0.1:\(server.port)", options, on: loop)
            #expect(events.error?.description == "polling GET: the server's response is none: body-too-large")
        }
    }

    @Test(arguments: [nil, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"])
    func `a POST that is not taken ends the session, and is not sent twice`(answer: String?) async throws {
        let server = try polling(poll: "", post: answer)
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)", EngineClientOptions([.polling]))
            #expect(await client.has("opened"))
            await client.send("hello")
            #expect(await client.has("closed"))
            #expect(client.now.reason == .transportError)
            #expect(client.now.error?.phase == .post)
            #expect(client.now.error?.status == (answer == nil ? nil : 413))
        }
        #expect(server.connections == 2)
    }

    @Test func `a server that falls silent is gone`() async throws {
        let server = try polling(poll: "", interval: 20, timeout: 20)
        try await withClientLoop { loop in
            let events = try await end("http://127.0.0.1:\(server.port)", EngineClientOptions([.polling]), on: loop)
            #expect(events.reason == .pingTimeout)
            #expect(events.log == ["opened", "closed"])
        }
    }

    @Test func `an upgrade that is refused leaves the session on polling`() async throws {
        let server = try RawServer { peer, _ in
            while case let head = peer.receiveRequest().head, !head.isEmpty {
                if head.contains("Upgrade: websocket") {
                    return peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                } else if head.contains("sid=") {
                    peer.send(ok(head.hasPrefix("POST") ? "ok" : "4still here"))
                } else {
                    peer.send(ok(handshake(upgrades: "\"websocket\"")))
                }
            }
        }
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)")
            #expect(await eventually { client.now.texts.count > 20 })
            #expect(await client.transport() == .polling)
            #expect(client.now.log == ["opened"])
            await client.close()
        }
    }

    /// Grants a WebSocket, says what the test wants, and ends the connection.
    private func webSocket(
        _ frames: [UInt8], cut: Int? = nil, _ more: @escaping @Sendable (RawClient) -> Void = { _ in }
    ) throws -> RawServer {
        try RawServer { peer, _ in
            peer.grantWebSocket(peer.receiveRequest().head, frames, cut: cut)
            more(peer)
        }
    }

    @Test func `a client that is to send base64 sends texts`() async throws {
        let frames = Shared<[[UInt8]]>([])
        let server = try webSocket(RawClient.serverFrame(handshake())) { peer in
            for _ in 0..<2 {
                guard let frame = peer.receiveMaskedFrame() else { return }
                frames.change { $0.append([frame.first] + frame.payload) }
            }
        }
        try await withClientLoop { loop in
            let options = EngineClientOptions([.websocket]) { $0.forceBase64 = true }
            let client = try await loop.client("http://127.0.0.1:\(server.port)", options)
            await client.send([1, 2, 3])
            #expect(await client.has("opened"))
            await client.send([1, 2, 3])
            #expect(await client.has("closed"))
            #expect(frames.value == [[0x81] + Array("bAQID".utf8), [0x81] + Array("bAQID".utf8)])
        }
    }

    @Test func `a WebSocket's first packet must be a handshake`() async throws {
        for text in ["", "4early", "2", "0{}", "rubbish", "bAQID"] {
            let server = try webSocket(RawClient.serverFrame(text))
            try await withClientLoop { loop in
                let events = try await end(
                    "http://127.0.0.1:\(server.port)", EngineClientOptions([.websocket]), on: loop)
                #expect(events.log == ["closed"], "\(text)")
                #expect(events.reason == .transportError, "\(text)")
                #expect(events.error?.code == .invalidResponse, "\(text)")
            }
        }
    }

    @Test func `a WebSocket whose opening is cut anywhere ends the session`() async throws {
        let packet = RawClient.serverFrame(handshake())
        for cut in stride(from: 0, to: 129 + packet.count, by: 5) {
            let server = try webSocket(packet, cut: cut)
            try await withClientLoop { loop in
                let events = try await end(
                    "http://127.0.0.1:\(server.port)", EngineClientOptions([.websocket]), on: loop)
                #expect(events.log == ["closed"], "\(cut)")
                #expect(events.reason == .transportError && events.error != nil, "\(cut)")
            }
        }
    }

    @Test func `a WebSocket that ends, and one that breaks the rules`() async throws {
        let open = RawClient.serverFrame(handshake())
        for (frames, reason, code) in [
            ([], EngineDisconnectReason.transportClose, 1006),
            ([0x88, 2, 0x03, 0xE9], .transportClose, 1001), ([0x88, 0], .transportClose, 1005),
            ([0xFF, 0], .transportError, 1002), ([0x81, 1, 0xFF], .transportError, 1007),
            ([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0], .transportError, 1009),
            (RawClient.serverFrame("rubbish"), .transportError, nil),
            (RawClient.serverFrame("bnot base64!"), .transportError, nil),
            (RawClient.serverFrame("1"), .transportClose, nil),
        ] as [([UInt8], EngineDisconnectReason, Int?)] {
            let server = try webSocket(open + frames)
            try await withClientLoop { loop in
                let events = try await end(
                    "http://127.0.0.1:\(server.port)", EngineClientOptions([.websocket]), on: loop)
                #expect(events.log == ["opened", "closed"], "\(frames)")
                #expect(events.reason == reason, "\(frames)")
                #expect(events.error?.closeCode == code, "\(frames)")
            }
        }
    }

    @Test func `a client that is closed while it opens tells the server as soon as it can`() async throws {
        let bodies = Shared<[String]>([])
        let goOn = Shared(false)
        let server = try RawServer { peer, _ in
            while case let (head, body) = peer.receiveRequest(), !head.isEmpty {
                if head.hasPrefix("POST") {
                    bodies.change { $0.append(String(decoding: body, as: UTF8.self)) }
                    peer.send(ok("ok"))
                } else {
                    while !goOn.value { usleep(1000) }
                    peer.send(ok(handshake()))
                }
            }
        }
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)", EngineClientOptions([.polling]))
            #expect(await eventually { server.connections == 1 })
            await client.close()
            #expect(await client.has("closed"))
            #expect(client.now.reason == .forcedClose)
            goOn.change { $0 = true }
            #expect(await eventually { bodies.value == ["1"] })
            #expect(client.now.log == ["closed"])
        }
    }

    @Test func `a client that is closed just when the handshake comes tells the server`() async throws {
        let bodies = Shared<[String]>([])
        let steps = Shared<Set<String>>([])
        let server = try RawServer { peer, _ in
            while case let (head, body) = peer.receiveRequest(), !head.isEmpty {
                if head.hasPrefix("POST") {
                    bodies.change { $0.append(String(decoding: body, as: UTF8.self)) }
                    peer.send(ok("ok"))
                } else {
                    while !steps.value.contains("closing") { usleep(1000) }
                    peer.send(ok(handshake()))
                    steps.change { $0.insert("answered") }
                }
            }
        }
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)", EngineClientOptions([.polling]))
            #expect(await eventually { server.connections == 1 })
            // The loop finds both in one turn, and the closing first.
            loop.post {
                steps.change { $0.insert("busy") }
                while !steps.value.contains("answered") { usleep(1000) }
                usleep(20_000)
            }
            #expect(await eventually { steps.value.contains("busy") })
            loop.post { [bound = client.bound] in bound.value.close() }
            steps.change { $0.insert("closing") }
            #expect(await client.has("closed"))
            #expect(await eventually { bodies.value == ["1"] })
            #expect(client.now.log == ["closed"])
        }
    }

    @Test func `a client that is closed has no error, whatever went wrong before`() async throws {
        let server = try RawServer { peer, _ in
            if peer.receiveRequest().head.contains("Upgrade: websocket") {
                return peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            }
            _ = peer.receive()
        }
        try await withClientLoop { loop in
            let options = EngineClientOptions([.websocket, .polling]) { $0.tryAllTransports = true }
            let client = try await loop.client("http://127.0.0.1:\(server.port)", options)
            #expect(await eventually { server.connections == 2 })
            await client.close()
            #expect(await client.has("closed"))
            #expect(client.now.reason == .forcedClose)
            #expect(client.now.error == nil)
        }
    }

    @Test(arguments: EngineClientTests.ways)
    func `a client that is closed at once, or while nobody answers, leaves nothing`(
        transports: [EngineClientOptions.Transport]
    ) async throws {
        let server = try RawServer { peer, _ in _ = peer.receive() }
        try await withClientLoop { loop in
            for waits in [false, true] {
                let client = try await loop.client("http://127.0.0.1:\(server.port)", EngineClientOptions(transports))
                if waits { #expect(await eventually { server.connections > 0 }) }
                await client.close()
                #expect(await client.has("closed"))
                #expect(client.now.reason == .forcedClose)
            }
        }
    }

    @Test func `a flood of pings does not fill the client`() async throws {
        let pings = ok(String(repeating: "2\u{1E}", count: 20_000) + "2")
        let isOver = Shared(false)
        let server = try RawServer { peer, _ in
            while case let head = peer.receiveRequest().head, !head.isEmpty {
                if head.hasPrefix("POST") {
                    while !isOver.value { usleep(1000) }
                    return
                }
                peer.send(head.contains("sid=") ? pings : ok(handshake()))
            }
        }
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)", EngineClientOptions([.polling]))
            #expect(await eventually { client.now.pings > 20 })
            #expect(await client.call { engine, _ in engine.bufferedBytes < 10 })
            isOver.change { $0 = true }
            #expect(await client.has("closed"))
        }
    }
}
