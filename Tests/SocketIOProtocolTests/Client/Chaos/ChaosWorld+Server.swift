import SocketIOTesting

@testable import SocketIOProtocol

/// The server's side of the world.
extension ChaosWorld {
    func serverReceives(_ message: EnginePair.Message, _ number: Int) {
        guard let packet = WirePacket(message) else { return faults.append("no packet") }
        note("server receives on \(number) \(packet)")
        let seat = Seat(connection: number, namespace: packet.namespace)
        switch packet.kind {
        case .connect:
            server.connectReceived(seat)
            later(
                .serverAnswersConnect(seat, packet, refuses: isTroubled(), greetings: greetings()),
                within: .milliseconds(happens(0.5) ? 0 : 40))
        case .disconnect: server.disconnectReceived(seat)
        case .event:
            guard let number = packet.value, let session = server.eventReceived(seat, number), let id = packet.id else {
                return
            }
            acknowledge(seat, session, id)
        case .ack: server.ackReceived(seat, packet.id ?? -1)
        case .connectError: faults.append("CONNECT_ERROR from a client")
        }
    }

    /// What a middleware sends before the client is in.
    private func greetings() -> [Int] {
        guard happens(0.2) else { return [] }
        return (0..<Int.random(in: 1...3, using: &random)).map { _ in
            lastEvent += 1
            return lastEvent
        }
    }

    /// Answers once as a rule, but also late, never or twice; never only where the client does not wait for ever.
    private func acknowledge(_ seat: Seat, _ session: Int, _ id: Int) {
        if emissions[id].hasTimeout, isTroubled() { return }
        let delay = Duration.milliseconds(isTroubled() ? 400 : 10)
        for _ in 0..<(isTroubled() ? 2 : 1) {
            later(.serverAcknowledges(seat, session: session, id: id), within: delay)
        }
    }

    /// What the server wants sent, leaves.
    func settleServer() {
        while !server.outbox.isEmpty || !server.broken.isEmpty {
            let outbox = server.outbox
            let broken = server.broken
            server.outbox = []
            server.broken = []
            for (number, packet) in outbox { perform(.serverSends(packet.message), on: number) }
            for number in broken { perform(.serverDiscards, on: number) }
        }
    }

    func carryOut(_ errand: Errand) {
        switch errand {
        case .prepared(let socket, let attempt, let fails): prepared(socket, attempt, fails: fails)
        case .answerQuestion(let socket, let connection, let id):
            guard clients[socket].machine.mayAnswer(connection) else { return }
            send(WirePacket(.ack, socket, id: id), from: socket)
        case .serverAnswersConnect(let seat, let request, let refuses, let greetings):
            server.answer(seat, request, refuses: refuses, greetings: greetings)
        case .serverAcknowledges(let seat, let session, let id):
            server.acknowledge(seat, session, id: id, value: 2 * id + 1)
        }
        settleServer()
        drain()
    }
}
