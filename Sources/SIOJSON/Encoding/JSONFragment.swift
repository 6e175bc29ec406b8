import SIOBytes

/// A stretch of the text being written: the whole, or what belongs into a hole of it.
///
/// `Codable` values are written straight into the text, one inside the other. Nested containers and super encoders can
/// be written at any time while their parent is being written too, so each gets a fragment of its own; the parent
/// keeps a hole for it, and takes it in at the end.
final class JSONFragment {
    typealias Shape = JSONLevels.Shape
    typealias LevelKey = JSONLevels.Key

    /// Where a fragment belongs.
    private struct Hole {
        var offset: Int
        var fragment: JSONFragment
    }

    /// A state to return to when a value throws.
    struct Mark {
        var bytes: Int
        var holes: Int
        var levels: Int
        var attachments: Int
        var elements: Int
    }

    let encoding: JSONEncoding
    // No access to these calls back into a value's own code, so none can overlap another; checking each at run time would
    // take as long as the writing.
    @exclusivity(unchecked) private var uncheckedBuffer = ByteBuffer()
    @exclusivity(unchecked) private var uncheckedLevels = JSONLevels()
    @exclusivity(unchecked) private var uncheckedHoles: [Hole] = []
    /// Containers by their levels.
    @exclusivity(unchecked) private var containers = KeptContainers<Int>()
    private var isKeepingContainers = false

    var buffer: ByteBuffer {
        _read { yield unsafe uncheckedBuffer }
        _modify { yield unsafe &uncheckedBuffer }
    }

    private var holes: [Hole] {
        _read { yield unsafe uncheckedHoles }
        _modify { yield unsafe &uncheckedHoles }
    }

    private(set) var levels: JSONLevels {
        _read { yield unsafe uncheckedLevels }
        _modify { yield unsafe &uncheckedLevels }
    }

    /// The path to the fragment, and how many values it lies in.
    private let path: [any CodingKey]
    private let depth: Int

    init(encoding: JSONEncoding, path: [any CodingKey], depth: Int) {
        self.encoding = encoding
        self.path = path
        self.depth = depth
    }

    /// Has containers kept for other values; until ``letGoOfContainers()``, because they hold the fragment.
    func keepContainers() { isKeepingContainers = true }

    func letGoOfContainers() {
        isKeepingContainers = false
        unsafe containers = KeptContainers()
    }

    // MARK: Values

    /// Writes a value in the place that is open for it.
    ///
    /// This recurses through the type's own code, so it does nothing that would need room on the stack.
    func write<T: Encodable>(_ value: T, key: consuming LevelKey) throws {
        if try writeKnown(value, key: key) { return }
        levels.push(key)
        try value.encode(to: JSONStreamEncoder(fragment: self, level: levels.count - 1))
        close()
    }

    /// Writes a value of a type that JSON knows.
    ///
    /// - Returns: False for a type that encodes itself; nothing is written then.
    @inline(never)
    private func writeKnown<T: Encodable>(_ value: T, key: LevelKey) throws -> Bool {
        switch buffer.appendScalar(value, encoding.options) {
        case .written: return true
        case .nonFinite: throw refused(value, key, "JSON has no such number.")
        case .other: break
        }
        if T.self == JSONValue.self {
            try write(same(value, as: JSONValue.self), key: key, inside: levels.count)
            return true
        }
        if T.self == RawJSON.self {
            write(same(value, as: RawJSON.self))
            return true
        }
        if T.self == [UInt8].self, write(attachment: same(value, as: [UInt8].self)) { return true }
        if try FoundationBridge.write(value, to: self, key: key) { return true }
        if isTooDeep(levels.count) { throw tooDeep(value, path(to: levels.count - 1, and: key)) }
        return false
    }

