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
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
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
