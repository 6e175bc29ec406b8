import SIOBytes

/// The last bytes that a side has sent, to which its next message may refer (RFC 7692 §7.2.2).
///
/// It is all that a connection keeps of its peer's context between two messages, and it is as large as what came so far.
package struct DeflateWindow: Sendable {
    private let size: Int
    /// In a ring, once they are ``size`` bytes.
    private var bytes: [UInt8] = []
    /// Where the oldest byte is.
    private var head = 0

    /// An empty window of two to the power of `bits` bytes.
    package init(bits: Int) {
        size = 1 << bits
    }

    /// The bytes that are held.
    package var count: Int { bytes.count }

    /// The memory that is held, in bytes.
    package var capacity: Int { bytes.capacity }

    /// Moves the window over a message.
    package mutating func append(_ message: RawSpan) {
        let news = message.extracting(last: size)
        let growth = min(size - bytes.count, news.byteCount)
        if growth > 0 { grow(by: news.extracting(first: growth)) }
        var rest = news.extracting(droppingFirst: growth)
        while !rest.isEmpty {
            let count = min(size - head, rest.byteCount)
            overwrite(rest.extracting(first: count))
            rest = rest.extracting(droppingFirst: count)
        }
    }

    /// Hands the window's two halves to the body: the older one, and the newer one, which may be empty.
    func withHalves(_ body: (RawSpan, RawSpan) -> Void) {
        let all = unsafe bytes.span.bytes
        body(all.extracting(droppingFirst: head), all.extracting(first: head))
    }

    private mutating func grow(by news: RawSpan) {
        let needed = bytes.count + news.byteCount
        // An array that grows by itself may take twice the window.
        if needed > bytes.capacity { bytes.reserveCapacity(min(size, max(needed, bytes.capacity * 2))) }
        unsafe news.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func overwrite(_ news: RawSpan) {
        unsafe bytes.withUnsafeMutableBytes { all in
            let oldest = unsafe UnsafeMutableRawBufferPointer(rebasing: all[head...])
            unsafe news.withUnsafeBytes { unsafe oldest.copyMemory(from: $0) }
        }
        head = (head + news.byteCount) % size
    }
}
