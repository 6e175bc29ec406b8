import CLibUV
import SIOBytes

/// TLS between the socket and the stage: what is received is decrypted in front of it, what it writes waits as plaintext
/// and is encrypted at the end of the turn, as fast as the system takes it.
extension TCPConnection {
    /// The bytes of plaintext that are encrypted at once, while the system may not take them.
    private static let encryptedAtOnce = 64 * 1024
    /// The bytes that one connection writes before others have their turn.
    private static let writtenPerTurn = 1024 * 1024

    /// Speaks TLS from here on: before ``start(_:)``, or, within a proxy's tunnel, before anything but the tunnel was
    /// asked for.
    ///
    /// - Parameters:
    ///   - session: This side of it.
    ///   - handshakeTimeout: How long the handshake may take; nil if it is done.
    package func encrypt(with session: TLSSession, handshakeTimeout: Duration?) {
        // A session that is established comes from another loop, perhaps with what it has decrypted already.
        let isFirst = tls == nil && outbound.isEmpty && (unread.isEmpty || session.isEstablished)
        precondition(isFirst, "TLS begins in front of everything else")
        let layer = TLSLayer(session, connection: self)
        tls = layer
        guard let handshakeTimeout else { return }
        core.set(layer.deadline, of: layer, to: core.now + handshakeTimeout)
        // A client speaks first.
        received(ciphertext: UnsafeMutableRawBufferPointer(start: nil, count: 0), layer)
    }

    /// Whether the connection speaks TLS.
    package var isSecure: Bool { tls != nil }

    /// Why TLS ended; nil if nothing is wrong with it.
    package var tlsFailure: TLSError? { tls?.session.failure }

    // MARK: Reading

    func received(ciphertext bytes: UnsafeMutableRawBufferPointer, _ tls: TLSLayer) {
        let ciphertext = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes))
        let room = core.tlsBuffers.plaintext
        var offset = 0
        do throws(TLSError) {
            while !isClosed {
                var plaintext = MutableRawSpan(_unsafeBytes: room)
                guard let step = try tls.session.next(in: ciphertext, from: offset, into: &plaintext) else { break }
                offset = step.end
                switch step.event {
                case .established: core.set(tls.deadline, of: tls, to: nil)
                case .plaintext(let count): take(UnsafeMutableRawBufferPointer(rebasing: room[..<count]))
                case .end:
                    tls.owesEnd = true
                    tellEnd(tls)
                }
            }
        } catch {
            return fail()
        }
        // The session may have to answer, and what was written meanwhile may be encrypted now.
        if !tls.session.outgoing.isEmpty || !outbound.isEmpty { markDirty() }
    }

    /// Tells the stage of the peer's end, behind what was read: later, if it takes nothing now.
    func tellEnd(_ tls: TLSLayer) {
        guard tls.owesEnd, !isPaused, !isClosed else { return }
        tls.owesEnd = false
        answerEnd(tls)
        streamEnded()
    }

    /// Answers the peer's end with ours, unless something waits to be said in front of it: most stages end the
    /// connection at once now, and a peer that waits for the answer should not take that for a loss.
    private func answerEnd(_ tls: TLSLayer) {
        guard outboundCount == 0 else { return }
        tls.session.close()
        let written = tryWrite(tls.session.outgoing)
        if written > 0 { tls.session.outgoing.consume(written) }
    }

    /// The socket ended behind TLS's back: whether all was there cannot be known (RFC 8446 §6.1).
    func receivedEnd(_ tls: TLSLayer) {
        // Behind the session's own end nothing was to come.
        if tls.owesEnd { return pauseReading() }
        tls.session.abandon(TLSError(.truncated, "the connection ended without an end of the session"))
        abort()
    }

    /// Sends the alert, if there is one, instead of what was written.
    private func fail() {
        outbound.removeAll(memory: &core.outboundMemory)
        closeWhenDrained()
    }

    // MARK: Writing

    /// Encrypts what waits, and writes it, until the system takes no more.
    func writeEncrypted(_ tls: TLSLayer) {
        let session = tls.session
        if session.outgoing.isEmpty { swap(&session.outgoing, &core.tlsBuffers.ciphertext) }
        var written = 0
        while encryptSome(session), !session.outgoing.isEmpty {
            let count = written < Self.writtenPerTurn ? tryWrite(session.outgoing) : 0
            guard count >= 0 else { return abort() }
            written += count
            session.outgoing.consume(count)
            guard session.outgoing.isEmpty else { return waitUntilWritable() }
        }
        giveBack(&session.outgoing)
        if isClosed { return }
        // What the stage has written waits for the handshake.
        if outbound.isEmpty { finishDraining() } else { watchDraining() }
    }

    /// False if the connection is over.
    private func encryptSome(_ session: TLSSession) -> Bool {
        // Behind its end nothing that the stage still writes can be said.
        guard session.failure == nil, !session.hasClosed else {
            outbound.removeAll(memory: &core.outboundMemory)
            return true
        }
        guard session.isEstablished else { return true }
        do throws(TLSError) {
            while !outbound.isEmpty, session.outgoing.count < Self.encryptedAtOnce {
                let count = try encryptSegments(session)
                outbound.consume(count, memory: &core.outboundMemory)
            }
        } catch {
            abort()
            return false
        }
        if outbound.isEmpty, closesWhenDrained { session.close() }
        return true
    }

    private func encryptSegments(_ session: TLSSession) throws(TLSError) -> Int {
        let result = outbound.withBuffers { buffers in
            Result { () throws(TLSError) in
                var count = 0
                for buffer in buffers where count < Self.encryptedAtOnce {
                    let part = UnsafeRawBufferPointer(start: buffer.base, count: buffer.len)
                        .prefix(Self.encryptedAtOnce - count)
                    try session.encrypt(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: part)))
                    count += part.count
                }
                return count
            }
        }
        return try result.get()
    }

    /// The bytes that the system took; negative if the connection is gone.
    private func tryWrite(_ bytes: borrowing ByteBuffer) -> Int {
        let written = bytes.bytes.withUnsafeBytes { bytes in
            var buffer = Self.buffer(over: bytes)
            return sio_send(descriptor, &buffer, 1)
        }
        if written > 0 { handedOver += written }
        return written
    }

    /// An idle connection holds no memory to encrypt to.
    private func giveBack(_ buffer: inout ByteBuffer) {
        buffer.removeAll(keepingCapacity: buffer.capacity <= TLSBuffers.keptCapacity)
        swap(&buffer, &core.tlsBuffers.ciphertext)
        if buffer.capacity > 0 { buffer = ByteBuffer() }
    }

    private static func buffer(over bytes: UnsafeRawBufferPointer) -> uv_buf_t {
        let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
        return uv_buf_t(base: base, len: bytes.count)
    }
}
