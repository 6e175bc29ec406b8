@testable import SocketIOProtocol

/// What holds, whatever happens.
extension ChaosWorld {
    /// Whether nothing is under way any more, and all sockets are connected, as both sides believe.
    var isQuiet: Bool {
        agreementViolations().isEmpty
            && clients.allSatisfy { client in
                client.machine.isConnected && client.machine.bufferedPackets == 0 && client.machine.deadline == nil
            } && emissions.allSatisfy { !$0.asks || !$0.endings.isEmpty } && errands.isEmpty
            && clients.allSatisfy { client in
                client.session.map { server.sessions[$0].log.count == client.delivered[$0, default: []].count } ?? false
            }
    }

    /// What does not hold.
    func violations() -> [String] {
        var broken = faults + server.violations.map { "the server saw \($0)" }
        if !isQuiet { broken.append("something pends") }
        broken += acknowledgementViolations() + orderViolations() + eventViolations() + agreementViolations()
        return broken
    }

    /// Every ask ends once, nothing acknowledged is lost, and what fails was tried as often as promised.
    private func acknowledgementViolations() -> [String] {
        var broken: [String] = []
        for (number, emission) in emissions.enumerated() {
            if emission.asks, emission.endings.count != 1 {
                broken.append("\(number) ended \(emission.endings.count) times: \(emission.endings)")
            }
            switch emission.endings.first {
            case .answered(let value):
                if value != 2 * number + 1 { broken.append("\(number) was answered \(value ?? -1)") }
                if !server.effects.contains(number) { broken.append("\(number) was answered, and lost") }
            case .timedOut, .disconnected:
                if case .retried(let retries) = emission.kind, emission.sends != retries + 1 {
                    broken.append("\(number) failed after \(emission.sends) of \(retries + 1) times")
                }
            case .refused: if emission.sends > 0 { broken.append("\(number) was refused, and sent") }
            case .cancelled, nil: break
            }
            switch emission.kind {
            case .retried(let retries): if emission.sends > retries + 1 { broken.append("\(number) sent too often") }
            case .plain:
                if emission.sends != (emission.endings.isEmpty ? 1 : 0) {
                    broken.append("\(number) sent \(emission.sends) times")
                }
            case .volatile, .asked: if emission.sends > 1 { broken.append("\(number) sent twice") }
            }
        }
        return broken
    }

    /// Connection by connection, as each socket sent it: what is not retried in order and once, what is retried in order.
    private func orderViolations() -> [String] {
        var broken: [String] = []
        // Two connections may overtake each other; one follows the other for the client.
        let received = server.received.enumerated().sorted {
            ($0.element.connection, $0.offset) < ($1.element.connection, $1.offset)
        }
        for socket in clients.indices {
            var plain = -1
            var retried = -1
            for message in received.map(\.element.message) where emissions[message].socket == socket {
                if case .retried = emissions[message].kind {
                    if message < retried { broken.append("\(message) came behind \(retried)") }
                    retried = message
                } else {
                    if message <= plain { broken.append("\(message) came behind \(plain)") }
                    plain = message
                }
            }
        }
        return broken
    }

    /// Of each session a socket has received the beginning, in order, without a gap and once; also if it was recovered.
    private func eventViolations() -> [String] {
        var broken: [String] = []
        for (socket, client) in clients.enumerated() {
            if zip(client.events, client.events.dropFirst()).contains(where: { $0 >= $1 }) {
                broken.append("socket \(socket) received \(client.events)")
            }
            for (session, events) in client.delivered {
                let log = server.sessions[session].log
                if events != Array(log.prefix(events.count)) {
                    broken.append("socket \(socket) received \(events) of \(log)")
                }
            }
        }
        return broken
    }

    /// In the end both sides believe the same.
    private func agreementViolations() -> [String] {
        var broken: [String] = []
        for (socket, client) in clients.enumerated() {
            guard let engine, let session = server.session(Seat(connection: engine, namespace: socket)) else {
                broken.append("the server does not know socket \(socket)")
                continue
            }
            if session != client.session { broken.append("the server takes socket \(socket) for another") }
        }
        return broken
    }
}
