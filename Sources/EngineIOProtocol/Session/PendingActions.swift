/// What a session's driver still has to do, in order.
///
/// Most often that is one thing, which needs no memory of its own.
struct PendingActions: Sendable {
    enum Element: Sendable {
        case action(EngineServerSession.Action)
        /// Everything in the queue leaves as WebSocket messages.
        case drainQueue
        /// A text message, and then the same.
        case writeTextAndDrainQueue([UInt8])
    }

    private(set) var first: Element?
    private var others: [Element] = []

    mutating func append(_ element: Element) {
        if first == nil { first = element } else { others.append(element) }
    }

    mutating func removeFirst() {
        first = others.isEmpty ? nil : others.removeFirst()
    }

    /// Puts another element in the place of the first.
    mutating func replaceFirst(by element: Element) {
        first = element
    }
}
