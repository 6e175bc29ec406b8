/// What one connection's packets may cost.
package struct PacketLimits: Sendable {
    /// Attachments of one packet.
    ///
    /// The reference has the same default.
    package var attachments = 10

    /// Bytes of a namespace's name, a query behind it included.
    package var namespaceBytes = 1024

    /// ``namespaceBytes`` where clients of Engine.IO 3 are let in: the query is all that they have to say who they are.
    package static let namespaceBytesWithQuery = 8192

    /// Bytes of a packet that waits for its attachments: its text and the attachments that are there.
    package var pendingBytes = 10_000_000

    /// How long a packet may wait for its attachments.
    package var pendingTime = Duration.seconds(60)

    /// The largest acknowledgement id, 2^53 - 1: what JavaScript counts to exactly.
    package static let largestID: UInt64 = 1 << 53 - 1

    package init() {}

    /// Those of packets that are our own.
    package static var none: PacketLimits {
        var limits = PacketLimits()
        limits.attachments = .max
        limits.namespaceBytes = .max
        limits.pendingBytes = .max
        return limits
    }
}

/// Limits that the decoders of many connections share, so that each keeps no more than a reference.
package final class SharedPacketLimits: Sendable {
    package let value: PacketLimits

    package init(_ value: PacketLimits) {
        self.value = value
    }
}
