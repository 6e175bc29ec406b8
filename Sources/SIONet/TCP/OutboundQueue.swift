import CLibUV

/// Memory that a connection gathers small writes in.
///
/// Its address is stable.
struct Block {
    var start: UnsafeMutableRawPointer
    var capacity: Int
    var count = 0
}

/// Blocks that idle connections gave back: an idle connection holds no memory to write from.
struct BlockPool {
    static let blockSize = 2048
    private static let limit = 2048
    private var free: [UnsafeMutableRawPointer] = []
    /// The sizes of larger blocks that are pooled, powers of two.
    static let largeSizes = 4 * 1024...64 * 1024
    /// The most bytes of larger blocks that are kept.
    ///
    /// Without them a turn of large messages would have its memory made by the system, and taken back at its end.
    static let largeLimit = 4 * 1024 * 1024
    /// By their sizes.
    private var freeLarge: [5 of [UnsafeMutableRawPointer]] = .init(repeating: [])
    private(set) var largeBytes = 0

    mutating func take() -> Block {
        let start = free.popLast() ?? .allocate(byteCount: Self.blockSize, alignment: 16)
        return Block(start: start, capacity: Self.blockSize)
    }

    /// A block that holds at least so many bytes.
    mutating func take(holding count: Int) -> Block {
        if count <= Self.blockSize { return take() }
        var (place, size) = (0, Self.largeSizes.lowerBound)
        while size < count, size < Self.largeSizes.upperBound { (place, size) = (place + 1, size * 2) }
        guard size >= count else {
            return Block(start: .allocate(byteCount: count, alignment: 16), capacity: count)
        }
        if let start = freeLarge[place].popLast() {
            largeBytes -= size
            return Block(start: start, capacity: size)
        }
        return Block(start: .allocate(byteCount: size, alignment: 16), capacity: size)
    }

    mutating func give(_ block: Block) {
        if block.capacity == Self.blockSize, free.count < Self.limit {
            free.append(block.start)
        } else if block.capacity > Self.blockSize, block.capacity <= Self.largeSizes.upperBound,
            largeBytes + block.capacity <= Self.largeLimit
        {
            largeBytes += block.capacity
            freeLarge[(block.capacity / Self.largeSizes.lowerBound).trailingZeroBitCount].append(block.start)
        } else {
            block.start.deallocate()
        }
    }

    /// Frees what is pooled, at the loop's end.
    mutating func deallocate() {
        for start in free { start.deallocate() }
        free = []
        for place in freeLarge.indices {
            for start in freeLarge[place] { start.deallocate() }
            freeLarge[place] = []
        }
        largeBytes = 0
    }
}

/// What a connection still has to write, in order: gathered small writes, and shared frames by reference.
struct OutboundQueue {
    /// A shared frame of at least this size is written from where it lies; a smaller one from the turn's run, or gathered.
    static let shareThreshold = 4096

    private enum Segment {
        case block(Block)
        case shared(SharedBytes)

        var bytes: UnsafeRawBufferPointer {
            switch self {
            case .block(let block): UnsafeRawBufferPointer(start: block.start, count: block.count)
            case .shared(let shared): shared.bytes
            }
        }
    }

    /// Where the small shared frames of this turn stand, as long as they are all there is.
    ///
    /// It is counted once, by hand: looking at it would count each time.
    private var run: Unmanaged<SharedRun>?
    /// The number of bytes not yet written.
    private(set) var count = 0
    /// What stands before the tail; empty almost always.
    private var sealed: [Segment] = []
    /// The bytes of the first segment that were written already, or of the run those that are not to be written.
    private var written = 0
    private var tail: Block?

    var isEmpty: Bool { count == 0 }

    /// Whether all that waits is in one place.
    var isShort: Bool { sealed.isEmpty }

