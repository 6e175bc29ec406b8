import SIOBytes

extension HTTPHeaders {
    /// All values of the field called `name`, one for each line it stands on.
    public func values(of name: String) -> [String] {
        let bytes = storage.rawSpan
        var values: [String] = []
        var offset = 0
        while let field = first(name, from: offset) {
            values.append(bytes.extracting(field.value).string)
            offset = field.value.upperBound
        }
        return values
    }

    /// Lets the body look at the values of all fields called `name`, joined with commas as RFC 9110 §5.3 says; without such a
    /// field it is not called.
    package func withValue(of name: StaticString, _ body: (RawSpan) -> Void) {
        guard let field = first(own: name) else { return }
        let bytes = storage.rawSpan
        guard var next = first(own: name, from: field.value.upperBound) else {
            return body(bytes.extracting(field.value))
        }
        var joined = ByteBuffer()
        joined.append(bytes.extracting(field.value))
        while true {
            joined.append(",")
            joined.append(bytes.extracting(next.value))
            guard let further = first(own: name, from: next.value.upperBound) else { return body(joined.bytes) }
            next = further
        }
    }

    /// Whether `token` is a member of the comma-separated list that the fields called `name` make up together.
    ///
    /// Case is ignored: `headers.containsToken("upgrade", in: "Connection")` (RFC 9110 §5.6.1).
    public func containsToken(_ token: String, in name: String) -> Bool {
        let bytes = storage.rawSpan
        var offset = 0
        while let field = first(name, from: offset) {
            if bytes.extracting(field.value).hasMember({ $0.equalsIgnoringCase(token) }) { return true }
            offset = field.value.upperBound
        }
        return false
    }

    /// What the fields `Connection` say, read in one walk.
    var connectionOptions: ConnectionOptions {
        let bytes = storage.rawSpan
        var options: ConnectionOptions = []
        var offset = 0
        while let field = first(own: "Connection", from: offset) {
            _ = bytes.extracting(field.value).hasMember { member in
                switch member.byteCount {
                case 5: if member.equalsIgnoringCase(own: "close") { options.insert(.close) }
                case 7: if member.equalsIgnoringCase(own: "upgrade") { options.insert(.upgrade) }
                case 10: if member.equalsIgnoringCase(own: "keep-alive") { options.insert(.keepAlive) }
                default: break
                }
                return false
            }
            offset = field.value.upperBound
        }
        return options
    }
}

/// What a message says of the connection that it comes on (RFC 9110 §7.6.1), as far as anybody here wants to know.
struct ConnectionOptions: OptionSet {
    let rawValue: UInt8
    static let close = ConnectionOptions(rawValue: 1)
    static let keepAlive = ConnectionOptions(rawValue: 2)
    static let upgrade = ConnectionOptions(rawValue: 4)
}

extension RawSpan {
    /// Whether the body says so of a member of this comma-separated list, which it is asked about one after the other.
    @inline(__always)
    fileprivate func hasMember(_ isWanted: (RawSpan) -> Bool) -> Bool {
        var start = 0
        while start <= byteCount {
            let end = firstIndex(of: UInt8(ascii: ","), from: start) ?? byteCount
            if isWanted(extracting(trimming(start..<end))) { return true }
            start = end + 1
        }
        return false
    }
}

extension HTTPHeaders: Sequence {
    /// Walks over the fields in their order.
    public struct Iterator: IteratorProtocol {
        private let storage: [UInt8]
        private var offset = 0

        init(_ storage: [UInt8]) {
            self.storage = storage
        }

        /// The next field.
        public mutating func next() -> (name: String, value: String)? {
            guard let field = HTTPHeaders.field(at: offset, in: storage.rawSpan) else { return nil }
            let name = storage.rawSpan.extracting(field.name).string
            let value = storage.rawSpan.extracting(field.value).string
            offset = field.value.upperBound
            return (name, value)
        }
    }

    /// An iterator over the fields in their order.
    public func makeIterator() -> Iterator {
        Iterator(storage)
    }

    /// Adds the fields of others behind all.
    package mutating func add(_ others: HTTPHeaders) {
        let bytes = others.storage.rawSpan
        var offset = 0
        while let field = Self.field(at: offset, in: bytes) {
            append(name: bytes.extracting(field.name), value: bytes.extracting(field.value))
            offset = field.value.upperBound
        }
    }

    /// The number of fields.
    public var underestimatedCount: Int { count }
}

extension HTTPHeaders: Equatable {
    /// Whether both hold the same values under the same names, in the same order; the names' case is ignored.
    public static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        guard left.count == right.count, left.storage.count == right.storage.count else { return false }
        let (a, b) = (left.storage.rawSpan, right.storage.rawSpan)
        var offset = 0
        while let one = field(at: offset, in: a), let other = field(at: offset, in: b) {
            guard one.name == other.name, one.value == other.value,
                a.extracting(one.name).equalsIgnoringCase(b.extracting(other.name))
            else { return false }
            for index in one.value where a[index] != b[index] { return false }
            offset = one.value.upperBound
        }
        return true
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    /// The fields in the order in which the literal names them; ``add(_:_:)`` says what a name and a value may be.
    public init(dictionaryLiteral fields: (String, String)...) {
        self.init()
        for (name, value) in fields { add(name, value) }
    }
}

extension HTTPHeaders: CustomStringConvertible {
    /// The fields, one a line.
    public var description: String {
        map { "\($0.name): \($0.value)" }.joined(separator: "\n")
    }
}
