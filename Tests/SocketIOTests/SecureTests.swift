import EngineIO
import SIOBytes
import SIONet
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct SecureTests {
    /// What a client reads when it opens a session by polling, over TLS.
    private static func open(_ port: Int, _ client: TLSClientContext) throws -> String {
        let raw = try RawClient(port: port)
        let session = try #require(TLSSession(client, host: "localhost"))
        let request = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        var room = [UInt8](repeating: 0, count: 65536)
        var text: [UInt8] = []
        var ciphertext: [UInt8] = []
        var isOver = false
        while !isOver {
            var offset = 0
            while true {
                var elements = room.mutableSpan
                var plaintext = elements.mutableBytes
                guard let step = try session.next(in: ciphertext.span.bytes, from: offset, into: &plaintext) else {
                    break
                }
                offset = step.end
                switch step.event {
                case .established: try session.encrypt(Array(request.utf8).span.bytes)
                case .plaintext(let count): text += room[..<count]
                case .end: isOver = true
                }
            }
            raw.send(session.outgoing.take())
            if !isOver { ciphertext = raw.receiveSome() }
            if ciphertext.isEmpty { break }
        }
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `a server listens with TLS and without, and its handshakes tell which`() async throws {
        let authority = try TestAuthority()
        let (server, device) = (try authority.issue("server", names: ["DNS:localhost"]), try authority.issue("device"))
        var configuration = TLSConfiguration(certificateChain: .pem(server.chain), privateKey: .pem(server.key))
        configuration.clientCertificates = .request(.certificates(.pem(authority.root)))
        let context = try TLSContext(configuration)
        var client = TLSClientConfiguration()
        client.trustRoots = .certificates(.pem(authority.root))
        client.identity = TLSIdentity(certificateChain: .pem(device.chain), privateKey: .pem(device.key))
        let trusting = try TLSClientContext(client)
        let origins = Mailbox<SessionOrigin>()
        let answers = Mailbox<String?>()
        try await TestServer.run { server in
            server.io.engine.onSession { origins.push($0.origin) }
            let addresses = try await server.io.listen(host: "127.0.0.1", port: 0, tls: context)
            let port = try #require(addresses.last?.port)
            startThread { answers.push(try? Self.open(port, trusting)) }
            let origin = try await origins.next()
            let handshake = Handshake(origin: origin, auth: nil, issued: .now)
            #expect(handshake.secure && handshake.peerCertificate?.subject == "CN=device")
            #expect(handshake.peerCertificate?.der == device.der)
            #expect(try await answers.next()?.contains("\r\n\r\n0{\"sid\":\"") == true)
        }
    }
}
