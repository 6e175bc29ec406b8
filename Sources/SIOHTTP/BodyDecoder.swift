import SIOBytes

/// Finds the bytes of a body: counted, chunked, or all until the end of the stream (RFC 9112 §6 and §7).
struct BodyDecoder {
    enum Event {
        /// Bytes of the body, as a range of the window.
        case bytes(Range<Int>)
        case end
    }

    private enum State {
        /// So many bytes are to come. Becomes `complete`.
        case counted(remaining: Int)
        /// A chunk's size is next. Becomes `chunkData`, or `trailer` for the size 0.
        case chunkSize
        /// So many bytes of a chunk are to come. Becomes `chunkEnd`.
        case chunkData(remaining: Int)
        /// The CRLF behind a chunk's data is next. Becomes `chunkSize`.
        case chunkEnd
        /// Trailer fields and the empty line are next; they are checked and dropped. Becomes `complete`.
        case trailer
        /// All bytes belong to the body. Becomes `complete` by `receiveEnd()`.
        case untilEnd
        /// All was delivered but the end.
        case complete
    }

    private var state: State
    private var lines = LineScanner()
    private var trailer: FieldSectionDecoder
    private let maxChunkLine: Int
    private var remainingExtensions: Int
    private var limit: Int
    private var received = 0

    init(_ length: BodyLength, limits: HTTPLimits) {
        state =
            switch length {
            case .bytes(let count): count == 0 ? .complete : .counted(remaining: count)
            case .chunked: .chunkSize
            case .untilEnd: .untilEnd
            }
        trailer = FieldSectionDecoder(limits: limits)
        maxChunkLine = limits.maxChunkLine
        remainingExtensions = limits.maxChunkExtensions
        limit = limits.maxBodySize
    }

    /// Whether bytes may still follow.
    var expectsBytes: Bool {
        if case .complete = state { false } else { true }
    }

    /// Whether a byte of the body, or of its chunked coding, has arrived.
    var hasBegun: Bool { received > 0 || lines.seen > 0 }

    /// Chooses another limit, in bytes.
    ///
    /// - Throws: `bodyTooLarge` if it is known already that the body is larger.
    mutating func setLimit(_ limit: Int) throws(HTTPError) {
        self.limit = limit
        try checkLimit()
    }

    /// The end of the stream.
    ///
    /// - Throws: `prematureEnd` if the body does not end with it.
    mutating func receiveEnd() throws(HTTPError) {
        switch state {
        case .untilEnd, .complete: state = .complete
        case .counted, .chunkSize, .chunkData, .chunkEnd, .trailer: throw .prematureEnd
        }
    }

    mutating func next(in bytes: borrowing RawSpan, from offset: Int) throws(HTTPError) -> Step<Event>? {
        try checkLimit()
        while true {
            switch state {
            case .counted(let remaining):
                guard let range = take(remaining, of: bytes, from: offset) else { return nil }
                state = range.count == remaining ? .complete : .counted(remaining: remaining - range.count)
                return Step(.bytes(range), end: range.upperBound)
            case .chunkSize:
                guard let size = try chunkSize(in: bytes, from: offset) else { return nil }
                state = size == 0 ? .trailer : .chunkData(remaining: size)
            case .chunkData(let remaining):
                guard let range = take(remaining, of: bytes, from: offset) else { return nil }
                state = range.count == remaining ? .chunkEnd : .chunkData(remaining: remaining - range.count)
                return Step(.bytes(range), end: range.upperBound)
            case .chunkEnd:
                guard try lines.next(in: bytes, from: offset, limit: 0, tooLong: .invalidChunk) != nil else {
                    return nil
                }
                state = .chunkSize
            case .trailer:
                var dropped = HTTPHeaders()
                guard try trailer.next(in: bytes, from: offset, lines: &lines, into: &dropped) else { return nil }
                state = .complete
            case .untilEnd:
                guard offset < bytes.byteCount else { return nil }
                guard let range = take(limit - received, of: bytes, from: offset) else { throw .bodyTooLarge }
                return Step(.bytes(range), end: range.upperBound)
            case .complete:
                let end = offset + lines.parsed
                lines = LineScanner()
                return Step(.end, end: end)
            }
        }
    }

    /// The next bytes of the body, at most `count`; nil if there is none.
    private mutating func take(_ count: Int, of bytes: borrowing RawSpan, from offset: Int) -> Range<Int>? {
        let start = offset + lines.parsed
        let end = start + min(count, bytes.byteCount - start)
        guard start < end else { return nil }
        lines = LineScanner()
        received += end - start
        return start..<end
    }

    private func checkLimit() throws(HTTPError) {
        let known =
            switch state {
            case .counted(let remaining), .chunkData(let remaining): remaining
            case .chunkSize, .chunkEnd, .trailer, .untilEnd, .complete: 0
            }
        if known > limit - received { throw .bodyTooLarge }
    }

    /// Reads `1*HEXDIG [ ";" extensions ]`.
    private mutating func chunkSize(in bytes: borrowing RawSpan, from offset: Int) throws(HTTPError) -> Int? {
        guard
            let line = try lines.next(
                in: bytes, from: offset, limit: maxChunkLine, tooLong: .chunkExtensionsTooLarge)
        else { return nil }
        var size = 0
        var index = line.lowerBound
        while index < line.upperBound, let digit = bytes[index].hexadecimalValue {
            guard size <= Int.max >> 4 else { throw .bodyTooLarge }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > line.lowerBound else { throw .invalidChunk }
        if index < line.upperBound {
            // RFC 9112 §7.1.1 lets a space stand in front of the `;`; nobody sends it, and readers differ about it.
            guard bytes[index] == UInt8(ascii: ";") else { throw .invalidChunk }
            for position in index..<line.upperBound where !bytes[position].isFieldCharacter { throw .invalidChunk }
            remainingExtensions -= line.upperBound - index
            if remainingExtensions < 0 { throw .chunkExtensionsTooLarge }
        }
        if size > limit - received { throw .bodyTooLarge }
        return size
    }
}
