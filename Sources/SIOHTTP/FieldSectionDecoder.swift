import SIOBytes

/// Reads the field lines of a head, or of a trailer, up to the empty line behind them (RFC 9112 §5).
struct FieldSectionDecoder {
    /// The fields so far.
    private(set) var headers = HTTPHeaders()
    private var remainingBytes: Int
    private var remainingCount: Int

    init(limits: HTTPLimits) {
        remainingBytes = limits.maxHeaderBytes
        remainingCount = limits.maxHeaderCount
    }

    /// Reads what the window holds.
    ///
    /// - Returns: Whether the empty line was met.
    mutating func next(
        in bytes: borrowing RawSpan, from offset: Int, lines: inout LineScanner
    ) throws(HTTPError) -> Bool {
        while let line = try lines.next(
            in: bytes, from: offset, limit: max(0, remainingBytes - 2), tooLong: .headersTooLarge)
        {
            if line.isEmpty { return true }
            remainingBytes -= line.count + 2
            if remainingCount == 0 { throw .tooManyHeaders }
            remainingCount -= 1
            if headers.isEmpty { reserve(bytes.byteCount - line.lowerBound) }
            try parse(bytes.extracting(line))
        }
        return false
    }

    /// Makes room for the fields that the rest of the window may hold: a few bytes more than they take there.
    ///
    /// A request is often kept as long as its connection, so it is not given twice what it needs.
    private mutating func reserve(_ rest: Int) {
        let rest = min(rest, 1024)
        headers.reserve(rest + rest / 8 + 16)
    }

    /// Reads `name ":" OWS value OWS`.
    private mutating func parse(_ line: borrowing RawSpan) throws(HTTPError) {
        if line[0].isWhitespace { throw .lineFolding }
        var colon = 0
        while colon < line.byteCount, line[colon].isTokenCharacter { colon += 1 }
        guard colon > 0, colon < line.byteCount, line[colon] == UInt8(ascii: ":") else { throw .invalidFieldName }
        let value = line.trimming(colon + 1..<line.byteCount)
        guard line.extracting(value).isFieldValue else { throw .invalidFieldValue }
        headers.append(name: line.extracting(0..<colon), value: line.extracting(value))
    }
}
