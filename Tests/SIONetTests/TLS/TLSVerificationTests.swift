import SIOBytes
import SIOHTTP
import TestSupport
import Testing

@testable import SIONet

/// Who shows what, and who believes it.
@Suite struct TLSVerificationTests {
    private let fixture: TLSFixture

    init() throws {
        fixture = try TLSFixture()
    }

    // MARK: Servers

    static let hosts = [
        ("localhost", true), ("LOCALHOST", true), ("127.0.0.1", true), ("127.0.0.2", false), ("::1", false),
        ("example.org", false), ("xlocalhost", false), ("localhost.example.org", false),
    ]

    @Test(arguments: hosts)
    func `a server is believed to be the host that its certificate names`(host: String, isRight: Bool) throws {
        let pair = try fixture.pair(host: host)
        pair.exchange()
        #expect(pair.isEstablished == isRight)
        guard !isRight else { return }
        #expect(pair.client.failure?.code == .untrustedPeer)
        #expect(pair.client.failure?.description.contains("mismatch") == true)
        #expect(pair.server.failure?.code == .refused)
    }

    @Test(arguments: ["", "a\0b"])
    func `a host whose name is none has no session`(host: String) throws {
        #expect(TLSSession(try TLSClientContext(fixture.client), host: host) == nil)
    }

    @Test(arguments: [(-9 ... -2, "expired"), (2...9, "not yet valid")])
    func `a certificate is believed in its time`(days: ClosedRange<Int>, reason: String) throws {
        var fixture = fixture
        fixture.configuration.identity = TLSIdentity(
            try fixture.authority.issue("server", names: ["DNS:localhost"], days: days))
        let pair = try fixture.pair()
        pair.exchange()
        #expect(pair.client.failure?.code == .untrustedPeer)
        #expect(pair.client.failure?.description.contains(reason) == true)
        #expect(pair.server.failure?.code == .refused)
    }

    @Test func `only a chain to a trusted root is believed, unless nothing is verified`() throws {
        var fixture = fixture
        fixture.client.trustRoots = .certificates(.pem(try TestAuthority("another root").root))
        let stranger = try fixture.pair()
        stranger.exchange()
        #expect(stranger.client.failure?.code == .untrustedPeer && stranger.server.failure?.code == .refused)
        fixture.client.trustRoots = .system
        let unknown = try fixture.pair()
        unknown.exchange()
        #expect(unknown.client.failure?.code == .untrustedPeer)
        fixture.client.verification = .none
        let anybody = try fixture.pair(host: "elsewhere.example")
        anybody.exchange()
        #expect(anybody.isEstablished)
    }

    @Test func `what stands between the certificate and the root is shown, or missed`() throws {
        var fixture = fixture
        let middle = try fixture.authority.intermediate("first").intermediate("second")
        let leaf = try middle.issue("server", names: ["DNS:localhost"])
        fixture.configuration.identity = TLSIdentity(leaf)
        let whole = try fixture.pair()
        whole.exchange()
        #expect(whole.isEstablished)
        fixture.configuration.identity.certificateChain = .pem(leaf.certificate)
        let cut = try fixture.pair()
        cut.exchange()
        #expect(cut.client.failure?.code == .untrustedPeer)
        // Whatever a client is told to trust is enough.
        fixture.client.trustRoots = .certificates(.pem(leaf.certificate))
        let direct = try fixture.pair()
        direct.exchange()
        #expect(direct.isEstablished)
    }

    @Test func `a pinned key has to be in the chain`() throws {
        var fixture = fixture
        let other = try fixture.authority.issue("other")
        let middle = try fixture.authority.intermediate("middle")
        let leaf = try middle.issue("server", names: ["DNS:localhost"])
        fixture.configuration.identity = TLSIdentity(leaf)
        for (pins, isRight) in [
            ([leaf.keyDigest], true), ([other.keyDigest, leaf.keyDigest], true), ([other.keyDigest], false),
            ([Array(leaf.keyDigest.dropLast())], false), ([], true),
        ] {
            fixture.client.pinnedKeys = Set(pins)
            let pair = try fixture.pair()
            pair.exchange()
            #expect(pair.isEstablished == isRight)
            #expect((pair.client.failure?.code == .untrustedPeer) == !isRight)
        }
        // A right key does not make up for a wrong name.
        fixture.client.pinnedKeys = [leaf.keyDigest]
        let misnamed = try fixture.pair(host: "example.org")
        misnamed.exchange()
        #expect(misnamed.client.failure?.code == .untrustedPeer)
    }

