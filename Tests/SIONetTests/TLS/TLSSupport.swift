import COpenSSL
import SIOBytes
import TestSupport

@testable import SIONet

extension TLSIdentity {
    init(_ identity: TestIdentity) {
        self.init(certificateChain: .pem(identity.chain), privateKey: .pem(identity.key))
    }
}

extension TLSClientContext {
    /// Leaves nothing to offer in TLS 1.3; false if OpenSSL does not do it.
    func takeCiphersOfTLS13() -> Bool { SSL_CTX_set_ciphersuites(material.context.pointer, "") == 1 }
}

/// What the tests of TLS have in common: an authority, and certificates for `localhost`.
struct TLSFixture: Sendable {
    let authority: TestAuthority
    let identity: TestIdentity
    var configuration: TLSConfiguration
    var client = TLSClientConfiguration()

    init() throws {
        authority = try TestAuthority()
        identity = try authority.issue("server", names: ["DNS:localhost", "IP:127.0.0.1"])
        configuration = TLSConfiguration(TLSIdentity(identity))
        client.trustRoots = .certificates(.pem(authority.root))
    }

    /// The roots to trust that a server asks of its clients.
    var roots: TLSTrustRoots { .certificates(.pem(authority.root)) }

    /// Both sides of a connection that does not exist.
    func pair(host: String = "localhost") throws -> TLSPair {
        try TLSPair(TLSContext(configuration), TLSClientContext(client), host: host)
    }
}

/// One side of a connection, and what it has seen.
final class TLSPeer {
    let session: TLSSession
    /// All decrypted bytes, which are not looked at in their pieces, because those depend on the cuts.
    var plaintext: [UInt8] = []
    var established = 0
    var ends = 0
    var failure: TLSError?
    /// The room for plaintext that each step has.
    var room = 4096
    var longestStep = 0

    init(_ session: TLSSession) {
        self.session = session
    }

    /// Takes ciphertext as a connection would.
    func receive(_ ciphertext: [UInt8]) {
        var room = [UInt8](repeating: 0, count: self.room)
        var offset = 0
        do throws(TLSError) {
            while true {
                var elements = room.mutableSpan
                var plaintext = elements.mutableBytes
                guard let step = try session.next(in: ciphertext.span.bytes, from: offset, into: &plaintext) else {
                    return
                }
                offset = step.end
                switch step.event {
                case .established: established += 1
                case .end: ends += 1
                case .plaintext(let count):
                    longestStep = max(longestStep, count)
                    self.plaintext += room[..<count]
                }
            }
        } catch {
            failure = error
        }
    }

    func encrypt(_ bytes: [UInt8]) throws {
        try session.encrypt(bytes.span.bytes)
    }

    /// What is to be sent, taken out.
    func send() -> [UInt8] { session.outgoing.take() }
}

/// A client and a server that are connected by nothing but the test.
struct TLSPair {
    let server: TLSPeer
    let client: TLSPeer

    init(_ server: TLSContext, _ client: TLSClientContext, host: String = "localhost") throws {
        guard let server = TLSSession(server), let client = TLSSession(client, host: host) else {
            throw TLSError(.failed, "no session")
        }
        self.server = TLSPeer(server)
        self.client = TLSPeer(client)
    }

    /// Carries what both have to say to and fro, until both are silent.
    ///
    /// - Parameter cut: Divides what is sent at once.
    func exchange(_ cut: ([UInt8]) -> [[UInt8]] = { [$0] }) {
        // The client speaks first.
        client.receive([])
        while true {
            let toServer = client.send()
            for part in toServer.isEmpty ? [] : cut(toServer) { server.receive(part) }
            let toClient = server.send()
            for part in toClient.isEmpty ? [] : cut(toClient) { client.receive(part) }
            if toServer.isEmpty && toClient.isEmpty { return }
        }
    }

    var isEstablished: Bool {
        server.established == 1 && client.established == 1 && server.failure == nil && client.failure == nil
    }
}

extension TLSSession {
    /// Speaks the versions in between only, the broken ones too.
    func setVersions(oldest: CInt, newest: CInt) {
        SSL_ctrl(ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, CLong(oldest), nil)
        SSL_ctrl(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, CLong(newest), nil)
        SSL_set_cipher_list(ssl, "ALL:@SECLEVEL=0")
    }
}
