import CLibUV
import Glibc
package import SIOBytes
import Synchronization

/// One TCP connection, living on one loop.
package final class TCPConnection: DeadlineOwner, HandleOwner {
    // What each message passes is not checked for overlapping accesses: none of them calls anything but the system. It stands
    // together, at the front: a broadcast reaches for it in a thousand connections that no cache knows any more.
    @exclusivity(unchecked) package internal(set) var isClosed = false
    /// Whether the stage takes nothing now: the connection is closed, or ``pauseInbound()`` was called.
    @exclusivity(unchecked) var takesNothing = false
    @exclusivity(unchecked) var isDirty = false
    /// Whether the system took only a part of what was written, and will say when it takes more.
    @exclusivity(unchecked) var isBlocked = false
    /// How many large writes this turn had, two for more; and whether an earlier turn had several.
    @exclusivity(unchecked) var largeWrites: UInt8 = 0
    @exclusivity(unchecked) var gathersLarge = false
    var isBroken = false
    var offersUnread = false
    var closesWhenDrained = false
    /// Whether the stage is told each time that what it wrote, or a part of it, has been handed to the system.
    @exclusivity(unchecked) package var reportsDrained = true
    /// The socket.
    let descriptor: CInt
    package let core: LoopCore
    @exclusivity(unchecked) var outbound = OutboundQueue()
    /// The most bytes that may wait to be written; beyond, ``isOverflowing`` is true.
    package var outboundLimit: Int {
        get { limit }
        set { limit = newValue }
    }
    // Behind a function: another module's own access would be checked.
    @exclusivity(unchecked) private var limit = 16 * 1024 * 1024
    /// The bytes that the system has.
    @exclusivity(unchecked) var handedOver = 0
    /// Those that it was handed in the middle of this turn: to the limit they count as waiting, so that who crosses it does
    /// not depend on when they leave.
    @exclusivity(unchecked) var writtenAtOnce = 0
    /// TLS, if the connection speaks it.
    @exclusivity(unchecked) var tls: TLSLayer?

    @exclusivity(unchecked) package internal(set) var stage: (any ConnectionStage)?
    @exclusivity(unchecked) var unread = ByteBuffer()
    /// The most unread bytes that are kept while the stage takes none; beyond, the peer is not read.
    @exclusivity(unchecked) package var inboundLimit = 64 * 1024
    /// How long the peer may take nothing of what waits to be written, when the connection is to be closed behind it.
    @exclusivity(unchecked) package var writeTimeout: Duration = .seconds(20)
    package let remoteAddress: SocketAddress?

    /// Tells when the socket can be read, or written again.
    let handle: UnsafeMutablePointer<uv_poll_t>
    var isReading = false
    /// Whether nothing is read for the stage's own reasons.
    var isPaused = false
    /// The connection's place among those of its server; nil where they are not counted.
    @exclusivity(unchecked) var lease: ConnectionCount?
    var isHandleClosed = false
    var isDraining = false
    /// The end of the time that the peer has to take the rest, and then to close its side.
    @exclusivity(unchecked) var closingDeadline: Deadline?
    var lingerBudget = 0
    /// The bytes that the peer had when it was last asked.
    var takenBefore = 0
    /// How long, and for how many bytes, a connection that is closed is still read.
    static let lingerTime: Duration = .seconds(2)
    static let lingerLimit = 4 * 1024 * 1024

    /// Takes over a socket that is connected, and a handle that watches it.
    ///
    /// The handle keeps the connection alive until it is given back, and the loop until the end of that turn.
    init(
        _ handle: UnsafeMutablePointer<uv_poll_t>, of descriptor: CInt, from address: SocketAddress?, core: LoopCore
    ) {
        self.handle = handle
        self.descriptor = descriptor
        self.core = core
        remoteAddress = address
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        #if DEBUG
            core.liveConnections.add(1, ordering: .relaxed)
        #endif
    }

    #if DEBUG
        deinit {
            core.liveConnections.subtract(1, ordering: .relaxed)
        }
    #endif

    /// Gives the connection its first protocol and begins to read.
    package func start(_ stage: any ConnectionStage) {
        self.stage = stage
        resumeReading()
    }

    /// Hands the connection on; bytes that are unread go to the new stage.
    package func replaceStage(by stage: any ConnectionStage) {
        self.stage = stage
    }

    // MARK: Reading

    /// What is read before others have their turn, unless the stage wants more for one message.
    @exclusivity(unchecked) private(set) var share = FairShare()

    /// The messages in front of the one that was read to its end, ``keep(_:from:)``.
    @exclusivity(unchecked) var messagesInFront = 0

    /// There is something to read, or the end, or an error.
    private func readable() {
        if !unread.isEmpty, tls == nil, let wanted = stage?.bytesWanted, wanted - unread.count >= Self.longRest {
            return readOn(upTo: wanted)
        }
        let buffer = core.readBuffer
        // Where nothing is unread nothing is wanted, either.
        let size = min(unread.isEmpty ? share.bytes : max(share.bytes, stage?.bytesWanted ?? 0), buffer.count)
        switch sio_receive(descriptor, buffer.baseAddress, size) {
        case let count where count > 0:
            received(UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
            if count == size, let stage {
                share.wasFilled(by: count, messages: messagesInFront + stage.messageCount)
            }
            messagesInFront = 0
        case let result: readNothing(result)
        }
    }

    /// Reads what has come already, before the system is asked to tell of it: most often a client's first request comes
    /// with its connection.
    ///
    /// For whom the system has just told of something, and not for a call of another thread: others may wait behind it.
    func readAtOnce() {
        core.drainInboxInFront()
        if isReading { readable() }
    }

    func readNothing(_ result: Int) {
        if result == Int(SIO_NOTHING_YET) { return }
        // It may have come about since the system told of something.
        core.drainInboxInFront()
        if isHandleClosed { return }
        if result == 0 { receivedEnd() } else { abort() }
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer) {
        if isClosed { return linger(bytes.count) }
        if let tls { return received(ciphertext: bytes, tls) }
        take(bytes)
    }

    /// Offers what came to the stage, and keeps what it does not take.
    func take(_ bytes: UnsafeMutableRawBufferPointer) {
        if unread.isEmpty {
            var window = MutableRawSpan(_unsafeBytes: bytes)
            let used = feed(&window)
            if used < bytes.count, !isClosed { keep(bytes, from: used) }
        } else {
            unread.append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes)))
            offerUnread()
        }
        if !unread.isEmpty, unread.count > unreadLimit { pauseReading() }
    }

    var unreadLimit: Int { max(inboundLimit, stage?.bytesWanted ?? 0) }

    /// Offers what is unread again: after the stage became ready for more, or was replaced.
    ///
    /// - Parameter evenNone: Whether the stage is asked although there is nothing to offer.
    package func offerUnread(evenNone: Bool = false) {
        guard evenNone || !unread.isEmpty, !takesNothing else { return }
        // The stage may write, close or be replaced meanwhile: it works on bytes that nobody else sees.
        var bytes = ByteBuffer()
        swap(&bytes, &unread)
        let used = bytes.withMutableBytes { feed(&$0) }
        bytes.consume(used)
        guard !isClosed else { return }
        // An idle connection holds no memory to read into.
        if !bytes.isEmpty { swap(&bytes, &unread) }
        if unread.count <= unreadLimit { resumeReading() }
    }

    /// Offers what is unread again at the end of the turn, when nobody is in the middle of it.
    package func offerUnreadLater() {
        offersUnread = true
        markDirty()
    }

    func feed(_ window: inout MutableRawSpan) -> Int {
        var used = 0
        while !takesNothing, let stage {
            if used == 0 {
                used = stage.received(&window)
            } else {
                var rest = window._mutatingExtracting(droppingFirst: used)
                used += stage.received(&rest)
            }
            if self.stage === stage || used == window.byteCount { break }
        }
        return used
    }

    func receivedEnd() {
        if isClosed { return closeHandle() }
        if let tls { return receivedEnd(tls) }
        streamEnded()
    }

    func streamEnded() {
        pauseReading()
        stage?.receivedEnd()
    }

    /// Has the stage be handed nothing more, and the peer be read no more, until ``resumeInbound()``.
    ///
    /// What was read already is kept: one window of the loop's at most. The stage may call it while it takes bytes, and
    /// is to return then; the peer's end is not noticed meanwhile.
    package func pauseInbound() {
        guard !isClosed, !isPaused else { return }
        isPaused = true
        takesNothing = true
        pauseReading()
    }

    /// Goes on with what was read, and reads again.
    package func resumeInbound() {
        guard isPaused else { return }
        isPaused = false
        takesNothing = isClosed
        if unread.isEmpty, tls?.owesEnd != true { resumeReading() } else { offerUnreadLater() }
    }

    func resumeReading() {
        guard !isReading, !isHandleClosed, !isPaused else { return }
        isReading = true
        watch()
    }

    func pauseReading() {
        guard isReading else { return }
        isReading = false
        watch()
    }

    // MARK: Writing

    /// Whether more waits to be written than ``outboundLimit`` allows.
    package var isOverflowing: Bool { outbound.count + writtenAtOnce > outboundLimit }

    /// The bytes that wait to be written.
    package var outboundCount: Int { outbound.count + (tls?.session.outgoing.count ?? 0) }

    /// Whether the system took all that was written before this turn.
    package var isWritable: Bool { !isBlocked }

    /// Writes at the end of the turn, in order; what is large, and alone, at once.
    package func write(_ bytes: RawSpan) {
        guard !isClosed else { return }
        if bytes.byteCount >= Self.largeWrite, writesAtOnce(bytes.byteCount) { return writeAtOnce(bytes) }
        bytes.withUnsafeBytes { outbound.append($0, memory: &core.outboundMemory) }
        markDirty()
    }

    /// Writes what the body makes, at the end of the turn, in order.
    package func withScratch(_ body: (inout ByteBuffer) -> Void) {
        guard !isClosed else { return }
        // Taken out, so that nothing the body does can find it in use.
        var scratch = ByteBuffer()
        swap(&scratch, &core.scratch)
        body(&scratch)
        if !scratch.isEmpty { write(scratch.bytes) }
        scratch.removeAll(keepingCapacity: scratch.capacity <= LoopCore.scratchLimit)
        swap(&scratch, &core.scratch)
    }

    /// Writes at the end of the turn, in order; large ones without a copy.
    package func write(_ bytes: SharedBytes) {
        guard !isClosed else { return }
        outbound.append(bytes, memory: &core.outboundMemory)
        markDirty()
    }

    @inline(__always)
    func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        core.writesAtEndOfTurn(self)
    }

    func endOfTurn() {
        isDirty = false
        if largeWrites != 0 { endLargeWrites() }
        if isBroken { return abort() }
        if offersUnread {
            offersUnread = false
            offerUnread()
            if let tls, !offersUnread { tellEnd(tls) }
        }
        guard !isClosed else { return }
        if isBlocked || tls != nil { return endOfSlowTurn() }
        if !outbound.isEmpty {
            // Else the body would hold the connection.
            let socket = descriptor
            let written = outbound.withBuffers { sio_send(socket, $0.baseAddress, CInt($0.count)) }
            guard written >= 0 else { return abort() }
            outbound.consume(written, memory: &core.outboundMemory)
            handedOver += written
            if !outbound.isEmpty {
                // What comes from now on is gathered elsewhere, so that the memory of what is written can go.
                outbound.seal(memory: &core.outboundMemory)
                return waitUntilWritable()
            }
        }
        finishDraining()
    }

    /// The end of a turn in which the system takes nothing, or plaintext may have to wait.
    @inline(never)
    private func endOfSlowTurn() {
        if isBlocked { watchDraining() } else if let tls { writeEncrypted(tls) }
        // The run is the turn's.
        outbound.leaveRun(memory: &core.outboundMemory)
    }

    /// Writes the rest when the peer reads again.
    func waitUntilWritable() {
        isBlocked = true
        watch()
        watchDraining()
        if reportsDrained { stage?.progressed() }
    }

    private func writable() {
        guard isBlocked else { return }
        isBlocked = false
        watch()
        endOfTurn()
    }

    func finishDraining() {
        if closesWhenDrained { return closeGently() }
        if reportsDrained { stage?.drained() }
    }

    /// Whether the peer took anything of what was written since this was last asked.
    ///
    /// What counts is what it acknowledged: the system takes megabytes that the peer never sees.
    package func hasTakenMore() -> Bool {
        let taken = handedOver - Int(sio_unacknowledged(descriptor))
        defer { takenBefore = taken }
        return taken > takenBefore
    }

    // MARK: libuv

    /// Has the loop watch the socket for what the connection waits for.
    private func watch() {
        guard !isHandleClosed else { return }
        let events = (isReading ? UV_READABLE.rawValue : 0) | (isBlocked ? UV_WRITABLE.rawValue : 0)
        let status = events == 0 ? uv_poll_stop(handle) : uv_poll_start(handle, CInt(events), onReady)
        // What cannot be watched is at its end; the caller may be in the middle of something.
        if status != 0 { abortLater() }
    }

    fileprivate func ready(_ events: CInt, status: CInt) {
        core.drainInboxInFront()
        if isHandleClosed { return }
        // The peer has reset the connection; what came before may still be there. The loop does not watch it any more, but
        // the system does, for as long as anybody else holds the socket.
        if status < 0 {
            uv_poll_stop(handle)
            readable()
            return abort()
        }
        if events & CInt(UV_READABLE.rawValue) != 0, isReading { readable() }
        if events & CInt(UV_WRITABLE.rawValue) != 0 { writable() }
    }
}

private func onReady(_ handle: UnsafeMutablePointer<uv_poll_t>?, _ status: CInt, _ events: CInt) {
    guard let data = handle?.pointee.data else { return }
    // The handle holds it, until it is closed and the loop's turn is over.
    Unmanaged<TCPConnection>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.ready(events, status: status) }
}
