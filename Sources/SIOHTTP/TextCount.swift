import SIOBytes

// Counts of bytes, which stand in front of texts: seven bits a byte, the lowest first, the last one below 128.

extension RawSpan {
    /// The count that lies at the offset, which moves behind it.
    @inline(__always)
    func textCount(at offset: inout Int) -> Int {
        let first = self[offset]
        offset &+= 1
        // Most texts are short.
        return first < 0x80 ? Int(first) : longTextCount(Int(first & 0x7F), at: &offset)
    }

    private func longTextCount(_ lowest: Int, at offset: inout Int) -> Int {
        var count = lowest
        var shift = 7
        while self[offset] > 0x7F {
            count |= Int(self[offset] & 0x7F) << shift
            shift += 7
            offset += 1
        }
        count |= Int(self[offset]) << shift
        offset += 1
        return count
    }

    /// The bytes that the span takes with its count in front of it.
    @inline(__always)
    var countedSize: Int {
        var size = 1 + byteCount
        var rest = byteCount >> 7
        while rest > 0 {
            size += 1
            rest >>= 7
        }
        return size
    }
}

extension OutputSpan<UInt8> {
    /// Appends a count.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func append(textCount count: Int) {
        var rest = count
        while rest > 0x7F {
            append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Appends a text behind its count.
    @_lifetime(self: copy self)
    mutating func append(counted text: borrowing RawSpan) {
        append(textCount: text.byteCount)
        append(text)
    }
}
