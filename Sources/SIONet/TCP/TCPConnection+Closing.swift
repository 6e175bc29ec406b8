import CLibUV
import Glibc
import SIOBytes

/// How a connection ends: gently, at once, or by moving to another loop.
extension TCPConnection {
    /// Closes once all is written, so that the peer can read it.
    ///
    /// The stage is told at once; then this side ends, and the other side's rest is read and thrown away for a while,
    /// because a reset, which unread bytes would cause, could overtake what was written. A peer that takes nothing for
    /// ``writeTimeout`` loses the rest.
    package func closeWhenDrained() {
        guard !isClosed else { return }
        closesWhenDrained = true
        markDirty()
    }

    /// Closes now; what waits to be written is dropped.
    package func abort() {
        closeHandle()
        endStage()
    }

    func closeGently() {
        guard !isClosed, shutdown(descriptor, CInt(SHUT_WR)) == 0 else {
            return abort()
        }
        lingerBudget = Self.lingerLimit
        core.set(&closingDeadline, of: self, to: core.now + Self.lingerTime)
        endStage()
        resumeReading()
    }

    /// Sees to it that a peer that reads nothing cannot keep the connection.
    func watchDraining() {
        guard closesWhenDrained, !isDraining else { return }
        isDraining = true
        _ = hasTakenMore()
        core.set(&closingDeadline, of: self, to: core.now + writeTimeout)
    }

    func abortLater() {
        isBroken = true
        markDirty()
    }

    func loopStops() {
        abort()
    }

    func endStage() {
        guard !isClosed else { return }
        isClosed = true
        takesNothing = true
        isPaused = false
        unread = ByteBuffer()
        let stage = self.stage
        self.stage = nil
        stage?.closed()
    }

    func linger(_ count: Int) {
        lingerBudget -= count
        if lingerBudget < 0 { closeHandle() }
    }

    package func deadlineReached(now: ContinuousClock.Instant) {
        if isClosed { return closeHandle() }
        guard hasTakenMore() else { return abort() }
        core.set(&closingDeadline, of: self, to: now + writeTimeout)
    }

    func closeHandle() {
        guard !isHandleClosed else { return }
        isHandleClosed = true
        lease.take()?.leave()
        isReading = false
        if closingDeadline != nil { core.set(&closingDeadline, of: self, to: nil) }
        // What held this until now was the handle.
        core.keep(untilEndOfTurn: self)
        Unmanaged.passUnretained(self).release()
        // First the handle, so that it does not watch what gets this descriptor next.
        core.pollHandles.give(handle, of: descriptor)
        close(descriptor)
        outbound.removeAll(memory: &core.outboundMemory)
        tls?.finish()
    }

    /// Takes the connection off its loop, to live on another: its descriptor, its unread bytes and its TLS.
    ///
    /// Nothing may wait to be written.
    func detach() -> (descriptor: CInt, unread: [UInt8], tls: TLSSession?, lease: ConnectionCount?)? {
        guard !isClosed, outboundCount == 0, !isHandleClosed else { return nil }
        let copy = sio_duplicate(descriptor)
        guard copy >= 0 else { return nil }
        let rest = unread.take()
        let session = tls?.session
        let lease = lease.take()
        stage = nil
        abort()
        tls = nil
        return (copy, rest, session, lease)
    }

    /// A connection that somebody else has made; nil if the system refuses, and the descriptor is closed then.
    package static func adopt(_ descriptor: CInt, core: LoopCore) -> TCPConnection? {
        adopt(descriptor, from: nil, core: core)
    }

    /// A connection that the system or another loop gave us, on this one.
    ///
    /// - Parameters:
    ///   - descriptor: The socket; it belongs to the connection from now on.
    ///   - address: Where the connection comes from.
    ///   - unread: What was read from it already.
    ///   - tls: The TLS that it speaks, if it does.
    ///   - isForeign: Whether the socket comes from somebody else, who may have made anything of it.
    ///   - core: The loop.
    /// - Returns: Nil if the system refuses; the descriptor is closed then.
    static func adopt(
        _ descriptor: CInt, from address: SocketAddress?, unread: [UInt8] = [], tls: TLSSession? = nil,
        isForeign: Bool = true, core: LoopCore
    ) -> TCPConnection? {
        let handle = isForeign ? core.pollHandles.make(descriptor) : core.pollHandles.take(descriptor)
        guard let handle else {
            close(descriptor)
            return nil
        }
        #if !os(Linux)
            // Elsewhere it does not come from the listening socket.
            sio_send_at_once(descriptor)
        #endif
        let connection = TCPConnection(handle, of: descriptor, from: address, core: core)
        if let tls { connection.encrypt(with: tls, handshakeTimeout: nil) }
        // Plaintext, which the session has given already.
        if !unread.isEmpty { connection.unread = ByteBuffer(unread) }
        return connection
    }
}
