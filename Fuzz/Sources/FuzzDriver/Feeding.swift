/// Hands the chunks to a decoder as a connection does: what it leaves unread stands in front of the next chunk.
///
/// - Parameters:
///   - chunks: The bytes of a stream, cut anywhere.
///   - step: Decodes the event at the offset in the window; returns where it ends, or nil if there is no whole one. Until
///     then it must leave the bytes as they are.
/// - Returns: What is left unread.
/// - Throws: What the step throws; nothing is read behind it.
public func feed<Failure: Error>(
    _ chunks: [[UInt8]], _ step: (inout MutableRawSpan, Int) throws(Failure) -> Int?
) throws(Failure) -> [UInt8] {
    var unread: [UInt8] = []
    for chunk in chunks {
        unread += chunk
        let before = unread
        var offset = 0
        var span = unread.mutableSpan
        var window = span.mutableBytes
        while let end = try step(&window, offset) {
            precondition(end >= offset && end <= window.byteCount, "an event ends where there are no bytes of it")
            offset = end
        }
        precondition(unread[offset...] == before[offset...], "bytes of an event that is not complete were changed")
        unread.removeFirst(offset)
    }
    return unread
}

/// The bytes in two chunks.
public func cut(_ bytes: [UInt8], at place: Int) -> [[UInt8]] {
    [Array(bytes[..<place]), Array(bytes[place...])]
}
