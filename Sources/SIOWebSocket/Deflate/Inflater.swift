import CZlib
import SIOBytes

/// zlib's decompressor, of which a whole event loop needs one: between two messages it holds nothing of a connection.
@safe package final class Inflater {
    /// The blocks marked as the last (BFINAL) that a message may have, with more behind them.
    ///
    /// Each costs a new beginning, so that a peer could buy much work with few bytes.
    package static let maxFinalBlocks = 64
    /// The bytes that zlib is given room for at a time.
    private static let chunkSize = 16 * 1024
    /// The most that zlib is given at a time: it counts in 32 bits.
    private static let maxInput = 1 << 30
    /// What the sender took off (RFC 7692 §7.2.1).
    private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    /// zlib wants it to stay where it is.
    private let stream: UnsafeMutablePointer<z_stream>
    private let chunk: UnsafeMutableRawBufferPointer
    /// Whether the last byte that was read ended a block marked as the last.
    private var isAtFinalBlock = false
    private var finalBlocks = 0

    package init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe chunk = .allocate(byteCount: Self.chunkSize, alignment: 16)
        // A window of 32 KiB, whatever was agreed on: it holds any smaller one.
        let status = unsafe inflateInit2_(stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib cannot begin")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe chunk.deallocate()
    }

    /// Decompresses a message (RFC 7692 §7.2.2).
    ///
    /// - Parameters:
    ///   - message: The payloads of all its frames, joined.
    ///   - window: What the message may refer to; nil if it stands for itself.
    ///   - limit: The bytes that it may become.
    ///   - output: What it becomes is appended here. Of one that becomes too much, no more than `limit + 1` bytes are made.
    /// - Throws: ``WebSocketError/messageTooBig``, or ``WebSocketError/compressedData`` if it is no whole sequence of
    ///   blocks (RFC 1951).
    package func inflate(
        _ message: RawSpan, window: DeflateWindow?, limit: Int, into output: inout [UInt8]
    ) throws(WebSocketError) {
        // Some compressors make nothing of nothing, where §7.2.3.6 asks for one byte.
        guard !message.isEmpty else { return }
        var room = Room(output: output, limit: limit)
        output = []
        defer { output = room.output }
        finalBlocks = 0
        restart(window, RawSpan())
        try feed(message, window, &room)
        if isAtFinalBlock { return }
        try unsafe feed(Self.tail.span.bytes, window, &room)
        // zlib's words for: behind a block, and no bit is left over.
        guard unsafe stream.pointee.data_type == 128 else { throw .compressedData }
    }

    /// Where a message's bytes go.
    private struct Room {
        var output: [UInt8]
        let limit: Int
        private let start: Int

        init(output: [UInt8], limit: Int) {
            self.output = output
            self.limit = limit
            start = output.count
        }

        /// The bytes that the message may still grow by, and one more, which it must not.
        var left: Int {
            let left = limit - (output.count - start)
            return left == .max ? left : left + 1
        }

        /// What the message has become so far.
        var message: RawSpan {
            @_lifetime(borrow self)
            borrowing get {
                unsafe output.span.bytes.extracting(droppingFirst: start)
            }
        }

        mutating func append(_ bytes: UnsafeRawBufferPointer) {
            let needed = output.count + bytes.count
            // An array that grows by itself takes up to twice what it needs, and more than the limit.
            if needed > output.capacity {
                let (most, isBeyond) = output.count.addingReportingOverflow(left)
                output.reserveCapacity(max(needed, min(output.capacity * 2, isBeyond ? .max : most)))
            }
            unsafe output.append(contentsOf: bytes)
        }
    }

    private func feed(_ span: RawSpan, _ window: DeflateWindow?, _ room: inout Room) throws(WebSocketError) {
        var rest = span
        var isFull = false
        repeat {
            if isAtFinalBlock {
                finalBlocks += 1
                guard finalBlocks <= Self.maxFinalBlocks else { throw .compressedData }
                restart(window, room.message)
            }
            let (status, consumed) = step(rest.extracting(first: Self.maxInput), &room, &isFull)
            guard room.left > 0 else { throw .messageTooBig }
            // Neither input nor room is missing when zlib says Z_BUF_ERROR without having done anything.
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR && (consumed > 0 || rest.isEmpty)
            else { throw .compressedData }
            isAtFinalBlock = status == Z_STREAM_END
            rest = rest.extracting(droppingFirst: consumed)
        } while !rest.isEmpty || isFull && !isAtFinalBlock
    }

    /// Lets zlib read, and write once.
    private func step(_ input: RawSpan, _ room: inout Room, _ isFull: inout Bool) -> (status: CInt, consumed: Int) {
        let space = min(Self.chunkSize, room.left)
        let status = unsafe input.withUnsafeBytes { bytes in
            // zlib's header has forgotten the `const`.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: Bytef.self))
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            unsafe stream.pointee.next_out = chunk.baseAddress?.assumingMemoryBound(to: Bytef.self)
            unsafe stream.pointee.avail_out = UInt32(space)
            return unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
        }
        let made = unsafe space - Int(stream.pointee.avail_out)
        isFull = made == space
        unsafe room.append(UnsafeRawBufferPointer(rebasing: chunk[..<made]))
        return (status, unsafe input.byteCount - Int(stream.pointee.avail_in))
    }

    /// Begins anew behind what the peer has sent before, and in this message.
    private func restart(_ window: DeflateWindow?, _ message: RawSpan) {
        isAtFinalBlock = false
        unsafe inflateReset(stream)
        window?.withHalves { older, newer in
            remember(older)
            remember(newer)
        }
        remember(message.extracting(last: 1 << 15))
    }

    /// Puts bytes behind those that zlib can refer to.
    private func remember(_ bytes: RawSpan) {
        guard !bytes.isEmpty else { return }
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: Bytef.self) else { return }
            unsafe inflateSetDictionary(stream, start, UInt32(bytes.count))
        }
    }
}