    mutating func append(_ bytes: UnsafeRawBufferPointer, memory: inout OutboundMemory) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        if run != nil { leaveRun(memory: &memory) }
        var block = tail ?? memory.blocks.take(holding: bytes.count)
        if block.count + bytes.count > block.capacity { Self.grow(&block, toHold: block.count + bytes.count, &memory) }
        (block.start + block.count).copyMemory(from: source, byteCount: bytes.count)
        block.count += bytes.count
        tail = block
        count += bytes.count
    }

    mutating func append(_ frame: SharedBytes, memory: inout OutboundMemory) {
        if frame.count >= Self.shareThreshold {
            seal(memory: &memory)
            sealed.append(.shared(frame))
        } else if let run, run._withUnsafeGuaranteedRef({ $0.goesOn(from: written + count, with: frame) }) {
            // It stands there, or does now.
        } else if isEmpty, frame.count > 0, let place = memory.begin(with: frame) {
            run = .passRetained(place.run)
            written = place.start
        } else {
            return append(frame.bytes, memory: &memory)
        }
        count += frame.count
    }

    /// Copies what stands in the turn's run to where anything can follow it, and where it can stay for another turn.
    mutating func leaveRun(memory: inout OutboundMemory) {
        guard let run else { return }
        self.run = nil
        let rest = run._withUnsafeGuaranteedRef { $0.bytes(written..<written + count) }
        written = 0
        count = 0
        append(rest, memory: &memory)
        run.release()
    }

    /// Lets `body` see the unwritten bytes in order, as the system wants them.
    mutating func withBuffers<Result>(_ body: (UnsafeMutableBufferPointer<uv_buf_t>) -> Result) -> Result {
        if let run {
            var buffer = run._withUnsafeGuaranteedRef { Self.buffer(of: $0.bytes(written..<written + count)) }
            return withUnsafeMutablePointer(to: &buffer) { body(UnsafeMutableBufferPointer(start: $0, count: 1)) }
        }
        if sealed.isEmpty, let tail {
            var buffer = uv_buf_t(
                base: (tail.start + written).assumingMemoryBound(to: CChar.self), len: tail.count - written)
            return withUnsafeMutablePointer(to: &buffer) { body(UnsafeMutableBufferPointer(start: $0, count: 1)) }
        }
        var buffers = sealed.prefix(64).map { Self.buffer(of: $0.bytes) }
        if sealed.count <= 64, let tail { buffers.append(Self.buffer(of: Segment.block(tail).bytes)) }
        if !buffers.isEmpty, let base = buffers[0].base {
            buffers[0].base = base + written
            buffers[0].len -= written
        }
        return buffers.withUnsafeMutableBufferPointer { body($0) }
    }

    /// Lets `body` see the unwritten bytes of a queue that is short, and others behind them.
    mutating func withBuffers<Result>(
        and bytes: UnsafeRawBufferPointer, _ body: (UnsafeMutableBufferPointer<uv_buf_t>) -> Result
    ) -> Result {
        var last = Self.buffer(of: bytes)
        if isEmpty {
            return withUnsafeMutablePointer(to: &last) { body(UnsafeMutableBufferPointer(start: $0, count: 1)) }
        }
        return withBuffers { waiting in
            var all = Array(waiting)
            all.append(last)
            return all.withUnsafeMutableBufferPointer { body($0) }
        }
    }

    /// Drops what the system took.
    mutating func consume(_ n: Int, memory: inout OutboundMemory) {
        count -= n
        if let run {
            written += n
            if isEmpty { drop(run) }
            return
        }
        var rest = written + n
        if sealed.isEmpty, let block = tail, block.count == rest {
            memory.blocks.give(block)
            tail = nil
            written = 0
            return
        }
        var done = 0
        while done < sealed.count, rest >= sealed[done].bytes.count {
            rest -= sealed[done].bytes.count
            if case .block(let block) = sealed[done] { memory.blocks.give(block) }
            done += 1
        }
        sealed.removeFirst(done)
        written = rest
        if sealed.isEmpty, let block = tail, block.count == rest {
            memory.blocks.give(block)
            tail = nil
            written = 0
        }
    }

    private mutating func drop(_ run: Unmanaged<SharedRun>) {
        self.run = nil
        written = 0
        run.release()
    }

    /// Gives all memory back.
    mutating func removeAll(memory: inout OutboundMemory) {
        if let run { drop(run) }
        seal(memory: &memory)
        for case .block(let block) in sealed { memory.blocks.give(block) }
        sealed = []
        written = 0
        count = 0
    }

    /// Keeps what is there where it is: what is appended from now on goes behind it, elsewhere.
    mutating func seal(memory: inout OutboundMemory) {
        if run != nil { leaveRun(memory: &memory) }
        guard let block = tail else { return }
        sealed.append(.block(block))
        tail = nil
    }

    private static func buffer(of bytes: UnsafeRawBufferPointer) -> uv_buf_t {
        let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
        return uv_buf_t(base: base, len: bytes.count)
    }

    private static func grow(_ block: inout Block, toHold count: Int, _ memory: inout OutboundMemory) {
        var larger = memory.blocks.take(holding: max(count, block.capacity * 2))
        larger.count = block.count
        larger.start.copyMemory(from: block.start, byteCount: block.count)
        memory.blocks.give(block)
        block = larger
    }
}
