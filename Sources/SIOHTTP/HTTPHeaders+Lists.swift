import SIOBytes

extension HTTPHeaders {
    /// All values of the field called `name`, one for each line it stands on.
    public func values(of name: String) -> [String] {
        let bytes = storage.rawSpan
        var values: [String] = []
        var offset = 0
        while let field = first(name, from: offset) {
            values.append(bytes.extracting(field.value).string)
            offset = field.end
        }
        return values
    }

    /// Lets the body look at the values of all fields called `name`, joined with commas as RFC 9110 §5.3 says; without such a
    /// field it is not called.
    package func withValue(of name: StaticString, _ body: (RawSpan) -> Void) {
        guard let field = first(own: name) else { return }
        let bytes = storage.rawSpan
        guard let next = first(own: name, from: field.end) else { return body(bytes.extracting(field.value)) }
        body(joined(name, field, next).bytes)
    }

    private func joined(_ name: StaticString, _ first: Field, _ second: Field) -> ByteBuffer {
        let bytes = storage.rawSpan
        var joined = ByteBuffer()
        joined.append(bytes.extracting(first.value))
        var next: Field? = second
        while let field = next {
            joined.append(",")
            joined.append(bytes.extracting(field.value))
            next = self.first(own: name, from: field.end)
        }
        return joined
    }

    /// Whether `token` is a member of the comma-separated list that the fields called `name` make up together.
    ///
    /// Case is ignored: `headers.containsToken("upgrade", in: "Connection")` (RFC 9110 §5.6.1).
    public func containsToken(_ token: String, in name: String) -> Bool {
        anyValue(of: { first(name, from: $0) }) { $0.hasMember { $0.equalsIgnoringCase(token) } }
    }

    /// What the fields `Connection` say, read in one walk.
    var connectionOptions: ConnectionOptions {
        var options: ConnectionOptions = []
        _ = anyValue(of: { first(own: "Connection", from: $0) }) { value in
            // Most often it is one word.
            let option = ConnectionOptions(value)
            options.formUnion(option)
            return option.isEmpty
                && value.hasMember { member in
                    options.formUnion(ConnectionOptions(member))
                    return false
                }
        }
        return options
    }

    /// Whether the body says so of the value of a field that is looked for from an offset on.
    @inline(__always)
    private func anyValue(of next: (Int) -> Field?, _ isWanted: (RawSpan) -> Bool) -> Bool {
        let bytes = storage.rawSpan
        var offset = 0
        while let field = next(offset) {
            if isWanted(bytes.extracting(field.value)) { return true }
            offset = field.end
        }
        return false
    }
}

/// What a message says of the connection that it comes on (RFC 9110 §7.6.1), as far as anybody here wants to know.
struct ConnectionOptions: OptionSet {
    let rawValue: UInt8
    static let close = ConnectionOptions(rawValue: 1)
    static let keepAlive = ConnectionOptions(rawValue: 2)
    static let upgrade = ConnectionOptions(rawValue: 4)
}

extension ConnectionOptions {
    /// What a member of the list means.
    fileprivate init(_ member: RawSpan) {
        switch member.byteCount {
        // As most write them.
        case 5 where member.equalsIgnoringCase(own: "close"): self = .close
        case 7 where member.equalsIgnoringCase(own: "Upgrade"): self = .upgrade
        case 10 where member.equalsIgnoringCase(own: "keep-alive"): self = .keepAlive
        default: self = []
        }
    }
}

extension RawSpan {
    /// Whether the body says so of a member of this comma-separated list, which it is asked about one after the other.
    @inline(__always)
    fileprivate func hasMember(_ isWanted: (RawSpan) -> Bool) -> Bool {
        var start = 0
        while let comma = firstIndex(of: UInt8(ascii: ","), from: start) {
            if isWanted(extracting(trimming(start..<comma))) { return true }
            start = comma + 1
        }
        return isWanted(extracting(trimming(start..<byteCount)))
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
            offset = field.end
            return (name, value)
        }
    }

    /// An iterator over the fields in their order.
    public func makeIterator() -> Iterator {
        Iterator(storage)
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
            offset = one.end
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
