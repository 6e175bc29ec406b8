/// The values that are being written, one inside the other.
///
/// The innermost, which each member asks for, stands apart from the others: to change it in an array would be to ask
/// each time whether the array is anybody else's.
struct JSONLevels {
    enum Shape {
        /// Nothing was written for the value yet.
        case none
        case keyed
        case unkeyed
        case single
    }

    enum Key {
        case none
        case index(Int)
        case key(any CodingKey)
    }

    private struct Level {
        var shape = Shape.none
        /// Elements so far.
        var count = 0
    }

    /// The number of values.
    private(set) var count = 0
    private var innermost = Level()
    private var outer: [Level] = []
    /// Of all but the outermost, which has none.
    private var keys: [Key] = []

    var isEmpty: Bool { count == 0 }

    /// Begins a value in the innermost one; the key of the first is not asked for.
    mutating func push(_ key: consuming Key) {
        if count > 0 {
            outer.append(innermost)
            keys.append(key)
        }
        innermost = Level()
        count += 1
    }

    /// Ends the innermost value.
    ///
    /// - Returns: What it is; nil if there is none.
    mutating func pop() -> Shape? {
        guard count > 0 else { return nil }
        count -= 1
        let shape = innermost.shape
        if count > 0 {
            innermost = outer.removeLast()
            keys.removeLast()
        }
        return shape
    }

    func shape(at level: Int) -> Shape { level == count - 1 ? innermost.shape : outer[level].shape }

    mutating func setShape(_ shape: Shape, at level: Int) {
        if level == count - 1 { innermost.shape = shape } else { outer[level].shape = shape }
    }

    /// The number of elements of the value at `level`.
    func elements(at level: Int) -> Int { level == count - 1 ? innermost.count : outer[level].count }

    /// The number of elements of the innermost value.
    var elements: Int {
        get { innermost.count }
        set { innermost.count = newValue }
    }

    /// The keys that lead to the value at `level`; none to the outermost, and to the place for it.
    func keys(to level: Int) -> ArraySlice<Key> { keys.prefix(max(level, 0)) }
}
