import Glibc
import SIOBytes
import SIOHTTP
import TestSupport
import Testing

@testable import SIONet

@Suite struct TLSContextTests {
    private let fixture: TLSFixture

    init() throws {
        fixture = try TLSFixture()
    }

    /// Runs the body with a directory that is gone afterwards.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/socketio-tls-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
        let made = try #require(mkdtemp(&template))
        let directory = String(cString: made)
        defer {
            for name in ["chain.pem", "key.pem"] { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }
        try body(directory)
    }

    private func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private func subject(_ context: TLSContext) throws -> String? {
        var client = fixture.client
        client.verification = .none
        let pair = try TLSPair(context, TLSClientContext(client))
        pair.exchange()
        return pair.client.session.peerCertificate?.subject
    }

    // MARK: What is wrong

    @Test func `what cannot be read is named, with the reason`() throws {
        let good = fixture.configuration.identity
        let other = TLSIdentity(try fixture.authority.issue("other"))
        let cut = TLSSource.pem(String(fixture.identity.chain.dropLast(60)))
        let cases: [(TLSIdentity, TLSError.Code, [String])] = [
            (
                TLSIdentity(certificateChain: .file("/nowhere/chain.pem"), privateKey: good.privateKey),
                .unreadableCertificate, ["/nowhere/chain.pem", "No such file or directory"]
            ),
            (
                TLSIdentity(certificateChain: good.certificateChain, privateKey: .file("/nowhere/key.pem")),
                .unreadableKey, ["/nowhere/key.pem", "No such file or directory"]
            ),
            (
                TLSIdentity(certificateChain: .file("/tmp"), privateKey: good.privateKey), .unreadableCertificate,
                ["/tmp", "Is a directory"]
            ),
            (
                TLSIdentity(certificateChain: .pem(""), privateKey: good.privateKey), .unreadableCertificate,
                ["0 bytes of PEM", "no certificate"]
            ),
            (
                TLSIdentity(certificateChain: good.privateKey, privateKey: good.privateKey), .unreadableCertificate,
                ["no certificate"]
            ),
            (TLSIdentity(certificateChain: cut, privateKey: good.privateKey), .unreadableCertificate, ["bad end line"]),
            (
                TLSIdentity(certificateChain: good.certificateChain, privateKey: .pem("no key")), .unreadableKey,
                ["No supported data to decode"]
            ),
            (
                TLSIdentity(certificateChain: good.certificateChain, privateKey: other.privateKey), .keyMismatch,
                ["mismatch"]
            ),
        ]
        for (identity, code, words) in cases {
            let error = #expect(throws: TLSError.self) { try TLSContext(TLSConfiguration(identity)) }
            #expect(error?.code == code)
            for word in words { #expect(error?.description.contains(word) == true, "\(error as Any)") }
        }
    }

    @Test func `settings that OpenSSL does not know are refused`() throws {
        var configuration = fixture.configuration
        configuration.tls12Ciphers = "NONE-OF-THESE"
        let refusal = #expect(throws: TLSError.self) { try TLSContext(configuration) }
        #expect(refusal?.code == .unusableSetting && refusal?.description.hasPrefix("tls12Ciphers: ") == true)
        configuration = fixture.configuration
        configuration.clientCertificates = .require(.certificates(.pem("nobody")))
        let error = #expect(throws: TLSError.self) { try TLSContext(configuration) }
        #expect(error?.code == .unreadableTrustRoots)
        configuration = fixture.configuration
        configuration.identities["a.example"] = TLSIdentity(certificateChain: .pem("x"), privateKey: .pem("y"))
        #expect(throws: TLSError.self) { try TLSContext(configuration) }
    }

    @Test func `a client's ciphers are refused where OpenSSL knows none of them`() throws {
        var client = fixture.client
        for ciphers in ["NONE-OF-THESE", "!ALL", "TLS_AES_128_GCM_SHA256"] {
            client.tls12Ciphers = ciphers
            let error = #expect(throws: TLSError.self, "\(ciphers)") { try TLSClientContext(client) }
            #expect(error?.code == .unusableSetting)
            #expect(error?.description.hasPrefix("tls12Ciphers: ") == true, "\(error as Any)")
        }
        client.tls12Ciphers = "NONE-OF-THESE:ECDHE-RSA-AES256-GCM-SHA384"
        #expect(throws: Never.self) { try TLSClientContext(client) }
    }

    @Test func `a key with a passphrase is read with it, and never asked for at the terminal`() throws {
        let pem = TLSSource.pem(try fixture.identity.encryptedKey("open sesame"))
        for (passphrase, isRight) in [
            ("open sesame", true), ("open", false), ("", false), (String(repeating: "x", count: 5000), false),
            (nil, false),
        ] {
            let identity = TLSIdentity(
                certificateChain: fixture.configuration.identity.certificateChain, privateKey: pem,
                passphrase: passphrase)
            do {
                _ = try TLSContext(TLSConfiguration(identity))
                #expect(isRight)
            } catch {
                #expect(!isRight && error.code == .unreadableKey)
            }
        }
    }

    // MARK: PKCS #12

    @Test(arguments: ["open sesame", "", "grüße"])
    func `certificate, chain and key may come out of one PKCS #12, on both ends`(passphrase: String) throws {
        let middle = try fixture.authority.intermediate("first").intermediate("second")
        let server = try middle.issue("server", names: ["DNS:localhost"])
        var fixture = fixture
        fixture.configuration.identity = TLSIdentity(
            pkcs12: .pkcs12(try server.pkcs12(passphrase)), passphrase: passphrase.isEmpty ? nil : passphrase)
        fixture.configuration.clientCertificates = .require(fixture.roots)
        try withDirectory { directory in
            let path = "\(directory)/key.pem"
            try write(fixture.authority.issue("alice").pkcs12(passphrase), to: path)
            fixture.client.identity = TLSIdentity(pkcs12: .file(path), passphrase: passphrase)
            let pair = try fixture.pair()
            pair.exchange()
            #expect(pair.isEstablished, "\(pair.client.failure as Any) \(pair.server.failure as Any)")
            #expect(pair.server.session.peerCertificate?.subject == "CN=alice")
        }
    }

    @Test func `a PKCS #12 that cannot be read is named, with the reason`() throws {
        let good = try fixture.identity.pkcs12("open sesame")
        let cases: [(TLSSource, String?, TLSError.Code, String)] = [
            (.file("/nowhere/id.p12"), nil, .unreadableCertificate, "/nowhere/id.p12: No such file or directory"),
            (.pkcs12([]), nil, .unreadableCertificate, "0 bytes of PKCS #12: no PKCS #12"),
            (.pkcs12(Array(good.dropLast(9))), "open sesame", .unreadableCertificate, "no PKCS #12"),
            (.pem(fixture.identity.chain), nil, .unreadableCertificate, "no PKCS #12"),
            (.pkcs12(good), "open", .unreadableKey, "mac verify failure"),
            (.pkcs12(good), "", .unreadableKey, "mac verify failure"),
            (.pkcs12(good), nil, .unreadableKey, "mac verify failure"),
            (.pkcs12(try fixture.identity.pkcs12("x", hasKey: false)), "x", .unreadableKey, "no key in it"),
        ]
        for (source, passphrase, code, words) in cases {
            let identity = TLSIdentity(pkcs12: source, passphrase: passphrase)
            var client = fixture.client
            client.identity = identity
            let errors = [
                #expect(throws: TLSError.self) { try TLSContext(TLSConfiguration(identity)) },
                #expect(throws: TLSError.self) { try TLSClientContext(client) },
            ]
            for error in errors {
                #expect(error?.code == code, "\(error as Any)")
                #expect(error?.description.contains(words) == true, "\(error as Any)")
            }
        }
    }

    // MARK: Reloading

    @Test func `new files are shown from the reload on, and what is wrong with them changes nothing`() throws {
        try withDirectory { directory in
            let (chain, key) = ("\(directory)/chain.pem", "\(directory)/key.pem")
            let first = try fixture.authority.issue("first")
            let second = try fixture.authority.issue("second")
            try write(first.chain, to: chain)
            try write(first.key, to: key)
            let context = try TLSContext(TLSConfiguration(certificateChain: .file(chain), privateKey: .file(key)))
            #expect(try subject(context) == "CN=first")
            let old = try TLSPair(context, TLSClientContext(fixture.client))
            // A reload in the middle: certificate and key do not fit.
            try write(second.chain, to: chain)
            #expect(try subject(context) == "CN=first")
            let error = #expect(throws: TLSError.self) { try context.reload() }
            #expect(error?.code == .keyMismatch && error?.description.contains(key) == true)
            #expect(try subject(context) == "CN=first")
            try write(second.key, to: key)
            try context.reload()
            #expect(try subject(context) == "CN=second")
            // What was there before keeps what it had.
            old.exchange()
            #expect(old.client.session.peerCertificate?.subject != "CN=second")
            #expect(context.completedHandshakes == 4)
        }
    }

    @Test func `another configuration may take over`() throws {
        let context = try TLSContext(fixture.configuration)
        var other = TLSConfiguration(TLSIdentity(try fixture.authority.issue("other", names: ["DNS:localhost"])))
        other.minimumVersion = .tls13
        try context.reload(other)
        #expect(try subject(context) == "CN=other")
        try context.reload()
        #expect(try subject(context) == "CN=other")
    }
}