    /// Refuses what cannot be written: the first question, because then nothing has to be taken back.
    func check<T: BinaryFloatingPoint>(_ number: T, _ key: @autoclosure () -> LevelKey) throws {
        guard number.isFinite || encoding.options.nonFiniteNumbers == .null else {
            throw refused(number, key(), "JSON has no such number.")
        }
    }

    /// Writes a number that was checked, with the digits that its type needs.
    func write<T: BinaryFloatingPoint & LosslessStringConvertible>(checked number: T) {
        if number.isFinite { buffer.appendJSON(number: number) } else { buffer.append("null") }
    }

    /// Writes bytes as an attachment.
    ///
    /// - Returns: False where attachments are not wanted; nothing is written then.
    func write(attachment bytes: [UInt8]) -> Bool {
        guard let number = encoding.attachments?.count else { return false }
        buffer.appendPlaceholder(number)
        encoding.attachments?.append(bytes)
        return true
    }

    private func write(_ raw: RawJSON) {
        raw.append(to: &buffer, firstNumber: encoding.attachments?.count)
        encoding.attachments?.append(contentsOf: raw.attachments)
    }

    private func write(_ value: JSONValue, key: LevelKey, inside level: Int) throws {
        switch value {
        case .null: buffer.append("null")
        case .bool(let value): buffer.appendJSON(bool: value)
        case .integer(let value): buffer.appendJSON(integer: value)
        case .unsigned(let value): buffer.appendJSON(integer: value)
        case .string(let value): buffer.appendJSON(string: value)
        case .double(let number):
            guard buffer.appendFinite(number, encoding.options) == .written else {
                throw refused(value, key, "JSON has no such number.")
            }
        case .array(let elements):
            if isTooDeep(level) { throw tooDeep(value, path(to: levels.count - 1, and: key)) }
            buffer.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                try write(element, key: key, inside: level + 1)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object(let members):
            if isTooDeep(level) { throw tooDeep(value, path(to: levels.count - 1, and: key)) }
            buffer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                buffer.appendJSON(string: member.name)
                buffer.append(UInt8(ascii: ":"))
                try write(member.value, key: key, inside: level + 1)
            }
            buffer.append(UInt8(ascii: "}"))
        case .binary(let bytes):
            if !write(attachment: bytes) { buffer.appendJSON(base64: bytes) }
        }
    }

    // MARK: Places for values

    /// Says what the value at `level` is.
    func open(_ shape: Shape, at level: Int) {
        let before = levels.shape(at: level)
        precondition(before == .none || before == shape && shape != .single, "a value encoded as two things")
        guard before == .none else { return }
        levels.setShape(shape, at: level)
        switch shape {
        case .keyed: buffer.append(UInt8(ascii: "{"))
        case .unkeyed: buffer.append(UInt8(ascii: "["))
        case .none, .single: break
        }
    }

    /// Undoes what was said of the value at `level`, because it threw.
    func reopen(_ level: Int, as shape: Shape) { levels.setShape(shape, at: level) }

    /// The members of the value at `level`.
    func container<Key: CodingKey>(keyedBy type: Key.Type, at level: Int) -> KeyedEncodingContainer<Key> {
        open(.keyed, at: level)
        let keys = ObjectIdentifier(type)
        if let (box, _) = unsafe containers.free(keys: keys, where: { $0 == level }) {
            return SIOJSON.container(of: box)
        }
        let container = KeyedEncodingContainer(JSONKeyedEncoding<Key>(fragment: self, level: level))
        if isKeepingContainers, unsafe containers.isWorthKeeping(keys: keys) {
            unsafe containers.keep(box(of: container), keys: keys, at: level)
        }
        return container
    }

    /// Makes the place for one more member.
    ///
    /// Behind the brace it is the first one: a member ends with its value, or with the colon in front of a hole.
    func beginMember(_ name: String, at level: Int) {
        precondition(level == levels.count - 1, Self.overlap)
        let isFirst = unsafe uncheckedBuffer.isBehindBrace
        buffer.appendJSON(string: name, behind: isFirst ? nil : UInt8(ascii: ","))
        buffer.append(UInt8(ascii: ":"))
    }

    private static let overlap = "wrote into a container while a value within it was being encoded"

    /// Makes the place for one more element.
    func beginElement(at level: Int) {
        precondition(level == levels.count - 1, Self.overlap)
        if levels.elements > 0 { buffer.append(UInt8(ascii: ",")) }
        levels.elements += 1
    }

    /// Leaves a hole, to be filled with what the returned fragment becomes.
    func makeHole(key: LevelKey, at level: Int, shape: Shape) -> JSONFragment {
        let fragment = JSONFragment(
            encoding: encoding,
            path: path(to: level, and: key),
            depth: depth + levels.count
        )
        fragment.levels.push(.none)
        fragment.open(shape, at: 0)
        holes.append(Hole(offset: buffer.count, fragment: fragment))
        if depth + levels.count >= encoding.options.depth, encoding.failure == nil {
            // The value is the one that is writing itself, which is not known here. A fragment in its place would hold what
            // holds the error.
            encoding.failure = tooDeep(JSONValue.null, path(to: level, and: key))
        }
        return fragment
    }

    /// Ends the innermost value, or the fragment, if it has none open, by filling its holes.
    func close() {
        if let shape = levels.pop() {
            switch shape {
            case .keyed: buffer.append(UInt8(ascii: "}"))
            case .unkeyed: buffer.append(UInt8(ascii: "]"))
            case .none: buffer.append("{}")
            case .single: break
            }
        } else if !holes.isEmpty {
            var whole = ByteBuffer()
            var copied = 0
            for hole in holes {
                let fragment = hole.fragment
                whole.append(buffer.bytes.extracting(copied..<hole.offset))
                copied = hole.offset
                if !fragment.levels.isEmpty { fragment.close() }
                fragment.close()
                whole.append(fragment.buffer.bytes)
            }
            whole.append(buffer.bytes.extracting(copied..<buffer.count))
            buffer = whole
            holes = []
        }
    }

    // MARK: Failure

    var mark: Mark {
        Mark(
            bytes: buffer.count,
            holes: holes.count,
            levels: levels.count,
            attachments: encoding.attachments?.count ?? 0,
            elements: levels.elements
        )
    }

    /// Forgets what was written since the mark was taken.
    func rollBack(to mark: Mark) {
        buffer.truncate(to: mark.bytes)
        holes.removeSubrange(mark.holes...)
        while levels.count > mark.levels { _ = levels.pop() }
        levels.elements = mark.elements
        if let count = encoding.attachments?.count { encoding.attachments?.removeLast(count - mark.attachments) }
    }

    /// The coding path of the value at `level`, and of a place within it.
    func path(to level: Int, and key: LevelKey = .none) -> [any CodingKey] {
        var path = path
        for key in levels.keys(to: level) + [key] {
            switch key {
            case .none: break
            case .index(let index): path.append(JSONKey.index(index))
            case .key(let key): path.append(key)
            }
        }
        return path
    }

    func refused(_ value: Any, _ key: LevelKey, _ description: String) -> EncodingError {
        .invalidValue(value, .init(codingPath: path(to: levels.count - 1, and: key), debugDescription: description))
    }

    /// Asked before anything is made of the value: an `Any` is a copy of it.
    private func isTooDeep(_ level: Int) -> Bool { depth + level >= encoding.options.depth }

    private func tooDeep(_ value: Any, _ path: [any CodingKey]) -> EncodingError {
        .invalidValue(value, .init(codingPath: path, debugDescription: "Values are nested too deeply."))
    }
}

extension ByteBuffer {
    /// Whether the last byte opens an object.
    fileprivate var isBehindBrace: Bool {
        let text = bytes
        return text[text.byteCount - 1] == UInt8(ascii: "{")
    }
}
