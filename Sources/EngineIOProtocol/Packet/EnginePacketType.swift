/// The type of an Engine.IO packet: one ASCII digit in front of its data (EIO4 "Protocol").
package enum EnginePacketType: UInt8, Sendable, CaseIterable {
    /// The handshake, from the server, first of all packets.
    case open = 0
    /// The sender leaves.
    case close = 1
    /// The server asks whether the client is alive; with the data `probe`, the client tries a new transport.
    case ping = 2
    /// The answer to a ping, with the same data.
    case pong = 3
    /// Data of the layer above.
    case message = 4
    /// The client has left the old transport: the new one is the session's from here on.
    case upgrade = 5
    /// Nothing; it lets a held GET return.
    case noop = 6

    /// The type as it is written.
    @inlinable
    package var digit: UInt8 { UInt8(ascii: "0") + rawValue }

    /// The type that an ASCII digit stands for, or nil when it stands for none.
    @inlinable
    package init?(digit: UInt8) {
        self.init(rawValue: digit &- UInt8(ascii: "0"))
    }
}
