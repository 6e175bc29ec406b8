/// A part of some bytes: what it is, what it says, and where it lies.
package struct Finding: Equatable, Sendable {
    /// Where a part lies.
    package enum Place: Equatable, Sendable {
        /// In the bytes that were looked at.
        case input(Range<Int>)
        /// In bytes that were made of them: decoded, or joined.
        case derived(Range<Int>)

        package var range: Range<Int> {
            switch self {
            case .input(let range), .derived(let range): range
            }
        }
    }

    /// What the part is called: `masking key`.
    package var name: String
    /// What it says; empty if its parts say all.
    package var value: String
    package var place: Place
    /// Whether something is wrong here; the value says what was expected.
    package var isFault = false
    /// The part's parts, in order.
    package var parts: [Finding] = []

    package init(_ name: String, _ value: String = "", at place: Place, parts: [Finding] = []) {
        self.name = name
        self.value = value
        self.place = place
        self.parts = parts
    }

    /// The number of findings that this is, with all parts.
    var count: Int { parts.reduce(1) { $0 + $1.count } }

    /// The first fault, of this part or of those within it.
    package var firstFault: Finding? {
        if isFault { return self }
        for part in parts {
            if let fault = part.firstFault { return fault }
        }
        return nil
    }
}
