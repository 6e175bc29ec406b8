import SIOBytes

/// What a connection with TLS has besides: its session, and the end of the time for the handshake.
final class TLSLayer: DeadlineOwner {
    let session: TLSSession
    /// The end of the time that the handshake has.
    let deadline = Deadline()
    /// Whether the peer has ended the session, and the stage does not know yet.
    var owesEnd = false
    private unowned let connection: TCPConnection

    init(_ session: TLSSession, connection: TCPConnection) {
        self.session = session
        self.connection = connection
    }

    /// The connection is over; the session stays, whose failure may still be asked for.
    func finish() {
        connection.core.set(deadline, of: self, to: nil)
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        session.abandon(TLSError(.timedOut, "the handshake took too long"))
        connection.abort()
    }
}

/// What the connections of a loop share, so that an idle one needs no memory for it.
final class TLSBuffers {
    /// The bytes of plaintext that are handed on at once.
    static let plaintextSize = 64 * 1024
    /// The most memory that ``ciphertext`` keeps between uses.
    static let keptCapacity = 128 * 1024

    /// Where what was received is decrypted to.
    let plaintext = UnsafeMutableRawBufferPointer.allocate(byteCount: plaintextSize, alignment: 64)
    /// Where what is to be sent is encrypted to.
    var ciphertext = ByteBuffer()

    deinit {
        plaintext.deallocate()
    }
}
