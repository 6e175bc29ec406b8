/// A Socket.IO server, reduced to what a client's promises depend on: who is in which namespace, what was sent to whom, and
/// with recovery who may come back to what.
struct ServerModel {
    /// What the server calls a socket; its number is `sid` and `pid`.
    struct Session {
        let namespace: Int
        /// All events that were ever meant for it, in order; an event's offset is its number.
        var log: [Int] = []
        /// The connection that it is on.
        var connection: Int?
        /// Nobody can come back to it.
        var isOver = false
    }

    /// A socket's place on a connection.
    struct Seat: Hashable, Comparable {
        var connection: Int
        var namespace: Int

        static func < (left: Seat, right: Seat) -> Bool {
            (left.connection, left.namespace) < (right.connection, right.namespace)
        }
    }

    /// Who has said CONNECT: the session is nil until it is let in.
    private var seats: [Seat: Int?] = [:]
    /// Where a client may not know yet that the server made it leave.
    private var kicked: Set<Seat> = []
    private(set) var sessions: [Session] = []
    /// The seats where each question was asked.
    private var questions: [Int: Set<Seat>] = [:]

    let recovers: Bool
    /// The events of clients, in the order of their arrival.
    private(set) var received: [(connection: Int, message: Int)] = []
    /// What was done, once for each id.
    private(set) var effects: Set<Int> = []
    /// What a client must never do.
    private(set) var violations: [String] = []
    /// What is to be sent.
    var outbox: [(connection: Int, packet: WirePacket)] = []
    /// The connections that are to be broken off.
    var broken: [Int] = []

    init(recovers: Bool) {
        self.recovers = recovers
    }

    /// The session that is at home there.
    func session(_ seat: Seat) -> Int? { seats[seat] ?? nil }

    var memberCount: Int { sessions.count { $0.connection != nil } }

    // MARK: What clients say

    /// A client wants to come in, and is to be answered.
    mutating func connectReceived(_ seat: Seat) {
        if seats.keys.contains(seat) {
            violations.append("CONNECT twice")
            broken.append(seat.connection)
        } else {
            seats.updateValue(nil, forKey: seat)
        }
    }

    /// The client is let in, or refused.
    ///
    /// - Parameters:
    ///   - seat: Where.
    ///   - request: What it said in its CONNECT.
    ///   - refuses: Whether it is refused.
    ///   - greetings: Events that a middleware sends to a new client before it is in.
    mutating func answer(_ seat: Seat, _ request: WirePacket, refuses: Bool, greetings: [Int]) {
        guard seats.keys.contains(seat), session(seat) == nil else { return }
        if refuses {
            seats[seat] = nil
            outbox.append((seat.connection, WirePacket(.connectError, seat.namespace)))
            return
        }
        let number = comeBack(seat, request) ?? begin(seat, greetings)
        seats.updateValue(number, forKey: seat)
        outbox.append(
            (seat.connection, WirePacket(.connect, seat.namespace, id: number, value: recovers ? number : nil)))
    }

    private mutating func comeBack(_ seat: Seat, _ request: WirePacket) -> Int? {
        guard recovers, let number = request.id, !sessions[number].isOver else { return nil }
        let offset = request.value ?? 0
        guard sessions[number].namespace == seat.namespace else { return nil }
        if let stale = sessions[number].connection {
            // The old connection lives on here: it is ended first.
            connectionEnded(stale)
            broken.append(stale)
        }
        sessions[number].connection = seat.connection
        for place in sessions[number].log.indices where sessions[number].log[place] > offset { send(number, place) }
        return number
    }

    private mutating func begin(_ seat: Seat, _ greetings: [Int]) -> Int {
        let number = sessions.count
        sessions.append(Session(namespace: seat.namespace, log: greetings, connection: seat.connection))
        for place in greetings.indices { send(number, place) }
        return number
    }

    private mutating func send(_ number: Int, _ place: Int) {
        let session = sessions[number]
        guard let connection = session.connection else { return }
        let event = session.log[place]
        outbox.append(
            (
                connection,
                WirePacket(
                    .event, session.namespace, value: event, offset: recovers ? event : nil, session: number)
            ))
    }

    /// A client leaves.
    mutating func disconnectReceived(_ seat: Seat) {
        guard let number = session(seat) else { return stranger(seat, "DISCONNECT") }
        seats[seat] = nil
        sessions[number].connection = nil
        sessions[number].isOver = true
    }

    /// An event of a client.
    ///
    /// - Returns: The session that it came from.
    mutating func eventReceived(_ seat: Seat, _ message: Int) -> Int? {
        guard let number = session(seat) else {
            stranger(seat, "EVENT \(message)")
            return nil
        }
        received.append((seat.connection, message))
        effects.insert(message)
        return number
    }

    mutating func ackReceived(_ seat: Seat, _ id: Int) {
        guard session(seat) != nil else { return stranger(seat, "ACK") }
        if questions[id, default: []].remove(seat) == nil { violations.append("ACK \(id) of another connection") }
    }

    /// Somebody talks who is not in: the connection is ended for it.
    private mutating func stranger(_ seat: Seat, _ what: String) {
        if !kicked.contains(seat) { violations.append("\(what) without CONNECT") }
        broken.append(seat.connection)
    }

    // MARK: What the server does

    /// Answers an event, if its client is still there.
    mutating func acknowledge(_ seat: Seat, _ session: Int, id: Int, value: Int) {
        guard self.session(seat) == session else { return }
        outbox.append((seat.connection, WirePacket(.ack, seat.namespace, id: id, value: value)))
    }

    /// Sends an event to all in a namespace, and those who may come back.
    mutating func emit(_ event: Int, to namespace: Int) {
        for number in sessions.indices where sessions[number].namespace == namespace && !sessions[number].isOver {
            guard recovers || sessions[number].connection != nil else { continue }
            sessions[number].log.append(event)
            send(number, sessions[number].log.count - 1)
        }
    }

    /// Asks all in a namespace.
    mutating func ask(_ id: Int, in namespace: Int) {
        for seat in seats.keys.sorted() where seat.namespace == namespace && session(seat) != nil {
            questions[id, default: []].insert(seat)
            outbox.append((seat.connection, WirePacket(.event, namespace, id: id)))
        }
    }

    /// Makes all leave a namespace.
    mutating func kick(from namespace: Int) {
        for seat in seats.keys.sorted() where seat.namespace == namespace {
            guard let number = session(seat) else { continue }
            seats[seat] = nil
            kicked.insert(seat)
            sessions[number].connection = nil
            sessions[number].isOver = true
            outbox.append((seat.connection, WirePacket(.disconnect, namespace)))
        }
    }

    mutating func connectionEnded(_ connection: Int) {
        for seat in seats.keys.sorted() where seat.connection == connection {
            let number = session(seat)
            seats[seat] = nil
            guard let number else { continue }
            sessions[number].connection = nil
            if !recovers { sessions[number].isOver = true }
        }
    }

    /// The server forgets all but what it has done.
    mutating func restart() {
        broken.append(contentsOf: Set(seats.keys.map(\.connection)).sorted())
        seats = [:]
        questions = [:]
        for number in sessions.indices {
            sessions[number].connection = nil
            sessions[number].isOver = true
        }
    }
}
