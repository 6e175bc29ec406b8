/// A queue of bytes: written at its end, read at its front.
///
/// The storage is one contiguous array. Consuming moves an index; the space in front is taken back when the buffer
/// runs empty, or when an append would have to grow the array while half of it is already consumed. Appending `n`
/// bytes and consuming them again costs O(n), however the calls are cut.
@usableFromInline
package struct ByteBuffer: Sendable {
    @usableFromInline var storage: [UInt8]
    @usableFromInline var head: Int

    @inlinable
    package init() {
        storage = []
        head = 0
    }

    /// A buffer that holds `bytes`.
    @inlinable
    package init(_ bytes: [UInt8]) {
        storage = bytes
        head = 0
    }

    /// The number of unread bytes.
    @inlinable
    package var count: Int { storage.count - head }

    @inlinable
    package var isEmpty: Bool { head == storage.count }

    /// The bytes the storage can hold before it grows.
    @inlinable
    package var capacity: Int { storage.capacity }

    /// The unread bytes.
    @inlinable
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            unsafe storage.span.bytes.extracting(droppingFirst: head)
        }
    }

    /// Lets `body` change the unread bytes in place.
    @inlinable
    package mutating func withMutableBytes<Failure: Error, Result>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let head = head
        var elements = storage.mutableSpan
        var all = unsafe elements.mutableBytes
        var bytes = all._mutatingExtracting(droppingFirst: head)
        return try body(&bytes)
    }

    /// The unread bytes, copied.
    @inlinable
    package var array: [UInt8] { head == 0 ? storage : Array(storage[head...]) }

    // MARK: Writing

    /// Makes room for `additional` bytes more.
    @inlinable
    package mutating func reserve(_ additional: Int) {
        guard storage.count + additional > storage.capacity else { return }
        grow(additional)
    }

    @usableFromInline
    mutating func grow(_ additional: Int) {
        if head > 0, head * 2 >= storage.count { compact() }
        let needed = storage.count + additional
        if needed > storage.capacity { storage.reserveCapacity(Swift.max(needed, storage.capacity * 2)) }
    }

    @inlinable
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        storage.append(byte)
    }

    @inlinable
    package mutating func append(_ bytes: RawSpan) {
        append(upTo: bytes.byteCount) { $0.append(bytes) }
    }

    /// Appends at most `count` bytes, those that the body writes.
    @inlinable
    @inline(__always)
    package mutating func append(upTo count: Int, _ body: (inout OutputSpan<UInt8>) -> Void) {
        // A buffer without storage shares it with all others: to write that there is nothing in it would be a race.
        guard count > 0 else { return }
        reserve(count)
        storage.append(addingCapacity: count, initializingWith: body)
    }

    @inlinable
    package mutating func append(_ bytes: [UInt8]) {
        unsafe append(bytes.span.bytes)
    }

    @inlinable
    package mutating func append(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        unsafe storage.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the text in UTF-8.
    @inlinable
    package mutating func append(_ text: String) {
        text.withUTF8Bytes { append($0) }
    }

    /// Appends the number in decimal ASCII digits.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: UInt64(value.magnitude))
    }

    /// Appends the number in decimal ASCII digits.
    package mutating func append(decimal value: UInt64) {
        if value < 10 { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value)) }
        var digits: [20 of UInt8] = .init(repeating: 0)
        var start = 20
        var rest = value
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        unsafe append(digits.span.bytes.extracting(droppingFirst: start))
    }

    /// Takes back what was appended since the buffer held `count` bytes.
    package mutating func truncate(to count: Int) {
        precondition(count >= 0, "truncated to fewer than no bytes")
        guard count < self.count else { return }
        storage.removeLast(self.count - count)
    }

    // MARK: The front

    /// Drops what is unread, and begins anew with room in front of what will be written, for ``prepend(_:)``.
    ///
    /// The new bytes lie behind the old ones while the storage has room for `expected` more, so that to begin costs next
    /// to nothing.
    ///
    /// - Parameters:
    ///   - room: The bytes of room in front.
    ///   - expected: The bytes that will be written, as far as is known.
    ///   - first: The first of them, if it is known already.
    @inlinable
    package mutating func restart(roomInFront room: Int, expecting expected: Int, with first: UInt8? = nil) {
        if storage.capacity - storage.count < room + expected { makeRoom(room + expected) }
        // What was dropped is room, too.
        if storage.count < room { append(upTo: room) { $0.append(repeating: 0, count: room) } }
        head = storage.count
        if let first { append(first) }
    }

    @usableFromInline
    mutating func makeRoom(_ count: Int) {
        storage.removeAll(keepingCapacity: true)
        storage.reserveCapacity(count * 8)
    }

    /// Puts the lowest `count` bytes of the word in front of what is unread, the lowest first.
    ///
    /// - Parameters:
    ///   - word: The bytes, and zeros above them.
    ///   - count: At most eight.
    package mutating func prepend(_ word: UInt64, count: Int) {
        precondition(count > 0 && count <= 8, "a word has eight bytes")
        if head < 8 { makeRoomInFront(8) }
        // All eight are written: what stands in front of what is unread is nobody's.
        let start = head - 8
        head -= count
        unsafe storage.withUnsafeMutableBytes { storage in
            let last = word << UInt64(64 - 8 * count)
            unsafe storage.storeBytes(of: last.littleEndian, toByteOffset: start, as: UInt64.self)
        }
    }

    /// Puts the bytes in front of what is unread.
    ///
    /// Costs no more than the bytes, if there is room for them; else what is unread is moved.
    package mutating func prepend(_ bytes: RawSpan) {
        let count = bytes.byteCount
        if head < count { makeRoomInFront(count) }
        head -= count
        let start = head
        unsafe storage.withUnsafeMutableBytes { storage in
            for index in 0..<count { unsafe storage[start + index] = bytes[index] }
        }
    }

    @inline(never)
    private mutating func makeRoomInFront(_ count: Int) {
        storage.insert(contentsOf: repeatElement(0, count: count - head), at: 0)
        head = count
    }

    // MARK: Reading

    /// Drops the first `n` unread bytes.
    @inlinable
    package mutating func consume(_ n: Int) {
        precondition(n >= 0 && n <= count, "consumed more than there is")
        head += n
        if head == storage.count { removeAll(keepingCapacity: true) }
    }

    @inlinable
    package mutating func removeAll(keepingCapacity: Bool) {
        storage.removeAll(keepingCapacity: keepingCapacity)
        head = 0
    }

    /// Hands over what is unread and leaves the buffer empty, without storage.
    @inlinable
    package mutating func take() -> [UInt8] {
        let all = array
        self = ByteBuffer()
        return all
    }

    private mutating func compact() {
        storage.removeFirst(head)
        head = 0
    }
}

extension OutputSpan<UInt8> {
    /// Appends the bytes, for which there has to be room.
    @inlinable
    @inline(__always)
    @_lifetime(self: copy self)
    package mutating func append(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= freeCapacity, "no room for the bytes")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            guard let base = buffer.baseAddress else { return }
            let end = unsafe UnsafeMutableRawPointer(base + count)
            unsafe bytes.withUnsafeBytes { bytes in
                if let start = bytes.baseAddress { unsafe end.copyMemory(from: start, byteCount: bytes.count) }
            }
            count += bytes.byteCount
        }
    }
}
