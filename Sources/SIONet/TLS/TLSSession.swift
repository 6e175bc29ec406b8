import COpenSSL
package import SIOBytes
package import SIOHTTP
import Synchronization

/// TLS on one connection, as a machine: ciphertext in, plaintext out, and the other way around.
///
/// It knows no socket and no clock. What the session has to say, in answer to what it was given or because something
/// is encrypted, gathers in ``outgoing``; an alert that goes with a failure, too.
package final class TLSSession {
    package enum Event: Equatable {
        /// The handshake is done: from now on plaintext comes, and may be encrypted.
        case established
        /// So many bytes of plaintext are there.
        case plaintext(Int)
        /// The peer will send nothing more, and says so (`close_notify`, RFC 8446 §6.1).
        case end
    }

    package struct Step: Equatable {
        package let event: Event
        /// Where in the ciphertext to go on.
        package let end: Int
    }

    /// The most bytes that may gather in ``outgoing`` while somebody else's ciphertext is read.
    ///
    /// A peer can have this side answer: with key updates (RFC 8446 §4.6.3), by its handshake. One that reads none of it
    /// ends here. One window of ciphertext may provoke more, in proportion to its length.
    package static let outgoingLimit = 256 * 1024

    /// What is to be sent to the peer.
    package var outgoing = ByteBuffer()
    package private(set) var isEstablished = false
    /// Why the session is over; nil as long as nothing is wrong.
    package private(set) var failure: TLSError?
    /// Whether ``close()`` was called, behind which nothing is encrypted.
    package private(set) var hasClosed = false

    let material: TLSMaterial
    let ssl: OpaquePointer
    private let outgoingLimit: Int
    private var isEnding = false
    private var hasEnded = false
    /// The ciphertext that OpenSSL reads, during a call, and how far it is.
    var incoming = UnsafeRawBufferPointer(start: nil, count: 0)
    var taken = 0
    private var knownCertificate: PeerCertificate??

    /// A server's side of a connection; nil if there is no memory.
    package convenience init?(_ context: TLSContext, outgoingLimit: Int = TLSSession.outgoingLimit) {
        self.init(context.material, outgoingLimit)
        SSL_set_accept_state(ssl)
    }

    /// A client's side of a connection; nil if there is no memory, or the host's name is none.
    ///
    /// The handshake begins with the first call of ``next(in:from:into:)``, to which no ciphertext is given.
    ///
    /// - Parameters:
    ///   - context: What the client shows and whom it trusts.
    ///   - host: Whom the server's certificate has to be made out to: a name or an IP address.
    ///   - outgoingLimit: The most bytes that may gather in ``outgoing`` while ciphertext is read.
    package convenience init?(_ context: TLSClientContext, host: String, outgoingLimit: Int = TLSSession.outgoingLimit)
    {
        self.init(context.material, outgoingLimit)
        SSL_set_connect_state(ssl)
        guard isMadeOut(to: host) else { return nil }
    }

    private init?(_ material: TLSMaterial, _ outgoingLimit: Int) {
        TLSError.clearReasons()
        guard let ssl = SSL_new(material.context.pointer) else { return nil }
        guard let bio = BIO_new(material.transport.pointer) else {
            SSL_free(ssl)
            return nil
        }
        self.material = material
        self.ssl = ssl
        self.outgoingLimit = outgoingLimit
        attach(bio)
    }

    deinit {
        SSL_free(ssl)
    }

    // MARK: Reading

    /// Decrypts, and goes on with the handshake.
    ///
    /// - Parameters:
    ///   - ciphertext: What the peer sent.
    ///   - start: Where in it to go on: the last step's end.
    ///   - plaintext: Where decrypted bytes go, from its front on.
    /// - Returns: Nil once all of the ciphertext is taken, and behind the peer's end.
    /// - Throws: The session is over; the peer is told by what is in ``outgoing``.
    package func next(
        in ciphertext: RawSpan, from start: Int, into plaintext: inout MutableRawSpan
    ) throws(TLSError) -> Step? {
        if let failure { throw failure }
        if hasEnded { return nil }
        if isEnding {
            hasEnded = true
            return Step(event: .end, end: start)
        }
        taken = start
        let event = ciphertext.withUnsafeBytes { bytes in
            incoming = bytes
            defer { incoming = UnsafeRawBufferPointer(start: nil, count: 0) }
            return isEstablished ? plaintext.withUnsafeMutableBytes { read(into: $0) } : shakeHands()
        }
        if outgoing.count > outgoingLimit { abandon(TLSError(.tooManyAnswers, "\(outgoing.count) bytes unread")) }
        if let event { return Step(event: event, end: taken) }
        if let failure { throw failure }
        if isEnding {
            hasEnded = true
            return Step(event: .end, end: taken)
        }
        return nil
    }

    private func shakeHands() -> Event? {
        TLSError.clearReasons()
        let status = SSL_do_handshake(ssl)
        guard status == 1 else {
            stopped(by: status)
            return nil
        }
        isEstablished = true
        material.counters.completed.add(1, ordering: .relaxed)
        return .established
    }

    /// Reads until the room is full or the ciphertext is taken: small records come together.
    private func read(into room: UnsafeMutableRawBufferPointer) -> Event? {
        var total = 0
        while total < room.count {
            var count = 0
            TLSError.clearReasons()
            let status = SSL_read_ex(ssl, room.baseAddress.map { $0 + total }, room.count - total, &count)
            guard status == 1 else {
                // What was decrypted in front of an end or a fault is the peer's word still.
                stopped(by: status)
                break
            }
            total += count
        }
        return total > 0 ? .plaintext(total) : nil
    }

    private func stopped(by status: CInt) {
        switch SSL_get_error(ssl, status) {
        case SSL_ERROR_WANT_READ: break
        case SSL_ERROR_ZERO_RETURN: isEnding = true
        default: abandon(error())
        }
    }

    /// What OpenSSL has against the peer, or the peer against us.
    private func error() -> TLSError {
        let first = ERR_peek_error()
        let verdict = SSL_get_verify_result(ssl)
        let isUnshown = sio_is_ssl_error(first, SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) == 1
        let isAlert = sio_is_alert(first) == 1
        var reasons = TLSError.takeReasons()
        if isUnshown { return TLSError(.untrustedPeer, reasons) }
        if isAlert { return TLSError(.refused, reasons) }
        guard verdict != X509_V_OK, !isEstablished else { return TLSError(.failed, reasons) }
        reasons += ": " + String(cString: X509_verify_cert_error_string(verdict))
        return TLSError(.untrustedPeer, reasons)
    }

    /// Ends the session because of something that only its driver sees: time, or the connection's end.
    package func abandon(_ error: TLSError) {
        guard failure == nil else { return }
        failure = error
        if !isEstablished { material.counters.failed.add(1, ordering: .relaxed) }
    }

    // MARK: Writing

    /// Encrypts, to the end of ``outgoing``.
    ///
    /// - Precondition: The session is established, and nothing is wrong with it.
    package func encrypt(_ plaintext: RawSpan) throws(TLSError) {
        precondition(isEstablished && failure == nil && !hasClosed, "encrypted without a session")
        guard !plaintext.isEmpty else { return }
        TLSError.clearReasons()
        var count = 0
        let status = plaintext.withUnsafeBytes { SSL_write_ex(ssl, $0.baseAddress, $0.count, &count) }
        guard status == 1 else {
            let error = error()
            abandon(error)
            throw error
        }
    }

    /// Says that nothing more will be encrypted (`close_notify`).
    ///
    /// A second call does nothing, as one in the middle of a handshake or behind a failure.
    package func close() {
        guard isEstablished, failure == nil, !hasClosed else { return }
        hasClosed = true
        TLSError.clearReasons()
        SSL_shutdown(ssl)
    }

    // MARK: What was agreed on

    /// The protocol that is spoken inside (RFC 7301); nil if none was agreed on.
    package var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: CUnsignedInt = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// The version as OpenSSL writes it, `TLSv1.3`.
    package var version: String { String(cString: SSL_get_version(ssl)) }

    /// Whether the handshake went on from an earlier session.
    package var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// What the peer showed and proved; nil if it showed nothing.
    package var peerCertificate: PeerCertificate? {
        if let knownCertificate { return knownCertificate }
        guard isEstablished else { return nil }
        let certificate = SSL_get0_peer_certificate(ssl).flatMap { PeerCertificate(x509: $0) }
        knownCertificate = certificate
        return certificate
    }
}
