import SIOBytes

/// Finds lines in a window that grows, and remembers how far it has looked.
///
/// So a head that arrives byte by byte is read once, not once for every byte.
struct LineScanner {
    /// The bytes from the event's first one that were parsed already.
    private(set) var parsed = 0
    /// The bytes behind these that are known to hold no line feed.
    private var searched = 0

    /// The bytes that were looked at.
    var seen: Int { parsed + searched }

    /// The next line, without its CRLF.
    ///
    /// - Parameters:
    ///   - bytes: The window.
    ///   - offset: Where the event begins in it.
    ///   - limit: The bytes that the line may have.
    ///   - tooLong: The error if it has more.
    /// - Throws: `tooLong`, or `bareLineFeed`.
    /// - Returns: Nil if the window does not hold the line's end.
    mutating func next(
        in bytes: borrowing RawSpan, from offset: Int, limit: Int, tooLong: HTTPError
    ) throws(HTTPError) -> Range<Int>? {
        let start = offset + parsed
        guard let lineFeed = bytes.firstIndex(of: .lineFeed, from: start + searched) else {
            searched = bytes.byteCount - start
            if searched - 1 > limit { throw tooLong }
            return nil
        }
        let length = lineFeed - start
        if length - 1 > limit { throw tooLong }
        guard length > 0, bytes[lineFeed - 1] == .carriageReturn else { throw .bareLineFeed }
        parsed += length + 1
        searched = 0
        return start..<lineFeed - 1
    }
}
