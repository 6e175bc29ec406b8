/// A packet that the parser could not encode, as it is reported to `onError(_:)`: it was dropped.
public struct PacketParserError: Error, Sendable, CustomStringConvertible {
    /// What the parser threw.
    public let underlying: any Error

    package init(underlying: any Error) {
        self.underlying = underlying
    }

    /// One line for a log.
    public var description: String { "the parser could not encode a packet: \(underlying)" }
}
