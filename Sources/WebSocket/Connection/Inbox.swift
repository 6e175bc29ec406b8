import SIOBytes

extension WebSocketMessage {
    /// What a message counts for where messages wait: its bytes, and 64 more for itself.
    var weight: Int { count + 64 }
}

/// What has come and waits to be taken: in order, and bounded, because from a mark on the peer is not read.
struct Inbox {
    private let limit: Int
    private var messages = Queue<WebSocketMessage>()
    /// What the messages count for.
    private(set) var weight = 0
    /// Whether the peer is not read.
    private(set) var isHeld = false

    /// - Parameter limit: The weight from which on the peer is not read.
    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { messages.isEmpty }

    /// Appends a message.
    ///
    /// - Returns: Whether the peer is to be read no more, from now on.
    mutating func append(_ message: WebSocketMessage) -> Bool {
        messages.append(message)
        weight += message.weight
        guard !isHeld, weight >= limit else { return false }
        isHeld = true
        return true
    }

    /// Takes the first message, if there is one.
    ///
    /// - Returns: The message, and whether the peer is to be read again: when half of what may wait is left.
    mutating func take() -> (message: WebSocketMessage, reads: Bool)? {
        guard let message = messages.popFirst() else { return nil }
        weight -= message.weight
        guard isHeld, weight <= limit / 2 else { return (message, false) }
        isHeld = false
        return (message, true)
    }

    /// Nothing more is waited for.
    mutating func release() {
        isHeld = false
    }
}
