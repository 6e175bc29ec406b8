import EngineIOProtocol
import SocketIOTesting

@testable import SocketIOProtocol

/// The client's driver, as simple as it can be.
extension ChaosWorld {
    // MARK: What the application does

    func emit(_ kind: Emission.Kind, _ socket: Int) {
        let number = emissions.count
        let isRetried = if case .retried = kind { true } else { false }
        let asks = kind == .asked || isRetried || (kind == .volatile && happens(0.5))
        // Without a timeout only who asks outright waits: a volatile packet may be lost, and a question is asked again.
        let hasTimeout = asks && (kind != .asked || happens(0.7))
        emissions.append(Emission(socket: socket, kind: kind, asks: asks, hasTimeout: hasTimeout))
        let timeout = hasTimeout ? random.duration(in: .milliseconds(20)...(.milliseconds(900))) : nil
        let ask = asks ? ClientModel.Machine.Ask(id: UInt64(number), asker: number, timeout: timeout) : nil
        let action: ClientModel.Machine.EmitAction
        switch kind {
        case .plain, .asked:
            action = clients[socket].machine.emit(number, size: 10, ask: ask, now: instant)
        case .volatile:
            action = clients[socket].machine.emit(
                number, size: 10, ask: ask, .volatile(isWritable: happens(0.8)), now: instant)
        case .retried(let retries):
            guard let ask else { return }
            action = clients[socket].machine.emit(number, size: 10, retries: retries, ask: ask, now: instant)
        }
        switch action {
        case .send: send(number)
        case .stored: if kind == .volatile { faults.append("a volatile packet waits") }
        case .dropped, .overflow:
            if action == .dropped, kind != .volatile { faults.append("dropped") }
            emissions[number].endings.append(.refused)
        }
        checkLimits(socket)
    }

    func cancelAny() {
        let waiting = emissions.indices.filter { emissions[$0].asks && emissions[$0].endings.isEmpty }
        guard let number = waiting.randomElement(using: &random) else { return }
        let asker = clients[emissions[number].socket].machine.cancel(UInt64(number), now: instant)
        guard asker == number else { return faults.append("\(number) was not to be cancelled") }
        emissions[number].endings.append(.cancelled)
    }

    private func checkLimits(_ socket: Int) {
        if !clients[socket].machine.keepsToLimits { faults.append("more is kept than may be") }
    }

    // MARK: What comes

    func clientReceives(_ message: EnginePair.Message, _ number: Int) {
        guard number == engine else { return }
        note("client receives \(String(describing: WirePacket(message)))")
        guard let packet = WirePacket(message) else { return faults.append("no packet") }
        let socket = packet.namespace
        switch packet.kind {
        case .connect:
            clients[socket].named = packet.id
            clients[socket].machine.connectReceived(
                id: packet.id.map { String($0) }, privateID: packet.value.map { String($0) }, now: instant)
        case .connectError: clients[socket].machine.connectErrorReceived("refused")
        case .disconnect: clients[socket].machine.disconnectReceived(now: instant)
        case .event:
            if let event = packet.value { clients[socket].connectsAtArrival[event] = clients[socket].connects }
            let offset = packet.offset.map { String($0) }
            let action = clients[socket].machine.eventReceived(packet, size: 10, offset: offset)
            if action == .deliver { deliver(packet, to: socket) }
        case .ack:
            guard let id = packet.id, let asker = clients[socket].machine.ackReceived(UInt64(id), now: instant) else {
                break
            }
            if asker != id { faults.append("the answer to \(id) is for \(asker)") }
            emissions[asker].endings.append(.answered(packet.value))
        }
        checkLimits(socket)
        drain()
    }

    private func deliver(_ packet: WirePacket, to socket: Int) {
        guard clients[socket].isConnected else { return faults.append("an event without connect") }
        if let event = packet.value {
            guard let session = packet.session,
                session == clients[socket].session || clients[socket].mayHear(event, of: session)
            else { return faults.append("an event of another session") }
            clients[socket].events.append(event)
            clients[socket].delivered[session, default: []].append(event)
        } else if let id = packet.id {
            let connection = clients[socket].machine.connection
            // Long enough for another connection to be there.
            let delay = Duration.milliseconds(happens(0.5) ? 30 : 800)
            later(.answerQuestion(socket: socket, connection: connection, id: id), within: delay)
        }
    }

    // MARK: What the machines want

    private var activeClients: Int {
        var count = 0
        for socket in clients.indices where clients[socket].machine.isActive { count += 1 }
        return count
    }

