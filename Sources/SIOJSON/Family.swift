import SIOBytes

/// Which array or object each value of a document belongs to, and as its how manieth.
///
/// Only errors want to know, for their coding path; the table is made at a document's first error, so that the many
/// errors of a decoder that tries one type after the other cost no more than the path's length each.
struct Family {
    private var parents: [UInt32]
    private var positions: [UInt32]

    init(_ parser: JSONParser) {
        parents = [UInt32](repeating: 0, count: parser.tape.tapeCount)
        positions = parents
        var open: [(index: Int, count: UInt32)] = []
        var index = 1
        while index < parser.tape.tapeCount - 1 {
            if let parent = open.last {
                guard index < parser.tape.word(at: parent.index).end - 1 else {
                    open.removeLast()
                    index += 1
                    continue
                }
                parents[index] = UInt32(parent.index)
                positions[index] = parent.count
                open[open.count - 1].count += 1
            }
            switch parser.tape.kind(at: index) {
            case .array, .object:
                open.append((index, 0))
                index += 1
            case .integer, .unsigned, .double: index += 2
            default: index += 1
            }
        }
    }

    /// The keys that lead from the value at `root` to the one at `index`.
    func path(from root: Int, to index: Int, in parser: JSONParser) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var index = index
        while index != root, index != 0 {
            let parent = Int(parents[index])
            if parser.tape.kind(at: parent) == .object {
                path.append(JSONKey.name(parser.tape.stringBytes(at: index - 1).string))
            } else if parent != 0 {
                path.append(JSONKey.index(Int(positions[index])))
            }
            index = parent
        }
        return path.reversed()
    }
}

extension JSONParser {
    /// The keys that lead from the value at `root` to the one at `index`.
    func path(from root: Int, to index: Int) -> [any CodingKey] {
        let known = unsafe family ?? Family(self)
        if unsafe family == nil { unsafe family = known }
        return known.path(from: root, to: index, in: self)
    }
}
