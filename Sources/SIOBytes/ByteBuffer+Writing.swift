extension ByteBuffer {
    @inlinable
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe memory.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end += 1
    }

    @inlinable
    package mutating func append(_ bytes: RawSpan) {
        reserve(bytes.byteCount)
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe (memory + end).copyMemory(from: start, byteCount: bytes.count)
        }
        end += bytes.byteCount
    }

    /// Appends at most `count` bytes, those that the body writes.
    @inlinable
    @inline(__always)
    package mutating func append(upTo count: Int, _ body: (inout OutputSpan<UInt8>) -> Void) {
        reserve(count)
        let room = unsafe UnsafeMutableBufferPointer(
            start: (memory + end).assumingMemoryBound(to: UInt8.self), count: count)
        var output = unsafe OutputSpan(buffer: room, initializedCount: 0)
        body(&output)
        end += unsafe output.finalize(for: room)
    }

    @inlinable
    package mutating func append(_ bytes: [UInt8]) {
        unsafe append(bytes.span.bytes)
    }

    @inlinable
    package mutating func append(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        unsafe (memory + end).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        end += text.utf8CodeUnitCount
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
        if count < self.count { end = head + count }
    }
}
