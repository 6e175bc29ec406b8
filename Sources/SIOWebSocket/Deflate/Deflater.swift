import CZlib
import SIOBytes

/// One of zlib's compressors, with the context of what it has compressed.
@safe package final class Deflater {
    /// How compressed bytes are wrapped.
    package enum Format: Hashable, Sendable {
        /// Not at all, with a window of two to this power of bytes (RFC 1951).
        case raw(windowBits: Int)
        /// HTTP's `deflate` (RFC 1950).
        case zlib
        /// HTTP's `gzip` (RFC 1952).
        case gzip

        /// What zlib is told.
        fileprivate var windowBits: CInt {
            switch self {
            // zlib cannot do 8. Of a window of 512 bytes it keeps 262 free, so that it refers no further back than 250.
            case .raw(let bits): -CInt(max(bits, 9))
            case .zlib: 15
            case .gzip: 15 + 16
            }
        }
    }

    /// What a compressor is made for.
    package struct Settings: Hashable, Sendable {
        package var format: Format
        /// From 1 (fast) to 9 (small).
        package var level = 6
        /// The memory besides the window: two to this power, plus 9, of bytes.
        package var memLevel = 8

        package init(format: Format, level: Int = 6, memLevel: Int = 8) {
            self.format = format
            self.level = level
            self.memLevel = memLevel
        }
    }

    /// The bytes that zlib is given room for at a time.
    private static let chunkSize = 16 * 1024
    /// The most that zlib is given at a time: it counts in 32 bits.
    private static let maxInput = 1 << 30

    /// zlib wants it to stay where it is.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether there is no context.
    package private(set) var isFresh = true

    package init(_ settings: Settings) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe deflateInit2_(
            stream, CInt(settings.level), Z_DEFLATED, settings.format.windowBits, CInt(settings.memLevel),
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib cannot begin")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Forgets what was compressed before.
    package func reset() {
        guard !isFresh else { return }
        unsafe deflateReset(stream)
        isFresh = true
    }

    /// Compresses a message behind those before it (RFC 7692 §7.2.1), and appends it to the output.
    package func deflate(message: RawSpan, into output: inout [UInt8]) {
        let start = output.count
        run(message, Z_SYNC_FLUSH, &output)
        // The empty block that ends each message is left to the receiver to add. Behind an end nothing more comes of an
        // empty message: §7.2.3.6 says what to send then.
        if output.count > start { output.removeLast(4) } else { output.append(0) }
    }

    /// Compresses a body from its beginning to its end, and appends it to the output.
    package func deflate(body: RawSpan, into output: inout [UInt8]) {
        reset()
        run(body, Z_FINISH, &output)
    }

    private func run(_ input: RawSpan, _ flush: CInt, _ output: inout [UInt8]) {
        isFresh = false
        var rest = input
        var isFull = false
        repeat {
            let part = rest.extracting(first: Self.maxInput)
            let isLast = part.byteCount == rest.byteCount
            let consumed = step(part, isLast ? flush : Z_NO_FLUSH, &output, &isFull)
            rest = rest.extracting(droppingFirst: consumed)
        } while !rest.isEmpty || isFull
    }

    /// Lets zlib read, and write once; says how much was read.
    private func step(_ input: RawSpan, _ flush: CInt, _ output: inout [UInt8], _ isFull: inout Bool) -> Int {
        let size = Self.chunkSize
        isFull = unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { chunk in
            unsafe input.withUnsafeBytes { bytes in
                // zlib's header has forgotten the `const`.
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: bytes.baseAddress?.assumingMemoryBound(to: Bytef.self))
                unsafe stream.pointee.avail_in = UInt32(bytes.count)
                unsafe stream.pointee.next_out = chunk.baseAddress?.assumingMemoryBound(to: Bytef.self)
                unsafe stream.pointee.avail_out = UInt32(size)
                // Z_BUF_ERROR says that nothing was left to do; there is no other error for a stream that is ours.
                let status = unsafe CZlib.deflate(stream, flush)
                precondition(status >= Z_OK || status == Z_BUF_ERROR, "zlib has lost its stream")
            }
            let made = unsafe size - Int(stream.pointee.avail_out)
            unsafe output.append(contentsOf: chunk[..<made])
            return made == size
        }
        return unsafe input.byteCount - Int(stream.pointee.avail_in)
    }
}
