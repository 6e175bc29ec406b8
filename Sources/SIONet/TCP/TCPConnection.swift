import CLibUV
import Glibc
package import SIOBytes

/// One TCP connection, living on one loop.
package final class TCPConnection: EndOfTurnWork, DeadlineOwner {
    package let core: LoopCore
    package let remoteAddress: SocketAddress?
    package private(set) var stage: (any ConnectionStage)?
    /// The most bytes that may wait to be written; beyond, ``isOverflowing`` is true.
    package var outboundLimit = 16 * 1024 * 1024
    /// The most unread bytes that are kept while the stage takes none; beyond, the peer is not read.
    package var inboundLimit = 64 * 1024
    package private(set) var isClosed = false

    private let handle: UnsafeMutablePointer<uv_tcp_t>
    private var outbound = OutboundQueue()
    private var unread: [UInt8] = []
    private var isDirty = false
    private var isReading = false
    /// A write that the system took only in part, and will report on.
    private var pendingWrite: UnsafeMutablePointer<uv_write_t>?
    private var pendingCount = 0
    private var closesWhenDrained = false
    private var offersUnread = false
    private var isHandleClosed = false
    private let lingerDeadline = Deadline()
    private var lingerBudget = 0
    /// How long, and for how many bytes, a connection that is closed is still read.
    private static let lingerTime: Duration = .seconds(2)
    private static let lingerLimit = 4 * 1024 * 1024

    /// Takes over a handle that is initialised and connected.
    ///
    /// The handle keeps the connection alive until it is closed.
    init(_ handle: UnsafeMutablePointer<uv_tcp_t>, core: LoopCore) {
        self.handle = handle
        self.core = core
        remoteAddress = Self.peer(of: handle)
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        uv_tcp_nodelay(handle, 1)
    }

    deinit {
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

    fileprivate func received(_ bytes: UnsafeMutableRawBufferPointer) {
        if isClosed { return linger(bytes.count) }
        if unread.isEmpty {
            var window = MutableRawSpan(_unsafeBytes: bytes)
            let used = feed(&window)
            if used < bytes.count, !isClosed { unread = Array(bytes[used...]) }
        } else {
            unread.append(contentsOf: bytes)
            offerUnread()
        }
        if unread.count > max(inboundLimit, stage?.bytesWanted ?? 0) { pauseReading() }
    }

    /// Offers what is unread again: after the stage became ready for more, or was replaced.
    ///
    /// - Parameter evenNone: Whether the stage is asked although there is nothing to offer.
    package func offerUnread(evenNone: Bool = false) {
        guard evenNone || !unread.isEmpty, !isClosed else { return }
        // The stage may write, close or be replaced meanwhile: it works on bytes that nobody else sees.
        var bytes = unread
        unread = []
        var elements = bytes.mutableSpan
        var window = elements.mutableBytes
        let used = feed(&window)
        if used > 0 { bytes.removeFirst(used) }
        if !isClosed { unread = bytes }
        if !isClosed, unread.count <= max(inboundLimit, stage?.bytesWanted ?? 0) { resumeReading() }
    }

    /// Offers what is unread again at the end of the turn, when nobody is in the middle of it.
    package func offerUnreadLater() {
        offersUnread = true
        markDirty()
    }

    private func feed(_ window: inout MutableRawSpan) -> Int {
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

    fileprivate func receivedEnd() {
        if isClosed { return closeHandle() }
        pauseReading()
        stage?.receivedEnd()
    }

    private func resumeReading() {
        guard !isReading, !isHandleClosed else { return }
        isReading = true
        uv_read_start(stream, onAllocate, onRead)
    }

    private func pauseReading() {
        guard isReading else { return }
        isReading = false
        uv_read_stop(stream)
    }

    // MARK: Writing

    /// Whether more waits to be written than ``outboundLimit`` allows.
    package var isOverflowing: Bool { outbound.count > outboundLimit }

    /// The bytes that wait to be written.
    package var outboundCount: Int { outbound.count }

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
    private func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        core.atEndOfTurn(self)
    }

    package func endOfTurn() {
        isDirty = false
        if offersUnread {
            offersUnread = false
            offerUnread()
        }
        guard !isClosed, pendingWrite == nil else { return }
        if !outbound.isEmpty {
            let written = outbound.withBuffers { uv_try_write(stream, $0.baseAddress, UInt32($0.count)) }
            if written >= 0 {
                outbound.consume(Int(written), pool: &core.blocks)
            } else if written != UV_EAGAIN.rawValue {
                return abort()
            }
            if !outbound.isEmpty { return waitUntilWritable() }
        }
        finishDraining()
    }

    /// Leaves what is there to libuv, which writes it when the peer reads again.
    private func waitUntilWritable() {
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
            abort()
        }
    }

    fileprivate func written(_ request: UnsafeMutablePointer<uv_write_t>, status: CInt) {
        request.deallocate()
        pendingWrite = nil
        outbound.consume(pendingCount, pool: &core.blocks)
        pendingCount = 0
        guard !isHandleClosed else { return finishClosing() }
        if status < 0 { return abort() }
        endOfTurn()
    }

    private func finishDraining() {
        if closesWhenDrained { return closeGently() }
        stage?.drained()
    }

    // MARK: The end

    /// Closes once all is written, so that the peer can read it.
    ///
    /// The stage is told at once; then this side ends, and the other side's rest is read and thrown away for a while,
    /// because a reset, which unread bytes would cause, could overtake what was written.
    package func closeWhenDrained() {
        closesWhenDrained = true
        markDirty()
    }

    /// Closes now; what waits to be written is dropped.
    package func abort() {
        closeHandle()
        endStage()
    }

    private func closeGently() {
        var descriptor: uv_os_fd_t = -1
        guard !isClosed, uv_fileno(uvHandle, &descriptor) == 0, shutdown(descriptor, CInt(SHUT_WR)) == 0 else {
            return abort()
        }
        lingerBudget = Self.lingerLimit
        core.set(lingerDeadline, of: self, to: core.now + Self.lingerTime)
        endStage()
        resumeReading()
    }

    private func endStage() {
        guard !isClosed else { return }
        isClosed = true
        unread = []
        let stage = self.stage
        self.stage = nil
        stage?.closed()
    }

    private func linger(_ count: Int) {
        lingerBudget -= count
        if lingerBudget < 0 { closeHandle() }
    }

    package func deadlineReached(now: ContinuousClock.Instant) {
        closeHandle()
    }

    private func closeHandle() {
        guard !isHandleClosed else { return }
        isHandleClosed = true
        pauseReading()
        core.set(lingerDeadline, of: self, to: nil)
        uv_close(uvHandle, onClosed)
        if pendingWrite == nil { finishClosing() }
    }

    private func finishClosing() {
        outbound.removeAll(pool: &core.blocks)
    }

    /// Takes the connection off its loop, to live on another: its descriptor and its unread bytes.
    ///
    /// Nothing may wait to be written.
    func detach() -> (descriptor: CInt, unread: [UInt8])? {
        var descriptor: uv_os_fd_t = -1
        guard !isClosed, outbound.isEmpty, uv_fileno(uvHandle, &descriptor) == 0 else { return nil }
        let copy = dup(descriptor)
        guard copy >= 0 else { return nil }
        let rest = unread
        stage = nil
        abort()
        return (copy, rest)
    }

    /// A connection that another loop gave up, on this one.
    ///
    /// - Returns: Nil if the system refuses; the descriptor is closed then.
    static func adopt(_ descriptor: CInt, unread: [UInt8], core: LoopCore) -> TCPConnection? {
        let handle = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
        uv_tcp_init(core.uv, handle)
        let status = uv_tcp_open(handle, descriptor)
        let connection = TCPConnection(handle, core: core)
        guard status == 0 else {
            connection.abort()
            close(descriptor)
            return nil
        }
        connection.unread = unread
        return connection
    }

    // MARK: libuv

    private var uvHandle: UnsafeMutablePointer<uv_handle_t> {
        UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
    }

    private var stream: UnsafeMutablePointer<uv_stream_t> {
        UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_stream_t.self)
    }

    /// The connection of a handle, if it is one's.
    static func of(_ handle: UnsafeMutablePointer<uv_handle_t>) -> TCPConnection? {
        guard uv_handle_get_type(handle) == UV_TCP, let data = handle.pointee.data else { return nil }
        return Unmanaged<AnyObject>.fromOpaque(data).takeUnretainedValue() as? TCPConnection
    }

    private static func peer(of handle: UnsafeMutablePointer<uv_tcp_t>) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = CInt(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                uv_tcp_getpeername(handle, address, &length) == 0
            else { return nil }
            return SocketAddress(address)
        }
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

private func onWritten(_ request: UnsafeMutablePointer<uv_write_t>?, _ status: CInt) {
    guard let request, let connection = connection(request.pointee.handle.pointee.data) else { return }
    connection.written(request, status: status)
}

private func onClosed(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let data = handle?.pointee.data else { return }
    Unmanaged<TCPConnection>.fromOpaque(data).release()
}
