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
