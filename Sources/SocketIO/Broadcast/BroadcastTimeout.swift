public import SIOJSON

/// Not all clients acknowledged in time.
public struct BroadcastTimeout: Error, Sendable, CustomStringConvertible {
    /// The answers that did come.
    public let responses: [RawJSON]
    /// The reference's words.
    public var description: String { "operation has timed out" }
}
