import SIOBytes

extension HTTPRequest {
    /// The value of the query's first item called `name`, decoded; empty if the item has no `=`.
    ///
    /// In names and values `%XX` stands for a byte of UTF-8 and `+` for a space; a `%` that two hexadecimal digits do
    /// not follow stands for itself, and what is not UTF-8 is read as U+FFFD.
    public func queryItem(_ name: String) -> String? {
        let bytes = target.rawSpan
        var scanner = QueryScanner(bytes)
        while let item = scanner.next(in: bytes) {
            if QueryScanner.stands(bytes.extracting(item.name), for: name) {
                return QueryScanner.decode(bytes.extracting(item.value))
            }
        }
        return nil
    }

    /// Calls the body with each item of the query in its order: with its name decoded, and its value as it was sent.
    ///
    /// Whoever wants several items finds them in one walk, and decodes what it wants by ``decodeQueryValue(_:)``.
    package func forEachQueryItem(_ body: (_ name: RawSpan, _ value: RawSpan) -> Void) {
        let bytes = target.rawSpan
        var scanner = QueryScanner(bytes)
        while let item = scanner.next(in: bytes) {
            let name = bytes.extracting(item.name)
            if QueryScanner.isEncoded(name) {
                body(QueryScanner.decode(name).rawSpan, bytes.extracting(item.value))
            } else {
                body(name, bytes.extracting(item.value))
            }
        }
    }

    /// The text that a query's value stands for.
    package static func decodeQueryValue(_ value: RawSpan) -> String { QueryScanner.decode(value) }

    /// The query's items in their order, decoded as by ``queryItem(_:)``: the first thousand of them.
    public var queryItems: [(String, String)] {
        let bytes = target.rawSpan
        var scanner = QueryScanner(bytes)
        var items: [(String, String)] = []
        while items.count < HTTPLimits.maxQueryItems, let item = scanner.next(in: bytes) {
            items.append(
                (
                    QueryScanner.decode(bytes.extracting(item.name)),
                    QueryScanner.decode(bytes.extracting(item.value))
                ))
        }
        return items
    }
}

/// Finds the items of a query: `name=value` or `name`, with `&` between them.
struct QueryScanner {
    private var position: Int

    /// A scanner of a form: all of the bytes are items (`application/x-www-form-urlencoded`).
    init() {
        position = 0
    }

    /// A scanner of the query behind a request's target.
    init(_ target: borrowing RawSpan) {
        position = target.firstIndex(of: UInt8(ascii: "?")).map { $0 + 1 } ?? target.byteCount
    }

    /// The next item that is not empty.
    mutating func next(in target: borrowing RawSpan) -> (name: Range<Int>, value: Range<Int>)? {
        while position < target.byteCount {
            let end = target.firstIndex(of: UInt8(ascii: "&"), from: position) ?? target.byteCount
            let item = position..<end
            position = end + 1
            if item.isEmpty { continue }
            var equals = item.lowerBound
            while equals < end, target[equals] != UInt8(ascii: "=") { equals += 1 }
            return (item.lowerBound..<equals, min(equals + 1, end)..<end)
        }
        return nil
    }

    /// Whether the bytes, decoded, are the name.
    static func stands(_ bytes: borrowing RawSpan, for name: String) -> Bool {
        if isEncoded(bytes) { return decode(bytes) == name }
        let name = name.rawSpan
        guard bytes.byteCount == name.byteCount else { return false }
        for index in 0..<bytes.byteCount where bytes[index] != name[index] { return false }
        return true
    }

    /// Whether any byte stands for another one.
    static func isEncoded(_ bytes: borrowing RawSpan) -> Bool {
        for index in 0..<bytes.byteCount {
            if bytes[index] == UInt8(ascii: "%") || bytes[index] == UInt8(ascii: "+") { return true }
        }
        return false
    }

    /// The text that percent- and plus-encoded bytes stand for.
    static func decode(_ bytes: borrowing RawSpan) -> String {
        guard isEncoded(bytes) else { return bytes.string }
        return String(decoding: PercentEncoding.decode(bytes, plusIsSpace: true).bytes, as: UTF8.self)
    }
}
