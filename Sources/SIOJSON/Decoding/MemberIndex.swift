import SIOBytes

/// Finds the members of a large object in constant time: a hash table of places on the tape.
///
/// Of members with the same name it finds the last, as JavaScript does. The hash is seeded by the standard library, so
/// a peer cannot choose names that collide.
final class MemberIndex {
    /// Objects of so many members and fewer are faster looked through.
    static let threshold = 16

    /// Indices of names on the tape; 0 is free.
    ///
    /// The size is a power of two, and at most half is taken.
    private var slots: [UInt32]

    init(_ parser: JSONParser, object: Int) {
        var size = 64
        while size < parser.tape.count(at: object) * 2 { size *= 2 }
        slots = [UInt32](repeating: 0, count: size)
        let end = parser.tape.word(at: object).end - 1
        var name = object + 1
        while name < end {
            slots[slot(of: parser.tape.stringBytes(at: name), in: parser)] = UInt32(name)
            name = parser.tape.index(after: name + 1)
        }
    }

    /// The index of the value of the member called `name`.
    func member(_ name: RawSpan, in parser: JSONParser) -> Int? {
        let found = slots[slot(of: name, in: parser)]
        return found == 0 ? nil : Int(found) + 1
    }

    /// The slot that holds the name, or the free one where it belongs.
    private func slot(of name: RawSpan, in parser: JSONParser) -> Int {
        var hasher = Hasher()
        unsafe name.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        var slot = hasher.finalize() & (slots.count - 1)
        while slots[slot] != 0, !parser.tape.stringBytes(at: Int(slots[slot])).hasSameBytes(as: name) {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }
}
