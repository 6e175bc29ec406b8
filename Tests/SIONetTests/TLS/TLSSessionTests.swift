import COpenSSL
import SIOBytes
import SIOHTTP
import TestSupport
import Testing

@testable import SIONet

@Suite struct TLSSessionTests {
    private let fixture: TLSFixture

    init() throws {
        fixture = try TLSFixture()
    }

    private func established() throws -> TLSPair {
        let pair = try fixture.pair()
        pair.exchange()
        try #require(pair.isEstablished)
        return pair
    }

    // MARK: The handshake

    @Test(arguments: [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")])
    func `both sides agree, and bytes go both ways`(version: CInt, name: String) throws {
        let pair = try fixture.pair()
        pair.client.session.setVersions(oldest: version, newest: version)
        pair.exchange()
        #expect(pair.isEstablished)
        #expect(pair.server.session.version == name && pair.client.session.version == name)
        #expect(pair.server.session.applicationProtocol == "http/1.1")
        #expect(pair.client.session.applicationProtocol == "http/1.1")
        try pair.client.encrypt(Array("question".utf8))
        pair.exchange()
        #expect(pair.server.plaintext == Array("question".utf8))
        try pair.server.encrypt(Array("answer".utf8))
        pair.exchange()
        #expect(pair.client.plaintext == Array("answer".utf8))
        #expect(pair.server.session.peerCertificate == nil)
        #expect(pair.client.session.peerCertificate?.subject == "CN=server")
        #expect(pair.client.session.peerCertificate?.der == fixture.identity.der)
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `a handshake may be cut anywhere`(version: CInt) throws {
        let server = try TLSContext(fixture.configuration)
        let client = try TLSClientContext(fixture.client)
        var longest = 0
        var place = 0
        repeat {
            let pair = try TLSPair(server, client)
            pair.client.session.setVersions(oldest: version, newest: version)
            pair.exchange { bytes in
                longest = max(longest, bytes.count)
                return place < bytes.count ? [Array(bytes[..<place]), Array(bytes[place...])] : [bytes]
            }
            try #require(pair.isEstablished, "cut at \(place)")
            place += 1
        } while place < longest
        #expect(longest > 400)
        let pair = try TLSPair(server, client)
        pair.exchange { $0.map { [$0] } }
        #expect(pair.isEstablished)
    }

    @Test func `half a handshake is waited for, wherever it ends`() throws {
        let whole = try fixture.pair()
        whole.client.receive([])
        let hello = whole.client.send()
        let context = try TLSContext(fixture.configuration)
        for count in 0..<hello.count {
            let server = TLSPeer(try #require(TLSSession(context)))
            server.receive(Array(hello[..<count]))
            #expect(server.established == 0 && server.failure == nil && server.session.outgoing.isEmpty)
        }
        #expect(context.completedHandshakes == 0 && context.failedHandshakes == 0)
    }

    static let garbage: [[UInt8]] = [
        Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [UInt8](repeating: 0, count: 600),
        [UInt8](repeating: 0xFF, count: 600), [22, 3, 1, 0, 4, 1, 0, 0, 0],
        // A record that is too long, an alert, and application data in front of everything.
        [22, 3, 1, 0xFF, 0xFF] + [UInt8](repeating: 1, count: 70_000), [21, 3, 3, 0, 2, 2, 40],
        [23, 3, 3, 0, 5, 1, 2, 3, 4, 5],
    ]

    @Test(arguments: garbage)
    func `what is no handshake ends the session`(bytes: [UInt8]) throws {
        let context = try TLSContext(fixture.configuration)
        for parts in [[bytes], bytes.prefix(700).map { [$0] }] {
            let failed = context.failedHandshakes
            let server = TLSPeer(try #require(TLSSession(context)))
            for part in parts { server.receive(part) }
            #expect(server.failure != nil && server.established == 0)
            #expect(context.failedHandshakes == failed + 1)
            // It stays so.
            server.receive([1, 2, 3])
            #expect(server.failure == server.session.failure)
            #expect(context.failedHandshakes == failed + 1)
        }
    }

    @Test func `a handshake with any byte changed does no harm`() throws {
        let pair = try fixture.pair()
        pair.client.receive([])
        let hello = pair.client.send()
        let context = try TLSContext(fixture.configuration)
        for place in hello.indices {
            for change: UInt8 in [1, 0x80, 0xFF] {
                var bytes = hello
                bytes[place] ^= change
                let server = TLSPeer(try #require(TLSSession(context)))
                server.receive(bytes)
                #expect(server.established == 0)
            }
        }
    }

    @Test func `TLS 1_1 is refused with an alert, and 1_2 where 1_3 is wanted`() throws {
        var fixture = fixture
        let old = try fixture.pair()
        old.client.session.setVersions(oldest: TLS1_1_VERSION, newest: TLS1_1_VERSION)
        old.exchange()
        #expect(old.server.failure?.code == .failed && old.client.failure?.code == .refused)
        fixture.configuration.minimumVersion = .tls13
        let newer = try fixture.pair()
        newer.client.session.setVersions(oldest: TLS1_2_VERSION, newest: TLS1_2_VERSION)
        newer.exchange()
        #expect(newer.server.failure?.code == .failed && newer.client.failure?.code == .refused)
        #expect(newer.client.failure?.description.contains("protocol version") == true)
    }

    @Test func `what a handshake has this side say is limited`() throws {
        let server = try TLSContext(fixture.configuration)
        let client = try TLSClientContext(fixture.client)
        let measured = try TLSPair(server, client)
        measured.client.receive([])
        let hello = measured.client.send()
        measured.server.receive(hello)
        let limit = measured.server.session.outgoing.count
        // A signature's length differs by a byte or two from handshake to handshake.
        var seen: Set<Int> = []
        for attempt in 0..<300 where !seen.isSuperset(of: [0, 1]) {
            let limit = limit - attempt % 2
            let peer = TLSPeer(try #require(TLSSession(server, outgoingLimit: limit)))
            peer.receive(hello)
            let excess = peer.session.outgoing.count - limit
            seen.insert(excess)
            #expect((peer.failure?.code == .tooManyAnswers) == (excess > 0))
        }
        #expect(seen.isSuperset(of: [0, 1]))
    }

    // MARK: Application protocols

    static let protocols: [(server: [String], client: [String], agreed: String?, isRefused: Bool)] = [
        (["http/1.1"], ["h2", "http/1.1"], "http/1.1", false),
        (["a", "b"], ["b", "a"], "a", false),
        (["http/1.1"], [], nil, false),
        ([], ["h2"], nil, false),
        (["http/1.1"], ["h2"], nil, true),
        (["http/1.1"], ["http/1.", "http/1.11", "ttp/1.1"], nil, true),
    ]

    @Test(arguments: protocols)
    func `the server's best protocol wins, and without a common one there is no connection`(
        server: [String], client: [String], agreed: String?, isRefused: Bool
    ) throws {
        var fixture = fixture
        fixture.configuration.applicationProtocols = server
        fixture.client.applicationProtocols = client
        let pair = try fixture.pair()
        pair.exchange()
        #expect(pair.isEstablished == !isRefused)
        #expect(pair.server.session.applicationProtocol == agreed)
        #expect(pair.client.session.applicationProtocol == agreed)
        if isRefused { #expect(pair.client.failure?.description.contains("application protocol") == true) }
    }

    // MARK: Bytes

    @Test func `bytes arrive whole, however the ciphertext is cut`() throws {
        let pair = try established()
        var message = [UInt8](repeating: 0, count: 300)
        for place in message.indices { message[place] = UInt8(truncatingIfNeeded: place) }
        var place = 0
        var longest = 1
        while place < longest {
            pair.server.plaintext = []
            try pair.client.encrypt(Array(message[..<100]))
            try pair.client.encrypt([])
            try pair.client.encrypt(Array(message[100...]))
            let ciphertext = pair.client.send()
            longest = ciphertext.count
            pair.server.receive(Array(ciphertext[..<place]))
            pair.server.receive(Array(ciphertext[place...]))
            try #require(pair.server.plaintext == message, "cut at \(place)")
            place += 1
        }
        pair.server.plaintext = []
        try pair.client.encrypt(message)
        for byte in pair.client.send() { pair.server.receive([byte]) }
        #expect(pair.server.plaintext == message && pair.server.failure == nil)
    }

    @Test(arguments: [1, 1000, 16384, 65536])
    func `a step makes no more plaintext than there is room for`(room: Int) throws {
        let pair = try established()
        let message = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try pair.client.encrypt(message)
        pair.server.room = room
        pair.server.receive(pair.client.send())
        #expect(pair.server.plaintext == message)
        #expect(pair.server.longestStep == room)
    }

    @Test func `small records come together`() throws {
        let pair = try established()
        for _ in 0..<100 { try pair.client.encrypt([1, 2, 3]) }
        pair.server.receive(pair.client.send())
        #expect(pair.server.longestStep == 300)
    }

    @Test func `what stands in front of a record that was changed is the peer's word still`() throws {
        let pair = try established()
        try pair.client.encrypt([1, 2, 3])
        let good = pair.client.send()
        try pair.client.encrypt([4, 5, 6])
        var bad = pair.client.send()
        bad[bad.count - 1] ^= 1
        pair.server.receive(good + bad)
        #expect(pair.server.plaintext == [1, 2, 3])
        #expect(pair.server.failure?.code == .failed)
        // The client is told.
        pair.client.receive(pair.server.send())
        #expect(pair.client.failure?.code == .refused)
        #expect(pair.client.failure?.description.contains("bad record mac") == true)
    }

    @Test func `key updates are answered, and a peer that reads none of the answers is not answered forever`() throws {
        let pair = try established()
        SSL_key_update(pair.client.session.ssl, SSL_KEY_UPDATE_REQUESTED)
        try pair.client.encrypt([1])
        pair.exchange()
        #expect(pair.server.plaintext == [1] && pair.server.failure == nil)
        try pair.server.encrypt([2])
        pair.exchange()
        #expect(pair.client.plaintext == [2])
        var rounds = 0
        while pair.server.failure == nil, rounds < 100_000 {
            SSL_key_update(pair.client.session.ssl, SSL_KEY_UPDATE_REQUESTED)
            try pair.client.encrypt([3])
            pair.server.receive(pair.client.send())
            rounds += 1
        }
        #expect(pair.server.failure?.code == .tooManyAnswers)
        #expect(pair.server.session.outgoing.count < TLSSession.outgoingLimit + 100)
    }

    // MARK: Resumption

    @Test func `a session is resumed with a ticket, until the server reloads`() throws {
        var fixture = fixture
        fixture.configuration.clientCertificates = .require(fixture.roots)
        fixture.client.identity = TLSIdentity(try fixture.authority.issue("device"))
        let server = try TLSContext(fixture.configuration)
        let client = try TLSClientContext(fixture.client)
        let first = try TLSPair(server, client)
        first.exchange()
        #expect(!first.server.session.isResumed)
        let ticket = try #require(SSL_get1_session(first.client.session.ssl))
        defer { SSL_SESSION_free(ticket) }
        for isResumed in [true, false] {
            let next = try TLSPair(server, client)
            SSL_set_session(next.client.session.ssl, ticket)
            next.exchange()
            #expect(next.isEstablished && next.server.session.isResumed == isResumed)
            #expect(next.server.session.peerCertificate?.subject == "CN=device")
            try server.reload()
        }
    }

    // MARK: The end

    @Test func `an end is told once, behind the bytes in front of it, and the other direction stays`() throws {
        let pair = try established()
        try pair.client.encrypt([1, 2])
        pair.client.session.close()
        pair.client.session.close()
        pair.server.receive(pair.client.send() + [9, 9, 9])
        pair.server.receive([7])
        #expect(pair.server.plaintext == [1, 2] && pair.server.ends == 1 && pair.server.failure == nil)
        try pair.server.encrypt([3, 4])
        pair.server.session.close()
        pair.client.receive(pair.server.send())
        #expect(pair.client.plaintext == [3, 4] && pair.client.ends == 1 && pair.client.failure == nil)
    }

    @Test func `nothing is said at the end of what never began, or failed`() throws {
        let fresh = try fixture.pair()
        fresh.server.session.close()
        #expect(fresh.server.session.outgoing.count == 0)
        let pair = try established()
        pair.server.session.abandon(TLSError(.truncated, "no more"))
        pair.server.session.abandon(TLSError(.timedOut, "the first reason counts"))
        pair.server.session.close()
        #expect(pair.server.session.outgoing.isEmpty && pair.server.session.failure?.code == .truncated)
    }
}
