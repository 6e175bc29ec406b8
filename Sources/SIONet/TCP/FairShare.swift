/// How much of a connection is read before others have their turn: about so many messages, however long they are.
///
/// A peer that floods with small messages has hundreds of them in what one that sends large messages needs to be fast, and
/// each of them costs something.
struct FairShare {
    /// The messages that are read in one turn, about.
    static let messages = 50
    /// The bytes that they may be.
    static let limits = 1024...32 * 1024

    /// The bytes that are read next.
    private(set) var bytes = limits.upperBound

    /// All that was asked for came, so that there may be more: how much is read next depends on what this cost.
    ///
    /// - Parameters:
    ///   - count: The bytes that came.
    ///   - messages: The messages that they were, whole or in parts.
    mutating func wasFilled(by count: Int, messages: Int) {
        let wanted = count / max(messages, 1) * Self.messages
        bytes = min(max(wanted, Self.limits.lowerBound), Self.limits.upperBound)
    }
}
