/// What a peer, or a caller who is faster than the peer, may use of this module.
package struct EngineLimits: Equatable, Sendable {
    /// Packets in one polling payload.
    ///
    /// The size of a body is limited by the HTTP layer. The smallest event of Socket.IO takes 8 bytes with its separator,
    /// so a client that fills the default of 1,000,000 bytes with events stays below this number.
    package var packetsPerPayload = 131_072

    /// Packets that wait for a GET, a POST or the end of an upgrade.
    package var bufferedPackets = 65_536

    /// Bytes that wait for a GET, a POST or the end of an upgrade, as a polling payload has them.
    package var bufferedBytes = 16 * 1024 * 1024

    /// Bytes of the JSON text in an open packet, as a client accepts it.
    package var handshakeBytes = 16 * 1024

    /// Bytes of a session id, as a client accepts it.
    package var sessionIDBytes = 1024

    /// Arrays and objects inside each other in an open packet, as a client accepts it.
    package var handshakeDepth = 16

    package init() {}
}