    // MARK: Names

    static let names = [
        ("localhost", "default"), ("chat.example.org", "exact"), ("CHAT.Example.ORG", "exact"),
        ("other.example.org", "wildcard"), ("a.b.example.org", "default"), ("example.org", "default"),
        ("xexample.org", "default"), ("127.0.0.1", "default"),
    ]

    @Test(arguments: names)
    func `the name that is asked for chooses the certificate`(host: String, expected: String) throws {
        var fixture = fixture
        fixture.client.verification = .none
        fixture.configuration.identity = TLSIdentity(try fixture.authority.issue("default"))
        fixture.configuration.identities["Chat.example.org"] = TLSIdentity(try fixture.authority.issue("exact"))
        fixture.configuration.identities["*.example.org"] = TLSIdentity(try fixture.authority.issue("wildcard"))
        let pair = try fixture.pair(host: host)
        pair.exchange()
        #expect(pair.client.session.peerCertificate?.subject == "CN=\(expected)")
        #expect(pair.server.session.applicationProtocol == "http/1.1")
    }

    // MARK: Clients

    enum Shown: CaseIterable {
        case nothing
        case known
        case unknown
        case expired
    }

    @Test(arguments: [false, true], Shown.allCases)
    func `a client shows what it has, and the server believes what leads to its roots`(
        isRequired: Bool, shown: Shown
    ) throws {
        var fixture = fixture
        fixture.configuration.clientCertificates = isRequired ? .require(fixture.roots) : .request(fixture.roots)
        let identity: TestIdentity? =
            switch shown {
            case .nothing: nil
            case .known: try fixture.authority.issue("device 7, Grüße")
            case .unknown: try TestAuthority("another root").issue("device 8")
            case .expired: try fixture.authority.issue("device 9", days: -9 ... -2)
            }
        fixture.client.identity = identity.map { TLSIdentity($0) }
        let pair = try fixture.pair()
        pair.exchange()
        // Of a foreign certificate the client knows that nobody wants it, and it may keep it for itself.
        let isRefused = shown == .expired || shown != .known && isRequired || shown == .unknown
        #expect(pair.server.established == (isRefused ? 0 : 1))
        #expect(pair.server.failure.map { $0.code == .untrustedPeer } == (isRefused ? true : nil))
        #expect(pair.client.failure.map { $0.code == .refused } == (isRefused ? true : nil))
        let certificate = pair.server.session.peerCertificate
        #expect(certificate?.der == (shown == .known ? identity?.der : nil))
        #expect(certificate?.subject == (shown == .known ? "CN=device 7\\, Grüße" : nil))
    }

    @Test func `a client that is not asked shows nothing`() throws {
        var fixture = fixture
        fixture.client.identity = TLSIdentity(try fixture.authority.issue("device"))
        let pair = try fixture.pair()
        pair.exchange()
        #expect(pair.isEstablished && pair.server.session.peerCertificate == nil)
    }

    @Test func `another authority's certificate is asked for by any name`() throws {
        var fixture = fixture
        fixture.configuration.identities["chat.example.org"] = TLSIdentity(
            try fixture.authority.issue("chat", names: ["DNS:chat.example.org"]))
        fixture.configuration.clientCertificates = .require(fixture.roots)
        let nobody = try fixture.pair(host: "chat.example.org")
        nobody.exchange()
        #expect(nobody.server.failure?.code == .untrustedPeer)
        fixture.client.identity = TLSIdentity(try fixture.authority.issue("device"))
        let somebody = try fixture.pair(host: "chat.example.org")
        somebody.exchange()
        #expect(somebody.isEstablished && somebody.server.session.peerCertificate?.subject == "CN=device")
    }
}