    /// Carries out what the machines want until they want no more.
    func drain() {
        var isDone = false
        while !isDone {
            isDone = true
            for socket in clients.indices {
                while let action = clients[socket].machine.nextAction() {
                    isDone = false
                    carryOut(action, of: socket)
                }
            }
            // Behind what sockets send, a DISCONNECT for instance.
            manager.socketsChanged(active: activeClients, now: instant)
            while let action = manager.nextAction() {
                isDone = false
                carryOut(action)
            }
        }
    }

    private func carryOut(_ action: ManagerMachine<String>.Action) {
        note("manager: \(action)")
        switch action {
        case .openEngine(let number):
            if engine != nil { faults.append("two engines") }
            engine = number
            openLine(number)
        case .closeEngine(let number):
            if engine != number { faults.append("closes an engine that is not there") }
            engine = nil
            perform(.clientCloses, on: number)
        case .opened:
            for socket in clients.indices {
                clients[socket].left = []
                clients[socket].machine.transportOpened()
            }
        case .failed(let failure):
            if case .engine = failure { engine = nil }
            for socket in clients.indices { clients[socket].machine.transportFailed("failed") }
        case .closed(let reason, let failure):
            if failure != nil { engine = nil }
            for socket in clients.indices { clients[socket].machine.transportClosed(reason, now: instant) }
        case .reconnectAttempt, .reconnectError, .reconnectFailed, .reconnected: break
        }
    }

    private func carryOut(_ action: ClientModel.Machine.Action, of socket: Int) {
        note("socket \(socket): \(action)")
        switch action {
        case .prepareConnect(let attempt):
            let delay = Duration.milliseconds(happens(0.5) ? 0 : 40)
            if delay == .zero {
                prepared(socket, attempt, fails: isTroubled())
            } else {
                later(.prepared(socket: socket, attempt: attempt, fails: isTroubled()), within: delay)
            }
        case .send(let number):
            send(number)
            // Somebody who listens to what is sent.
            if happens(0.1) { emit(.plain, socket) }
        case .sendDisconnect:
            if let session = clients[socket].named { clients[socket].left.insert(session) }
            send(WirePacket(.disconnect, socket), from: socket)
        case .closeTransport(let reason):
            guard let engine else { return }
            manager.giveUp(engine, reason, reason.rawValue, now: instant, using: &random)
        case .connected(let recovered): connected(socket, recovered)
        case .connectFailed, .connectWithdrawn:
            if clients[socket].isConnected { faults.append("a failed attempt of a connected socket") }
        case .deliver(let packet): deliver(packet, to: socket)
        case .disconnected(let reason, _):
            if !clients[socket].isConnected { faults.append("disconnected, and was not connected") }
            clients[socket].isConnected = false
            if happens(0.1) { emit(.plain, socket) }
            if reason == .serverDisconnect, happens(0.5) { clients[socket].machine.connect() }
        case .fail(let number, let failure):
            emissions[number].endings.append(failure == .timedOut ? .timedOut : .disconnected)
            // An application may do anything when it is told something.
            if happens(0.1) { emit(.asked, socket) }
        }
    }

    private func connected(_ socket: Int, _ recovered: Bool) {
        if clients[socket].isConnected { faults.append("connected twice") }
        clients[socket].isConnected = true
        let session = clients[socket].machine.id.flatMap { Int($0) }
        if let session, recovered != (clients[socket].session == session) { faults.append("recovered is wrong") }
        clients[socket].session = session ?? clients[socket].session
        if recovered { clients[socket].recoveries += 1 }
        if happens(0.2) { emit(.plain, socket) }
    }

    func prepared(_ socket: Int, _ attempt: Int, fails: Bool) {
        if fails { return clients[socket].machine.connectUnprepared(attempt, "auth") }
        guard case .sendConnect(let recovery) = clients[socket].machine.connectPrepared(attempt) else { return }
        clients[socket].connects += 1
        send(
            WirePacket(
                .connect, socket, id: recovery.flatMap { Int($0.privateID) },
                value: recovery?.offset.flatMap { Int($0) }),
            from: socket)
    }

    private func send(_ number: Int) {
        if !emissions[number].endings.isEmpty { faults.append("\(number) is sent behind its end") }
        emissions[number].sends += 1
        let emission = emissions[number]
        send(
            WirePacket(.event, emission.socket, id: emission.asks ? number : nil, value: number), from: emission.socket)
    }

    func send(_ packet: WirePacket, from socket: Int) {
        guard let engine, let place = place(ofLine: engine) else { return faults.append("sends without an engine") }
        if !lines[place].pair.client.isOpen { faults.append("sends before the engine is open") }
        note("client sends \(packet)")
        perform(.clientSends(packet.message), on: engine)
    }
}
