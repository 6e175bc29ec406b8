/// A queue of bytes: written at its end, read at its front.
///
/// The bytes lie in one piece of memory that belongs to the buffer alone: it cannot be copied, so that no write has to ask
/// whose the memory is. Consuming moves an index; the space in front is taken back when the buffer runs empty, or when an
/// append would have to get more memory while half of it is already consumed. Appending `n` bytes and consuming them again
/// costs O(n), however the calls are cut.
@safe
@usableFromInline
package struct ByteBuffer: ~Copyable, @unchecked Sendable {  // The memory is the buffer's alone.
    /// Points nowhere as long as there is no capacity.
    @usableFromInline var memory: UnsafeMutableRawPointer
    /// The bytes the memory can hold.
    @usableFromInline package internal(set) var capacity: Int
    /// Where the unread bytes begin.
    @usableFromInline var head: Int
    /// Where they end.
    @usableFromInline var end: Int

    @inlinable
    package init() {
        unsafe memory = Self.nowhere
        capacity = 0
        head = 0
        end = 0
    }

    /// A buffer that holds a copy of the bytes.
    @inlinable
    package init(_ bytes: [UInt8]) {
        self.init()
        append(bytes)
    }

    @inlinable
    deinit {
        if capacity > 0 { unsafe memory.deallocate() }
    }

    /// The number of unread bytes.
    @inlinable
    package var count: Int { end - head }

    @inlinable
    package var isEmpty: Bool { head == end }

    /// The unread bytes.
    @inlinable
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            let span = unsafe RawSpan(_unsafeStart: memory + head, byteCount: end - head)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Lets `body` change the unread bytes in place.
    @inlinable
    package mutating func withMutableBytes<Failure: Error, Result>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var bytes = unsafe MutableRawSpan(_unsafeStart: memory + head, byteCount: end - head)
        return try body(&bytes)
    }

    /// The unread bytes, copied.
    @inlinable
    package var array: [UInt8] { bytes.array }

    // MARK: The memory

    /// Where a buffer without memory begins.
    @inlinable
    static var nowhere: UnsafeMutableRawPointer {
        // Any address but none.
        unsafe UnsafeMutableRawPointer(bitPattern: 1).unsafelyUnwrapped
    }

    /// The least memory that is taken.
    private static let leastCapacity = 32
    /// The room in front that is not taken back: it is meant for ``prepend(_:)``.
    private static let keptRoom = 32

    /// Makes room for `additional` bytes more.
    @inlinable
    @inline(__always)
    package mutating func reserve(_ additional: Int) {
        if capacity - end < additional { grow(additional) }
    }

    @usableFromInline
    @inline(never)
    mutating func grow(_ additional: Int) {
        let room = head * 2 < end ? head : Swift.min(head, Self.keptRoom)
        let needed = room + count + additional
        move(to: needed <= capacity ? capacity : Swift.max(needed, capacity * 2), roomInFront: room)
    }

    /// Moves what is unread to where there is as much room in front, in memory of this size.
    private mutating func move(to newCapacity: Int, roomInFront room: Int) {
        let count = count
        if newCapacity == capacity {
            unsafe (memory + room).copyMemory(from: memory + head, byteCount: count)
        } else {
            let size = Swift.max(newCapacity, Self.leastCapacity)
            let new = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 1)
            unsafe (new + room).copyMemory(from: memory + head, byteCount: count)
            giveBack()
            unsafe memory = new
            capacity = size
        }
        (head, end) = (room, room + count)
    }

    /// Gives the memory back, and what is in it.
    private mutating func giveBack() {
        if capacity > 0 { unsafe memory.deallocate() }
        unsafe memory = Self.nowhere
        (capacity, head, end) = (0, 0, 0)
    }

    /// Drops what is unread.
    ///
    /// - Parameter keepingCapacity: Whether the memory is kept for what comes.
    package mutating func removeAll(keepingCapacity: Bool) {
        (head, end) = (0, 0)
        if !keepingCapacity { giveBack() }
    }

    /// Hands over what is unread and leaves the buffer empty, without memory.
    package mutating func take() -> [UInt8] {
        let all = array
        giveBack()
        return all
    }

    // MARK: The front

    /// Drops what is unread, and begins anew with room in front of what will be written, for ``prepend(_:)``.
    ///
    /// - Parameters:
    ///   - room: The bytes of room in front.
    ///   - expected: The bytes that will be written, as far as is known.
    @inlinable
    package mutating func restart(roomInFront room: Int, expecting expected: Int) {
        (head, end) = (0, 0)
        reserve(room + expected)
        (head, end) = (room, room)
    }

    /// Puts the lowest `count` bytes of the word in front of what is unread, the lowest first.
    ///
    /// - Parameters:
    ///   - word: The bytes, and zeros above them.
    ///   - count: At most eight.
    @inlinable
    package mutating func prepend(_ word: UInt64, count: Int) {
        precondition(count > 0 && count <= 8, "a word has eight bytes")
        if head < 8 { makeRoomInFront(8) }
        // All eight are written: what stands in front of what is unread is nobody's.
        let last = word << UInt64(64 - 8 * count)
        unsafe memory.storeBytes(of: last.littleEndian, toByteOffset: head - 8, as: UInt64.self)
        head -= count
    }

    /// Puts the bytes in front of what is unread.
    ///
    /// Costs no more than the bytes, if there is room for them; else what is unread is moved.
    package mutating func prepend(_ bytes: RawSpan) {
        let count = bytes.byteCount
        if head < count { makeRoomInFront(count) }
        head -= count
        for index in 0..<count {
            unsafe memory.storeBytes(of: bytes[index], toByteOffset: head + index, as: UInt8.self)
        }
    }

    @usableFromInline
    @inline(never)
    mutating func makeRoomInFront(_ room: Int) {
        move(to: Swift.max(room + count, capacity), roomInFront: room)
    }

    // MARK: Reading

    /// Drops the first `n` unread bytes.
    @inlinable
    package mutating func consume(_ n: Int) {
        precondition(n >= 0 && n <= count, "consumed more than there is")
        head += n
        if head == end { (head, end) = (0, 0) }
    }
}
