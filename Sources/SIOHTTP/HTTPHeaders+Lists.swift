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

    /// The values of all fields called `name`, joined with commas as RFC 9110 §5.3 says; nil if there is none.
    package func joinedValue(of name: String) -> String? {
        let bytes = storage.rawSpan
        var joined: String?
        var offset = 0
        while let field = first(name, from: offset) {
            let value = bytes.extracting(field.value).string
            joined = joined.map { $0 + "," + value } ?? value
            offset = field.value.upperBound
        }
        return joined
    }

    /// Whether `token` is a member of the comma-separated list that the fields called `name` make up together.
    ///
    /// Case is ignored: `headers.containsToken("upgrade", in: "Connection")` (RFC 9110 §5.6.1).
    public func containsToken(_ token: String, in name: String) -> Bool {
        let bytes = storage.rawSpan
        var offset = 0
        while let field = first(name, from: offset) {
            let value = bytes.extracting(field.value)
            var start = 0
            while start <= value.byteCount {
                let end = value.firstIndex(of: UInt8(ascii: ","), from: start) ?? value.byteCount
                if value.extracting(value.trimming(start..<end)).equalsIgnoringCase(token) { return true }
                start = end + 1
            }
            offset = field.value.upperBound
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
