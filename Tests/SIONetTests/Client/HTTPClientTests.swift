import Glibc
import SIOBytes
import SIOHTTP
import TestSupport
import Testing

@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// Asks so many times, one after the other, with one client.
    private func ask(
        _ count: Int, _ port: Int, method: HTTPMethod = .get, body: [UInt8] = [], on loop: EventLoop
    ) async -> [Result<HTTPResponse, HTTPClientError>] {
        await loop.ask { core, answer in
            guard let url = try? HTTPURL("http://127.0.0.1:\(port)/") else { return answer([]) }
            let client = HTTPClient(url, core: core)
            var results: [Result<HTTPResponse, HTTPClientError>] = []
            func next() {
                guard results.count < count else {
                    client.close()
                    return answer(results)
                }
                client.send(HTTPRequest(method: method, target: "/", body: body), bodyLimit: 1000) { result in
                    results.append(result)
                    next()
                }
            }
            next()
        }
    }

    @Test func `requests are answered by a server, one behind the other, on one connection`() async throws {
        try await withServer { server in
            server.on("/echo") { request in
                HTTPResponse(headers: ["X-Host": request.headers["Host"] ?? ""], body: request.body)
            }
        } _: { server, port in
            try await withClientLoop { loop in
                let url = try HTTPURL("http://127.0.0.1:\(port)")
                let bodies: [String] = await loop.ask { core, answer in
                    let client = HTTPClient(url, core: core)
                    var seen: [String] = []
                    func next() {
                        let request = HTTPRequest(method: .post, target: "/echo", body: Array("\(seen.count)".utf8))
                        client.send(request, bodyLimit: 100) { result in
                            if case .success(let response) = result {
                                seen.append("\(response.text) \(response.headers["X-Host"] ?? "")")
                            } else {
                                seen.append("\(result)")
                            }
                            if seen.count < 3 { return next() }
                            client.close()
                            answer(seen)
                        }
                    }
                    next()
                }
                #expect(bodies == (0..<3).map { "\($0) 127.0.0.1:\(port)" })
            }
        }
    }

    @Test func `a connection that the server keeps is used again`() async throws {
        let server = try RawServer { peer, _ in
            while !peer.receiveRequest().head.isEmpty { peer.send(Self.ok) }
        }
        try await withClientLoop { loop in
            #expect(await ask(4, server.port, on: loop).allSatisfy { $0.text == "ok" })
        }
        #expect(server.connections == 1)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=0\r\n\r\nok",
    ])
    func `a connection that cannot be trusted with another request is not used again`(answer: String) async throws {
        let server = try RawServer { peer, _ in
            while !peer.receiveRequest().head.isEmpty { peer.send(answer) }
        }
        try await withClientLoop { loop in
            for _ in 0..<2 {
                #expect(await ask(1, server.port, on: loop).allSatisfy { $0.text == "ok" })
            }
            let url = try HTTPURL("http://127.0.0.1:\(server.port)/")
            let client = await loop.call { LoopBound(HTTPClient(url, core: loop.core), to: loop) }
            var results: [String] = []
            for _ in 0..<2 {
                let text: String = await loop.ask { _, answer in
                    client.value.send(HTTPRequest(target: "/"), bodyLimit: 10) { answer($0.text) }
                }
                results.append(text)
                // What the connection's end needs is done in later turns.
                for _ in 0..<3 { await loop.call {} }
            }
            await loop.call { client.value.close() }
            #expect(results == ["ok", "ok"])
        }
        #expect(await eventually { server.connections == 4 })
    }

    @Test func `a GET whose kept connection ends without a word is sent once more, and a POST is not`() async throws {
        for method in [HTTPMethod.get, .post] {
            let requests = Shared(0)
            let server = try RawServer { peer, number in
                // The first connection answers once, and takes the next request without a word.
                _ = peer.receiveRequest()
                requests.change { $0 += 1 }
                peer.send(Self.ok)
                if number == 0 {
                    if !peer.receiveRequest().head.isEmpty { requests.change { $0 += 1 } }
                } else {
                    _ = peer.receive()
                }
            }
            try await withClientLoop { loop in
                let results = await ask(2, server.port, method: method, on: loop)
                #expect(results[0].text == "ok")
                if method == .get {
                    #expect(results[1].text == "ok")
                } else {
                    #expect(results[1].networkCode == .connectionLost)
                }
            }
            #expect(requests.value == (method == .get ? 3 : 2))
            #expect(server.connections == (method == .get ? 2 : 1))
        }
    }

    @Test func `a GET on a new connection is not sent again`() async throws {
        let server = try RawServer { peer, _ in _ = peer.receiveRequest() }
        try await withClientLoop { loop in
            #expect(await ask(1, server.port, on: loop)[0].networkCode == .connectionLost)
        }
        #expect(server.connections == 1)
    }

    @Test(arguments: [
        ("SSH-2.0-OpenSSH_9.6\r\n", HTTPError.invalidStatusLine),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", .bodyTooLarge),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", .bodyTooLarge),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", .invalidChunk),
        ("HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 20_000), .headersTooLarge),
        ("HTTP/1.1 " + String(repeating: "x", count: 20_000), .requestLineTooLong),
        (String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 17), .tooManyInformationalResponses),
    ])
    func `rubbish is the server's fault, and ends the connection`(answer: String, fault: HTTPError) async throws {
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send(answer)
            _ = peer.receive()
        }
        try await withClientLoop { loop in
            #expect(await ask(1, server.port, on: loop)[0].fault == fault)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ])
    func `a response that is cut anywhere is an error, and nothing hangs`(answer: String) async throws {
        let bytes = Array(answer.utf8)
        let server = try RawServer { peer, number in
            _ = peer.receiveRequest()
            peer.send(Array(bytes.prefix(number)))
        }
        try await withClientLoop { loop in
            for cut in 0..<bytes.count {
                let result = await ask(1, server.port, on: loop)[0]
                #expect(cut == 0 ? result.networkCode == .connectionLost : result.fault == .prematureEnd, "\(cut)")
            }
            #expect(await ask(1, server.port, on: loop)[0].text == "hello")
        }
    }

    @Test func `a body that ends with the connection is whole`() async throws {
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send("HTTP/1.1 200 OK\r\n\r\nall of it")
        }
        try await withClientLoop { loop in
            #expect(await loop.text("http://127.0.0.1:\(server.port)/") == "all of it")
        }
    }

    /// The processor's time, in nanoseconds, that a body of so many pieces takes to be put together.
    private static func time(pieces: Int) async -> UInt64 {
        let group = EventLoopGroup(loops: 1)
        let piece = [UInt8](repeating: 7, count: 1024)
        let time: UInt64 = await group.loops[0].call {
            var ends: [CInt] = [0, 0]
            socketPair(&ends)
            defer { close(ends[1]) }
            guard let connection = TCPConnection.adopt(ends[0], core: group.loops[0].core) else { return 0 }
            let http = HTTPClientConnection(connection, idleTime: .zero)
            var received = 0
            http.send(HTTPRequest(target: "/", headers: ["Host": "x"]), bodyLimit: .max) { result in
                if case .success(let response) = result { received = response.body.count }
            }
            func feed(_ bytes: [UInt8]) {
                var bytes = bytes
                var span = bytes.mutableSpan
                var window = span.mutableBytes
                _ = http.received(&window)
            }
            feed(Array("HTTP/1.1 200 OK\r\nContent-Length: \(pieces * piece.count)\r\n\r\n".utf8))
            let before = processorTime()
            for _ in 0..<pieces { feed(piece) }
            let time = processorTime() - before
            #expect(received == pieces * piece.count)
            connection.abort()
            return time
        }
        await group.shutdown()
        return time
    }

    /// The time that this thread was at work.
    private static func processorTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    @Test func `a body eight times as long takes eight times as long, and not sixty-four times`() async {
        // Small pieces: what each takes by itself outweighs what the system takes for fresh memory, which nobody can foresee.
        for _ in 0..<3 {
            let short = await Self.time(pieces: 512)
            if await Self.time(pieces: 4096) < 32 * short { return }
        }
        Issue.record("more than thirty-two times as long, three times")
    }

    @Test func `a connection that went over to another protocol is not used for another request`() async throws {
        let server = try RawServer { peer, number in
            _ = peer.receiveRequest()
            peer.send(number == 0 ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" : Self.ok)
            _ = peer.receive()
        }
        try await withClientLoop { loop in
            let results = await ask(2, server.port, method: .post, on: loop)
            #expect(results.map { (try? $0.get().status.code) ?? 0 } == [101, 200])
        }
        #expect(server.connections == 2)
    }

    @Test func `a server that never answers, or never ends its answer, is left in time`() async throws {
        for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"] {
            let server = try RawServer { peer, _ in
                _ = peer.receiveRequest()
                peer.send(answer)
                _ = peer.receive()
            }
            try await withClientLoop { loop in
                let result = await loop.get("http://127.0.0.1:\(server.port)/", timeout: .milliseconds(50))
                #expect(result.networkCode == .timedOut)
            }
        }
    }

    @Test func `a request that is aborted says nothing, and its connection ends`() async throws {
        let ended = Shared(false)
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            let isEnded = peer.isEnded()
            ended.change { $0 = isEnded }
        }
        try await withClientLoop { loop in
            let calls = Shared(0)
            let url = try HTTPURL("http://127.0.0.1:\(server.port)/")
            let task = await loop.call {
                let client = HTTPClient(url, core: loop.core)
                let task = client.send(HTTPRequest(target: "/"), bodyLimit: 10) { _ in calls.change { $0 += 1 } }
                return LoopBound(task, to: loop)
            }
            #expect(await eventually { server.connections == 1 })
            await loop.call { task.value?.abort() }
            #expect(await eventually { ended.value })
            #expect(calls.value == 0)
        }
    }

    @Test func `a connection that is kept goes when its time is over, or when the server ends it`() async throws {
        let server = try RawServer { peer, number in
            _ = peer.receiveRequest()
            peer.send(Self.ok)
            // The first one waits for the client's end.
            if number == 0 { _ = peer.receive() }
        }
        try await withClientLoop { loop in
            let url = try HTTPURL("http://127.0.0.1:\(server.port)/")
            let client = await loop.call {
                var options = HTTPClient.Options()
                options.idleTime = .milliseconds(20)
                return LoopBound(HTTPClient(url, options: options, core: loop.core), to: loop)
            }
            for _ in 0..<2 {
                let text: String = await loop.ask { _, answer in
                    client.value.send(HTTPRequest(target: "/"), bodyLimit: 10) { answer($0.text) }
                }
                #expect(text == "ok")
                #expect(await eventually { await loop.call { loop.core.guestHandles == 0 } })
            }
            await loop.call { client.value.close() }
        }
    }

    @Test func `TLS is spoken where the address asks, and whoever cannot be trusted is not`() async throws {
        let fixture = try TLSFixture()
        try await withTLSServer(TLSContext(fixture.configuration)) { server in
            server.on("/secure") { .text($0.isSecure ? "yes" : "no") }
        } _: { _, secure, plain in
            try await withClientLoop { loop in
                var options = HTTPClient.Options()
                options.connect.tls = try TLSClientContext(fixture.client)
                for host in ["localhost", "127.0.0.1", "localhost."] {
                    let url = "https://\(host):\(secure)/secure"
                    #expect(await loop.text(url, options) == "yes", "\(host)")
                }
                #expect(await loop.text("http://localhost:\(plain)/secure", options) == "no")
                // Not this name's certificate; nobody's root; not TLS at all.
                let strangers = [
                    await loop.get("https://other.localhost:\(secure)/secure", options),
                    await loop.get("https://localhost:\(secure)/secure"),
                ]
                for result in strangers {
                    #expect(result.networkCode == .tlsFailed)
                    guard case .network(let error)? = result.failure else { continue }
                    #expect(error.tls?.code == .untrustedPeer)
                }
                #expect(await loop.get("https://localhost:\(plain)/secure", options).networkCode == .tlsFailed)
            }
        }
    }

    @Test func `a TLS handshake that does not go on ends in time`() async throws {
        let server = try RawServer { peer, _ in _ = peer.receive() }
        try await withClientLoop { loop in
            var tls = TLSClientConfiguration()
            tls.handshakeTimeout = .milliseconds(50)
            var options = HTTPClient.Options()
            options.connect.tls = try TLSClientContext(tls)
            #expect(await loop.get("https://127.0.0.1:\(server.port)/", options).networkCode == .timedOut)
        }
    }

    @Test func `settings that leave nothing to offer are an error, and no end of the process`() async throws {
        let server = try RawServer { peer, _ in _ = peer.receive() }
        try await withClientLoop { loop in
            var tls = TLSClientConfiguration()
            tls.minimumVersion = .tls13
            let context = try TLSClientContext(tls)
            // As a system's policy may have it: OpenSSL refuses at the first message.
            #expect(context.takeCiphersOfTLS13())
            var options = HTTPClient.Options()
            options.connect.tls = context
            let result = await loop.get("https://127.0.0.1:\(server.port)/", options)
            #expect(result.networkCode == .tlsFailed)
            guard case .network(let error)? = result.failure else { return }
            #expect(error.tls?.code == .failed)
        }
    }
}
