import SIOBytes

/// The object that a keyed container reads.
///
/// A container is a reference to this and nothing else: the standard library copies it for each key. What is scalar is
/// read without asking the ``JSONDecoding``, which would have to be counted for it.
final class JSONObjectDecoding {
    let tape: JSONTape
    private var generation: UInt32 = 0
    private(set) var index = 0
    /// Nil while nobody has the container.
    private var decoding: JSONDecoding?
    /// Only where looking at each member would be slow.
    private var memberIndex: MemberIndex?
    private var hasMemberIndex = false

    init(tape: JSONTape) { self.tape = tape }

    /// Goes to the object at `index`.
    func open(_ decoding: JSONDecoding, at index: Int) {
        self.decoding = decoding
        self.index = index
        generation = decoding.generation
        hasMemberIndex = tape.word(at: index).count > MemberIndex.threshold
        if hasMemberIndex { memberIndex = MemberIndex(tape.parser, object: index) }
    }

    /// Lets go of what it was opened with.
    func close() {
        guard decoding != nil else { return }
        decoding = nil
        if hasMemberIndex { memberIndex = nil }
    }

    /// What the object is decoded by.
    func owner() throws -> JSONDecoding {
        guard let decoding else { throw JSONDecoding.outlived }
        return decoding
    }

    var isCurrent: Bool { generation == tape.generation }

    var codingPath: [any CodingKey] { decoding?.path(to: index) ?? [] }

    // MARK: Members

    /// The index of the value of the member with this name.
    func member(_ name: String) throws -> Int? {
        guard isCurrent else { throw JSONDecoding.outlived }
        if hasMemberIndex { return indexedMember(name) }
        return name.withUTF8Bytes { tape.member($0, ofObjectAt: index) }
    }

    @inline(never)
    private func indexedMember(_ name: String) -> Int? {
        let parser = tape.parser
        return name.withUTF8Bytes { memberIndex?.member($0, in: parser) }
    }

    // MARK: Scalars

    func bool(at index: Int) throws -> Bool {
        switch tape.word(at: index).tag {
        case JSONKind.true.rawValue: true
        case JSONKind.false.rawValue: false
        default: try owner().bool(at: index)
        }
    }

    func string(at index: Int) throws -> String {
        guard tape.isString(at: index) else { return try owner().string(at: index) }
        return tape.string(at: index)
    }

    func int(at index: Int) throws -> Int {
        guard tape.word(at: index).tag == JSONKind.integer.rawValue, let value = Int(exactly: tape.int64(at: index))
        else { return try owner().int(at: index) }
        return value
    }

    func double(at index: Int) throws -> Double {
        guard tape.word(at: index).tag == JSONKind.double.rawValue else { return try owner().double(at: index) }
        return tape.float64(at: index)
    }
}
