import EngineIOProtocol
import SIOBytes

/// The server's driver.
extension EnginePair {
    static let sessionID = "the session"

    mutating func serverSends(_ message: Message) {
        let action: EngineServerSession.SendAction?
        switch message {
        case .text(let bytes): action = serverSession?.send(text: bytes.span.bytes)
        case .binary(let bytes): action = serverSession?.send(binary: bytes.span.bytes)
        }
        switch action {
        case .write:
            server.sent.append(message)
            writeToClient(message.framed)
        case .buffered: server.sent.append(message)
        case .overflow, .closed, nil: break
        }
    }

    /// What the server does at the end of a turn of its loop.
    mutating func serverTurn() {
        while let action = serverSession?.nextAction() {
            switch action {
            case .respondPoll(let payload): answerGet(payload)
            case .abortPost: answerPost(status: 0)
            case .writeText(let bytes): writeToClient(.text(bytes))
            case .writeBinary(let bytes): writeToClient(.binary(bytes))
            case .closeWebSocket:
                guard let number = serverWebSocket else { continue }
                serverWebSocket = nil
                let arrival = max(lastToClient, clock.now + generator.duration(in: network.latency))
                at(arrival, .clientSeesClose(number))
            case .upgrading: break
            case .upgraded: server.isUpgraded = true
            case .closed(let reason, let fault):
                server.closed = reason
                server.fault = fault
            }
        }
        if let payload = serverSession?.flush() { answerGet(payload) }
    }

    mutating func reachServer(_ event: Event) {
        switch event {
        case .getArrives(let number, let sid): getArrived(number, sid)
        case .postArrives(let number, let sid, let body): postArrived(number, sid, body)
        case .postReceived(let number, let body):
            if serverPost == number { postReceived(body) }
        case .webSocketArrives(let number, let sid): webSocketArrived(number, sid)
        case .toServer(let number, let message):
            if serverWebSocket == number { messageArrived(message) }
        case .serverSeesClose(let number):
            guard serverWebSocket == number else { return }
            serverWebSocket = nil
            serverSession?.webSocketClosed(now: clock.now)
        default: break
        }
    }

    // MARK: Requests

    private func verdict(_ method: String, isUpgrade: Bool = false, _ transport: EngineTransport, _ sid: String?)
        -> EngineRequest.Verdict
    {
        let request = EngineRequest(method: method, isUpgrade: isUpgrade, transport: transport.rawValue, sid: sid)
        let isKnown = sid != nil && sid == Self.sessionID && serverSession != nil && server.closed == nil
        return request.verify(session: isKnown ? serverSession?.transport : nil, allowing: configuration.transports)
    }

    private mutating func openSession(_ transport: EngineTransport) {
        serverSession = EngineServerSession(
            id: Self.sessionID, transport: transport, configuration: configuration, now: clock.now)
        // A client that gives up its first transport and tries another begins anew.
        server = Side(isOpen: true)
    }

    private mutating func getArrived(_ number: Int, _ sid: String?) {
        switch verdict("GET", .polling, sid) {
        case .open(let transport): openSession(transport)
        case .poll: break
        default: return afterLatency(.getAnswered(number, status: 400, body: []))
        }
        switch serverSession?.pollArrived(now: clock.now) {
        case .respond(let payload): afterLatency(.getAnswered(number, status: 200, body: payload))
        case .hold: serverGet = number
        case .overlap, .refuse, nil: afterLatency(.getAnswered(number, status: 400, body: []))
        }
    }

    private mutating func answerGet(_ payload: [UInt8]) {
        guard let number = serverGet else { preconditionFailure("an answer without a GET") }
        serverGet = nil
        afterLatency(.getAnswered(number, status: 200, body: payload))
    }

    private mutating func postArrived(_ number: Int, _ sid: String?, _ body: [UInt8]) {
        guard case .post = verdict("POST", .polling, sid),
            case .accept? = serverSession?.postArrived(isBinary: false, now: clock.now)
        else { return afterLatency(.postAnswered(number, status: 400)) }
        serverPost = number
        afterLatency(.postReceived(number, body: body))
    }

    private mutating func postReceived(_ body: [UInt8]) {
        reading: while true {
            switch serverSession?.nextPacket(ofPost: body.span.bytes, now: clock.now) {
            case .message(let range): server.received.append(.text(Array(body[range])))
            case .binary(let bytes): server.received.append(.binary(bytes))
            case .ok:
                answerPost(status: 200)
                break reading
            case .abort:
                answerPost(status: 0)
                break reading
            case nil: break reading
            }
        }
    }

    private mutating func answerPost(status: Int) {
        guard let number = serverPost else { preconditionFailure("an answer without a POST") }
        serverPost = nil
        afterLatency(.postAnswered(number, status: status))
    }

    // MARK: The WebSocket

    private mutating func webSocketArrived(_ number: Int, _ sid: String?) {
        switch verdict("GET", isUpgrade: true, .websocket, sid) {
        case .open(let transport): openSession(transport)
        case .upgrade:
            guard case .accept? = serverSession?.webSocketArrived(now: clock.now) else {
                return afterLatency(.webSocketFailed(number))
            }
        default: return afterLatency(.webSocketFailed(number))
        }
        serverWebSocket = number
        let arrival = clock.now + generator.duration(in: network.latency)
        lastToClient = arrival
        at(arrival, .webSocketOpened(number))
    }

    private mutating func writeToClient(_ message: Message) {
        guard let number = serverWebSocket else { preconditionFailure("a message without a WebSocket") }
        if network.webSocket == .swallows { return }
        lastToClient = max(lastToClient, clock.now + generator.duration(in: network.latency))
        at(lastToClient, .toClient(number, message))
    }

    private mutating func messageArrived(_ message: Message) {
        switch message {
        case .text(let bytes):
            guard case .message? = serverSession?.textReceived(bytes.span.bytes, now: clock.now) else { return }
            server.received.append(.text(Array(bytes.dropFirst())))
        case .binary(let bytes):
            guard case .message? = serverSession?.binaryReceived(bytes.span.bytes, now: clock.now) else { return }
            server.received.append(.binary(bytes))
        }
    }
}

extension PacketQueue.Message {
    /// The message as it goes over a WebSocket.
    var framed: PacketQueue.Message {
        switch self {
        case .text(let bytes): .text([UInt8(ascii: "4")] + bytes)
        case .binary: self
        }
    }
}
