/// What one client socket keeps.
package struct ClientSocketLimits: Sendable, Equatable {
    /// Packets that wait for the connection.
    package var bufferedPackets = 10_000

    /// Bytes of the packets that wait for the connection.
    package var bufferedBytes = 16 * 1024 * 1024

    /// Packets that are sent one after the other until they are answered, the one on its way among them.
    package var queuedPackets = 10_000

    /// Bytes of the packets that are sent one after the other.
    package var queuedBytes = 16 * 1024 * 1024

    /// Acknowledgements that are waited for, of packets that were sent or wait for the connection.
    package var acknowledgements = 100_000

    /// Events that a server may send before it answers CONNECT.
    package var heldEvents = 65_536

    /// Bytes of the events that a server sends before it answers CONNECT.
    package var heldBytes = 16 * 1024 * 1024

    package init() {}
}
