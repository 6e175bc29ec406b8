import SIOBytes

/// Reads the field lines of a head, or of a trailer, up to the empty line behind them (RFC 9112 §5).
struct FieldSectionDecoder {
    private var remainingBytes: Int
    private var remainingCount: Int

    init(limits: HTTPLimits) {
        remainingBytes = limits.maxHeaderBytes
        remainingCount = limits.maxHeaderCount
    }

    /// Reads what the window holds, and adds the fields to the others.
    ///
    /// - Returns: Whether the empty line was met.
    mutating func next(
        in bytes: borrowing RawSpan, from offset: Int, lines: inout LineScanner, into headers: inout HTTPHeaders
    ) throws(HTTPError) -> Bool {
        while let line = try lines.next(
            in: bytes, from: offset, limit: max(0, remainingBytes - 2), tooLong: .headersTooLarge)
        {
            if line.isEmpty { return true }
            remainingBytes -= line.count + 2
            if remainingCount == 0 { throw .tooManyHeaders }
            remainingCount -= 1
            // They take no more there than in the window; what is behind a kilobyte may be a body.
            if headers.isEmpty { headers.reserve(min(bytes.byteCount - line.lowerBound, 1024)) }
            try Self.parse(bytes.extracting(line), into: &headers)
        }
        return false
    }

    /// Reads `name ":" OWS value OWS`.
    private static func parse(_ line: borrowing RawSpan, into headers: inout HTTPHeaders) throws(HTTPError) {
        if line[0].isWhitespace { throw .lineFolding }
        var colon = 0
        while colon < line.byteCount, line[colon].isTokenCharacter { colon += 1 }
        guard colon > 0, colon < line.byteCount, line[colon] == UInt8(ascii: ":") else { throw .invalidFieldName }
        let value = line.trimming(colon + 1..<line.byteCount)
        guard line.extracting(value).isFieldValue else { throw .invalidFieldValue }
        headers.append(name: line.extracting(0..<colon), value: line.extracting(value))
    }
}
