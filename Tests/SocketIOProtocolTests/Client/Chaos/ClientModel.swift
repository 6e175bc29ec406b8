import SocketIOTesting

@testable import SocketIOProtocol

/// One of the client's sockets, and what the application saw of it.
struct ClientModel {
    typealias Machine = ClientSocketMachine<Int, WirePacket, Int, String>

    var machine: Machine
    /// Whether the application believes the socket to be connected.
    var isConnected = false
    /// The events that were delivered, by session.
    var delivered: [Int: [Int]] = [:]
    /// The events that were delivered, all.
    var events: [Int] = []
    /// The session before.
    var session: Int?
    /// The session that the server's last CONNECT named.
    var named: Int?
    /// The sessions that the client has left with a DISCONNECT, on this connection.
    var left: Set<Int> = []
    /// How many CONNECTs were sent, and how many of them when each event came.
    var connects = 0
    var connectsAtArrival: [Int: Int] = [:]

    /// Whether an event may be delivered that is not meant for the session.
    ///
    /// What was under way to one that the client has left is taken for the next one's, because an event does not say whose it
    /// is; but nothing that came before that was asked for.
    func mayHear(_ event: Int, of session: Int) -> Bool {
        left.contains(session) && connectsAtArrival[event] == connects
    }
    /// How often the session was recovered.
    var recoveries = 0

    init(limits: ClientSocketLimits) {
        machine = Machine(limits: limits)
    }
}

extension ClientSocketMachine {
    /// Whether no more is kept than may be.
    var keepsToLimits: Bool {
        buffer.count <= limits.bufferedPackets && buffer.bytes <= limits.bufferedBytes
            && questions.count <= limits.queuedPackets && questionBytes <= limits.queuedBytes
            && sentAsks.count + unsentAsks.count <= limits.acknowledgements && held.count <= limits.heldEvents
            && (questions.count > 0 || questionBytes == 0)
    }
}

/// What the application sent, and what it heard of it.
struct Emission {
    enum Kind: Equatable {
        case plain
        case volatile
        case asked
        case retried(Int)
    }

    /// How the wait for an acknowledgement ended.
    enum Ending: Equatable {
        case answered(Int?)
        case timedOut
        case disconnected
        case cancelled
        /// The machine did not take it.
        case refused
    }

    let socket: Int
    let kind: Kind
    let asks: Bool
    let hasTimeout: Bool
    var endings: [Ending] = []
    /// How often the packet was sent.
    var sends = 0
}
