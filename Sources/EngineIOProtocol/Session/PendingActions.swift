/// What a session's driver still has to do, in order.
///
/// Most often that is one thing, which needs no memory of its own.
enum PendingActions: Sendable {
    enum Element: Sendable {
        case action(EngineServerSession.Action)
        /// Everything in the queue leaves as WebSocket messages.
        case drainQueue
        /// A text message, and then the same.
        case writeTextAndDrainQueue([UInt8])
    }

    case none
    case one(Element)
    case several([Element])

    var first: Element? {
        switch self {
        case .none: nil
        case .one(let element): element
        case .several(let elements): elements.first
        }
    }

    mutating func append(_ element: Element) {
        switch self {
        case .none: self = .one(element)
        case .one(let first): self = .several([first, element])
        case .several(let elements): self = .several(elements + [element])
        }
    }

    mutating func removeFirst() {
        switch self {
        case .none, .one: self = .none
        case .several(let elements):
            self = elements.count == 2 ? .one(elements[1]) : .several(Array(elements.dropFirst()))
        }
    }

    /// Puts another element in the place of the first.
    mutating func replaceFirst(by element: Element) {
        switch self {
        case .none: break
        case .one: self = .one(element)
        case .several(let elements): self = .several([element] + elements.dropFirst())
        }
    }
}
