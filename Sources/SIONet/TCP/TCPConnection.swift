import CLibUV
import Glibc
package import SIOBytes
import Synchronization

/// One TCP connection, living on one loop.
package final class TCPConnection: EndOfTurnWork, DeadlineOwner, HandleOwner {
    package let core: LoopCore
    package let remoteAddress: SocketAddress?
    @exclusivity(unchecked) package internal(set) var stage: (any ConnectionStage)?
    /// The most bytes that may wait to be written; beyond, ``isOverflowing`` is true.
    @exclusivity(unchecked) package var outboundLimit = 16 * 1024 * 1024
    /// The most unread bytes that are kept while the stage takes none; beyond, the peer is not read.
    package var inboundLimit = 64 * 1024
    /// How long the peer may take nothing of what waits to be written, when the connection is to be closed behind it.
    package var writeTimeout: Duration = .seconds(20)
    // What each message passes is not checked for overlapping accesses: none of them calls anything but the system.
    @exclusivity(unchecked) package internal(set) var isClosed = false
    /// TLS, if the connection speaks it.
    @exclusivity(unchecked) var tls: TLSLayer?

    /// Whether the stage is told each time that all it wrote has been handed to the system.
    @exclusivity(unchecked) package var reportsDrained = true

    let handle: UnsafeMutablePointer<uv_tcp_t>
    /// The socket; it is the handle's.
    let descriptor: CInt
    @exclusivity(unchecked) var outbound = OutboundQueue()
    @exclusivity(unchecked) var unread = ByteBuffer()
    @exclusivity(unchecked) var isDirty = false
    @exclusivity(unchecked) var isReading = false
    /// A write that the system took only in part, and will report on.
    @exclusivity(unchecked) var pendingWrite: UnsafeMutablePointer<uv_write_t>?
    var pendingCount = 0
    var closesWhenDrained = false
    var offersUnread = false
    var isHandleClosed = false
    var isBroken = false
    /// The end of the time that the peer has to take the rest, and then to close its side.
    var closingDeadline: Deadline?
    var isDraining = false
    var lingerBudget = 0
    /// The bytes that the system has, and those that the peer had when it was last asked.
    var handedOver = 0
    var takenBefore = 0
    /// How long, and for how many bytes, a connection that is closed is still read.
    static let lingerTime: Duration = .seconds(2)
    static let lingerLimit = 4 * 1024 * 1024

    /// Takes over a handle that is initialised and connected.
    ///
    /// The handle keeps the connection alive until it is closed.
    init(
        _ handle: UnsafeMutablePointer<uv_tcp_t>, of descriptor: CInt, from address: SocketAddress?, core: LoopCore
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

    deinit {
        #if DEBUG
            core.liveConnections.subtract(1, ordering: .relaxed)
        #endif
        handle.deallocate()
    }

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
            if used < bytes.count, !isClosed {
                unread.append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[used...])))
            }
        } else {
            unread.append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes)))
            offerUnread()
        }
        if unread.count > unreadLimit { pauseReading() }
    }

    var unreadLimit: Int { max(inboundLimit, stage?.bytesWanted ?? 0) }

    /// Offers what is unread again: after the stage became ready for more, or was replaced.
    ///
    /// - Parameter evenNone: Whether the stage is asked although there is nothing to offer.
    package func offerUnread(evenNone: Bool = false) {
        guard evenNone || !unread.isEmpty, !isClosed else { return }
        // The stage may write, close or be replaced meanwhile: it works on bytes that nobody else sees.
        var bytes = unread
        unread = ByteBuffer()
        let used = bytes.withMutableBytes { feed(&$0) }
        bytes.consume(used)
        guard !isClosed else { return }
        // An idle connection holds no memory to read into.
        if !bytes.isEmpty { unread = bytes }
        if unread.count <= unreadLimit { resumeReading() }
    }

    /// Offers what is unread again at the end of the turn, when nobody is in the middle of it.
    package func offerUnreadLater() {
        offersUnread = true
        markDirty()
    }

    func feed(_ window: inout MutableRawSpan) -> Int {
        var used = 0
        while !isClosed, let stage {
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

    func resumeReading() {
        guard !isReading, !isHandleClosed else { return }
        isReading = true
        // What cannot be read is at its end; the caller may be in the middle of something.
        if uv_read_start(stream, onAllocate, onRead) != 0 { abortLater() }
    }

    func pauseReading() {
        guard isReading else { return }
        isReading = false
        uv_read_stop(stream)
    }

    // MARK: Writing

    /// Whether more waits to be written than ``outboundLimit`` allows.
    package var isOverflowing: Bool { outbound.count > outboundLimit }

    /// The bytes that wait to be written.
    package var outboundCount: Int { outbound.count + (tls?.unwritten ?? 0) }

    /// Whether the system took all that was written before this turn.
    package var isWritable: Bool { pendingWrite == nil }

    /// Writes at the end of the turn, in order.
    package func write(_ bytes: RawSpan) {
        guard !isClosed else { return }
        bytes.withUnsafeBytes { outbound.append($0, pool: &core.blocks) }
        markDirty()
    }

    /// Writes what the body makes, at the end of the turn, in order.
    package func withScratch(_ body: (inout ByteBuffer) -> Void) {
        guard !isClosed else { return }
        // Taken out, so that nothing the body does can find it in use.
        var scratch = core.scratch
        core.scratch = ByteBuffer()
        body(&scratch)
        write(scratch.bytes)
        scratch.removeAll(keepingCapacity: scratch.capacity <= LoopCore.scratchLimit)
        core.scratch = scratch
    }

    /// Writes at the end of the turn, in order; large ones without a copy.
    package func write(_ bytes: SharedBytes) {
        guard !isClosed else { return }
        outbound.append(bytes, pool: &core.blocks)
        markDirty()
    }

    @inline(__always)
    func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        core.atEndOfTurn(self)
    }

    package func endOfTurn() {
        isDirty = false
        if isBroken { return abort() }
        if offersUnread {
            offersUnread = false
            offerUnread()
        }
        guard !isClosed else { return }
        guard pendingWrite == nil else { return watchDraining() }
        if let tls { return writeEncrypted(tls) }
        if !outbound.isEmpty {
            let written = outbound.withBuffers { sio_send(descriptor, $0.baseAddress, CInt($0.count)) }
            if written >= 0 {
                outbound.consume(written, pool: &core.blocks)
                handedOver += written
            } else {
                return abort()
            }
            if !outbound.isEmpty { return waitUntilWritable() }
        }
        finishDraining()
    }

    /// Leaves what is there to libuv, which writes it when the peer reads again.
    func waitUntilWritable() {
        let request = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
        // The bytes must not move: what comes from now on is gathered behind them.
        outbound.seal()
        pendingWrite = request
        let status = outbound.withBuffers { buffers in
            pendingCount = buffers.reduce(0) { $0 + $1.len }
            return uv_write(request, stream, buffers.baseAddress, UInt32(buffers.count), onWritten)
        }
        if status != 0 {
            pendingWrite = nil
            request.deallocate()
            return abort()
        }
        watchDraining()
    }

    func written(_ request: UnsafeMutablePointer<uv_write_t>, status: CInt) {
        request.deallocate()
        pendingWrite = nil
        if let tls {
            tls.rest.consume(pendingCount, pool: &core.blocks)
        } else {
            outbound.consume(pendingCount, pool: &core.blocks)
        }
        handedOver += pendingCount
        pendingCount = 0
        guard !isHandleClosed else { return finishClosing() }
        if status < 0 { return abort() }
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
        let inFlight = pendingWrite == nil ? 0 : pendingCount - Int(uv_stream_get_write_queue_size(stream))
        let taken = handedOver + inFlight - Int(sio_unacknowledged(descriptor))
        defer { takenBefore = taken }
        return taken > takenBefore
    }

    // MARK: libuv

    var uvHandle: UnsafeMutablePointer<uv_handle_t> {
        UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
    }

    var stream: UnsafeMutablePointer<uv_stream_t> {
        UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_stream_t.self)
    }
}

