import EngineIO
import SIOJSON
import SIONet
import SocketIOProtocol

/// What lets a socket's client come back.
final class SocketRecovery {
    /// What the client has to know to come back, and nobody else may.
    let privateID: String
    /// Where the socket stands in the log.
    var place = RecoveryPlace(start: 0)
    /// What the client missed while it was away, until it is connected again.
    var missed: Recovery.Missed?

    init(_ privateID: String, missed: Recovery.Missed? = nil) {
        self.privateID = privateID
        self.missed = missed
    }
}

/// What a client that comes back says in its CONNECT.
struct RecoveryRequest: Decodable {
    /// The private id that it was given.
    var pid: String
    /// The offset of the last event that it has received.
    var offset: String?
}

extension SocketCore {
    /// Takes the socket's place in the log, and what its client missed out of it.
    ///
    /// - Returns: The packets; nil if they are forgotten.
    func beginRecovery(_ socket: Socket) -> [EventPacket]? {
        guard let recovery, let log = socket.namespace.sockets.recovery else { return [] }
        guard let missed = recovery.missed.take() else {
            recovery.place = log.connected(socket, as: recovery.privateID)
            return []
        }
        guard let missed = log.returned(socket, as: recovery.privateID, missed) else { return nil }
        recovery.place = missed.session.place
        return missed.packets
    }

    /// Has the namespace remember the socket, if the reason is one that clients come back from.
    func endRecovery(_ socket: Socket, _ reason: DisconnectReason) {
        guard let recovery, let log = socket.namespace.sockets.recovery else { return }
        let mayReturn = Self.reasonsToReturn.contains(reason)
        log.ended(socket, as: recovery.privateID, mayReturn ? (socket.id, recovery.place) : nil)
    }

    /// Ends the client's connection, because the client is back on another one.
    func supersede() {
        client?.object.supersede()
    }

    private static let reasonsToReturn: Set<DisconnectReason> = [
        .transportError, .transportClose, .forcedClose, .pingTimeout, .serverShuttingDown, .forcedServerClose,
        .sendBufferOverflow,
    ]
}
