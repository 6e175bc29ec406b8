/// The small shared frames of one turn, one behind the other: connections that are sent the same ones write them from
/// one place, which the caches know, instead of each from a copy of its own.
///
/// It belongs to a loop. What was put there stays as it is until nobody writes it any more; its address does not.
final class SharedRun {
    /// The most bytes that it holds, and keeps memory for: a connection may wait for its peer with a part of it.
    static let limit = 64 * 1024

    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    private var count = 0
    /// The frame that was put there last, kept so that no other can come to lie where it lies; and its place.
    private var last: SharedBytes?
    private var lastStart = 0

    init() {
        capacity = 4096
        start = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        start.deallocate()
    }

    /// Where the frame stands at the end of the run, for a connection to begin with; nil if there is no room for it.
    @inline(__always)
    func begin(with frame: SharedBytes) -> Int? {
        if last === frame { return lastStart }
        let end = count
        return put(frame) ? end : nil
    }

    /// Whether the frame stands behind what ends at a place: because it was put there for another, or is put there now.
    @inline(__always)
    func goesOn(from end: Int, with frame: SharedBytes) -> Bool {
        if last === frame, lastStart == end { return true }
        return end == count && put(frame)
    }

    @inline(never)
    private func put(_ frame: SharedBytes) -> Bool {
        let end = count + frame.count
        guard end <= Self.limit, let source = frame.bytes.baseAddress else { return false }
        if end > capacity { grow(toHold: end) }
        (start + count).copyMemory(from: source, byteCount: frame.count)
        (last, lastStart, count) = (frame, count, end)
        return true
    }

    private func grow(toHold wanted: Int) {
        capacity = min(max(wanted, capacity * 2), Self.limit)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
    }

    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
    }

    /// Forgets all frames; nobody may be writing them.
    fileprivate func clear() {
        (last, lastStart, count) = (nil, 0, 0)
    }
}

/// Where the queues of a loop's connections get memory from.
struct OutboundMemory {
    var blocks = BlockPool()
    /// This turn's frames for many.
    private var run = SharedRun()
    private var isRunEmpty = true

    /// A place in the turn's run for a connection that begins with a frame.
    @inline(__always)
    mutating func begin(with frame: SharedBytes) -> (run: SharedRun, start: Int)? {
        isRunEmpty = false
        if let place = run.begin(with: frame) { return (run, place) }
        return beginAnew(with: frame)
    }

    @inline(never)
    private mutating func beginAnew(with frame: SharedBytes) -> (run: SharedRun, start: Int)? {
        run = SharedRun()
        return run.begin(with: frame).map { (run, $0) }
    }

    /// The turn is over, and its frames are written.
    @inline(__always)
    mutating func endTurn() {
        if !isRunEmpty { clearRun() }
    }

    @inline(never)
    private mutating func clearRun() {
        isRunEmpty = true
        if isKnownUniquelyReferenced(&run) { run.clear() } else { run = SharedRun() }
    }

    /// Frees what is pooled, at the loop's end.
    mutating func deallocate() {
        blocks.deallocate()
    }
}