private func connection(_ data: UnsafeMutableRawPointer?) -> TCPConnection? {
    data.map { Unmanaged<TCPConnection>.fromOpaque($0).takeUnretainedValue() }
}

private func onAllocate(
    _ handle: UnsafeMutablePointer<uv_handle_t>?, _: Int, _ buffer: UnsafeMutablePointer<uv_buf_t>?
) {
    guard let connection = connection(handle?.pointee.data) else { return }
    let shared = connection.core.readBuffer
    buffer?.pointee = uv_buf_t(base: shared.baseAddress?.assumingMemoryBound(to: CChar.self), len: shared.count)
}

private func onRead(
    _ stream: UnsafeMutablePointer<uv_stream_t>?, _ count: Int, _ buffer: UnsafePointer<uv_buf_t>?
) {
    guard let connection = connection(stream?.pointee.data) else { return }
    if count > 0 {
        connection.received(UnsafeMutableRawBufferPointer(start: buffer?.pointee.base, count: count))
    } else if count == Int(UV_EOF.rawValue) {
        connection.receivedEnd()
    } else if count < 0 {
        connection.abort()
    }
}

func onWritten(_ request: UnsafeMutablePointer<uv_write_t>?, _ status: CInt) {
    guard let request, let connection = connection(request.pointee.handle.pointee.data) else { return }
    connection.written(request, status: status)
}
