import EngineIOProtocol
import Testing

@Suite struct EngineRequestTests {
    private typealias Verdict = EngineRequest.Verdict
    private let configuration = EngineConfiguration()

    private func verify(_ request: EngineRequest, session: EngineTransport? = nil) -> EngineRequest.Verdict {
        request.verify(session: session, allowing: configuration.transports)
    }

    @Test(arguments: ["abc", "__proto__", "constructor", "webtransport", "Polling", "", nil])
    func `1 – an unknown transport is refused before all else`(transport: String?) {
        let request = EngineRequest(method: "PUT", transport: transport, sid: "zzz", eio: "3", origin: "\n")
        #expect(verify(request) == .refuse(EngineError(.transportUnknown, .transport(transport))))
        let upgrade = EngineRequest(method: "GET", isUpgrade: true, transport: transport)
        #expect(verify(upgrade) == .refuse(EngineError(.transportUnknown, .transport(transport))))
    }

    @Test func `1 – a transport that the server does not offer is unknown`() {
        var configuration = EngineConfiguration()
        configuration.transports = [.polling]
        let request = EngineRequest(method: "GET", isUpgrade: true, transport: "websocket")
        #expect(
            request.verify(session: nil, allowing: configuration.transports)
                == .refuse(EngineError(.transportUnknown, .transport("websocket"))))
    }

    @Test(arguments: ["http://a\u{1}", "a\nb", "\u{7F}"])
    func `2 – an origin with characters that no header has is refused before the session is looked up`(origin: String) {
        let request = EngineRequest(method: "GET", transport: "polling", sid: "zzz", origin: origin)
        #expect(verify(request) == .refuse(EngineError(.badRequest, .invalidOrigin(origin))))
    }

    @Test func `3 – an unknown session is refused`() {
        let request = EngineRequest(method: "PUT", transport: "polling", sid: "zzz")
        #expect(verify(request) == .refuse(EngineError(.sessionUnknown, .sid("zzz"))))
        let upgrade = EngineRequest(method: "GET", isUpgrade: true, transport: "websocket", sid: "__proto__")
        #expect(verify(upgrade) == .refuse(EngineError(.sessionUnknown, .sid("__proto__"))))
    }

    @Test func `3 – a request on another transport than the session's is refused, unless it is an upgrade`() {
        let poll = EngineRequest(method: "GET", transport: "polling", sid: "S")
        #expect(
            verify(poll, session: .websocket)
                == .refuse(EngineError(.badRequest, .transportMismatch(transport: .polling, previous: .websocket))))
        let plain = EngineRequest(method: "GET", transport: "websocket", sid: "S")
        #expect(
            verify(plain, session: .polling)
                == .refuse(EngineError(.badRequest, .transportMismatch(transport: .websocket, previous: .polling))))
        let upgrade = EngineRequest(method: "GET", isUpgrade: true, transport: "websocket", sid: "S")
        #expect(verify(upgrade, session: .polling) == .upgrade)
        #expect(verify(upgrade, session: .websocket) == .upgrade)
    }

    @Test(arguments: [
        ("GET", Verdict.poll), ("POST", .post), ("PUT", .unsupportedMethod), ("OPTIONS", .unsupportedMethod),
        ("get", .unsupportedMethod),
    ])
    func `3 – the method decides what an existing session gets`(method: String, verdict: EngineRequest.Verdict) {
        #expect(verify(EngineRequest(method: method, transport: "polling", sid: "S"), session: .polling) == verdict)
    }

    @Test func `3 – a plain request for a session on a WebSocket is refused, whatever it says`() {
        let plain = EngineRequest(method: "GET", transport: "websocket", sid: "S")
        #expect(verify(plain, session: .websocket) == .refuse(EngineError(.badRequest, .transportHandshakeError)))
        let upgrade = EngineRequest(method: "GET", isUpgrade: true, transport: "polling", sid: "S")
        #expect(verify(upgrade, session: .polling) == .refuse(EngineError(.badRequest, .transportHandshakeError)))
    }

    @Test(arguments: ["POST", "PUT", "OPTIONS", "HEAD"])
    func `4 – a session opens with GET only`(method: String) {
        #expect(
            verify(EngineRequest(method: method, transport: "polling"))
                == .refuse(EngineError(.badHandshakeMethod, .method(method))))
    }

    @Test func `4 – a session on a WebSocket opens with an upgrade only, and one on polling without`() {
        let plain = EngineRequest(method: "GET", transport: "websocket")
        #expect(verify(plain) == .refuse(EngineError(.badRequest, .transportHandshakeError)))
        let upgrade = EngineRequest(method: "GET", isUpgrade: true, transport: "polling")
        #expect(verify(upgrade) == .refuse(EngineError(.badRequest, .transportHandshakeError)))
    }

    @Test func `a good request opens a session`() {
        #expect(
            verify(EngineRequest(method: "GET", transport: "polling", origin: "http://ä.example")) == .open(.polling))
        #expect(verify(EngineRequest(method: "GET", isUpgrade: true, transport: "websocket")) == .open(.websocket))
    }

    @Test(arguments: ["3", "99", "04", "4 ", "", nil])
    func `the version is checked behind all else`(eio: String?) {
        let request = EngineRequest(method: "GET", transport: "polling", eio: eio)
        #expect(verify(request) == .open(.polling))
        #expect(throws: EngineError(.unsupportedProtocolVersion, .protocolVersion(eio))) {
            try request.negotiate(configuration.protocolVersions)
        }
    }

    @Test func `the fourth version is spoken`() throws {
        let request = EngineRequest(method: "GET", transport: "polling", eio: "4")
        #expect(try request.negotiate(configuration.protocolVersions) == .v4)
    }

    @Test(arguments: ["3", "99", "04", "4 ", "", nil])
    func `whoever does not ask for the fourth version speaks the third, where that is allowed`(eio: String?) throws {
        let request = EngineRequest(method: "GET", transport: "polling", eio: eio)
        #expect(try request.negotiate([.v4, .v3]) == .v3)
        let other = EngineRequest(method: "GET", transport: "polling", eio: "4")
        #expect(try other.negotiate([.v4, .v3]) == .v4)
    }
}
