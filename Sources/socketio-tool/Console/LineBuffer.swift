/// What was read and not asked for yet, line by line; each byte is looked at once.
struct LineBuffer {
    /// Whether nothing more comes.
    var isAtEnd = false

    private let limit: Int
    private var bytes: [UInt8] = []
    /// Where the next line begins.
    private var head = 0
    /// Up to where there is no line's end.
    private var searched = 0
    /// Whether the line that is under way is too long, and its beginning gone.
    private var isPassingOver = false

    /// - Parameter limit: The most bytes of a line.
    init(limit: Int) {
        self.limit = limit
    }

    /// The bytes that were not asked for yet.
    var count: Int { bytes.count - head }

    mutating func append(_ block: [UInt8]) {
        bytes.removeFirst(head)
        searched -= head
        head = 0
        bytes += block
    }

    mutating func takeAll() -> [UInt8] {
        defer { self = Self(ended: isAtEnd, limit: limit) }
        return Array(bytes[head...])
    }

    /// The next line, without its end; success without a line at the end, and nil if more is to be read first.
    mutating func takeLine() -> Result<String?, LineTooLong>? {
        if let end = bytes[searched...].firstIndex(of: 0x0A) {
            defer {
                head = end + 1
                searched = head
            }
            return line(upTo: end)
        }
        searched = bytes.count
        guard !isAtEnd else {
            defer { head = bytes.count }
            return count == 0 && !isPassingOver ? .success(nil) : line(upTo: bytes.count)
        }
        if count > limit {
            isPassingOver = true
            head = bytes.count
        }
        return nil
    }

    private mutating func line(upTo end: Int) -> Result<String?, LineTooLong> {
        defer { isPassingOver = false }
        guard !isPassingOver, end - head <= limit else { return .failure(LineTooLong(limit: limit)) }
        var line = bytes[head..<end]
        if end < bytes.count, line.last == 0x0D { line = line.dropLast() }
        return .success(String(decoding: line, as: UTF8.self))
    }
}

extension LineBuffer {
    private init(ended isAtEnd: Bool, limit: Int) {
        self.init(limit: limit)
        self.isAtEnd = isAtEnd
    }
}
