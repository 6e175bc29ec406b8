import EngineIOProtocol
import SIOBytes

/// The client's driver.
extension EnginePair {
    mutating func clientSends(_ message: Message) {
        let action: EngineClientSession.SendAction
        switch message {
        case .text(let bytes): action = clientSession.send(text: bytes.span.bytes)
        case .binary(let bytes): action = clientSession.send(binary: bytes.span.bytes)
        }
        switch action {
        case .write:
            client.sent.append(message)
            writeToServer(message.framed)
        case .buffered: client.sent.append(message)
        case .overflow, .closed: break
        }
    }

    /// What the client does at the end of a turn of its loop.
    mutating func clientTurn() {
        while let action = clientSession.nextAction() {
            switch action {
            case .poll:
                serial += 1
                clientGet = serial
                afterLatency(.getArrives(serial, sid: clientSession.id))
            case .post(let body): post(body)
            case .abortRequests: abortRequests()
            case .openWebSocket: openWebSocket()
            case .writeText(let bytes): writeToServer(.text(bytes))
            case .writeBinary(let bytes): writeToServer(.binary(bytes))
            case .closeWebSocket:
                guard let number = clientWebSocket else { continue }
                clientWebSocket = nil
                let arrival = max(lastToServer, clock.now + generator.duration(in: network.latency))
                at(arrival, .serverSeesClose(number))
            case .opened: client.isOpen = true
            case .upgraded: client.isUpgraded = true
            case .upgradeFailed: break
            case .closed(let reason, let fault):
                client.closed = reason
                client.fault = fault
            }
        }
        if let body = clientSession.flush() { post(body) }
    }

    mutating func reachClient(_ event: Event) {
        switch event {
        case .getAnswered(let number, let status, let body):
            guard clientGet == number else { return }
            clientGet = nil
            if status == 200 { read(body) } else { clientSession.pollFailed(now: clock.now) }
        case .postAnswered(let number, let status):
            guard clientPost == number else { return }
            clientPost = nil
            if status == 200 {
                clientSession.postCompleted(now: clock.now)
            } else {
                clientSession.postFailed(now: clock.now)
            }
        case .webSocketOpened(let number):
            if clientWebSocket == number { clientSession.webSocketOpened(now: clock.now) }
        case .webSocketFailed(let number):
            guard clientWebSocket == number else { return }
            clientWebSocket = nil
            clientSession.webSocketFailed(now: clock.now)
        case .clientSeesClose(let number):
            guard clientWebSocket == number else { return }
            clientWebSocket = nil
            clientSession.webSocketClosed(now: clock.now)
        case .toClient(let number, let message):
            if clientWebSocket == number { messageArrived(message) }
        default: break
        }
    }

    // MARK: Requests

    private mutating func post(_ body: [UInt8]) {
        serial += 1
        clientPost = serial
        afterLatency(.postArrives(serial, sid: clientSession.id, body: body))
    }

    private mutating func read(_ body: [UInt8]) {
        while true {
            switch clientSession.nextPacket(ofPoll: body.span.bytes, now: clock.now) {
            case .message(let range): client.received.append(.text(Array(body[range])))
            case .binary(let bytes): client.received.append(.binary(bytes))
            case .finished: return
            }
        }
    }

    /// The server sees the connections close at once: it makes no difference to what the client learns.
    private mutating func abortRequests() {
        if let number = clientGet, serverGet == number {
            serverGet = nil
            serverSession?.pollAborted(now: clock.now)
        }
        if let number = clientPost, serverPost == number {
            serverPost = nil
            serverSession?.postAborted(now: clock.now)
        }
        clientGet = nil
        clientPost = nil
        serverTurn()
    }

    // MARK: The WebSocket

    private mutating func openWebSocket() {
        serial += 1
        clientWebSocket = serial
        lastToServer = clock.now
        switch network.webSocket {
        case .opens, .swallows: afterLatency(.webSocketArrives(serial, sid: clientSession.id))
        case .refused: afterLatency(.webSocketFailed(serial))
        case .neverOpens: break
        }
    }

    private mutating func writeToServer(_ message: Message) {
        guard let number = clientWebSocket else { preconditionFailure("a message without a WebSocket") }
        if network.webSocket == .swallows { return }
        lastToServer = max(lastToServer, clock.now + generator.duration(in: network.latency))
        at(lastToServer, .toServer(number, message))
    }

    private mutating func messageArrived(_ message: Message) {
        switch message {
        case .text(let bytes):
            guard case .message = clientSession.textReceived(bytes.span.bytes, now: clock.now) else { return }
            client.received.append(.text(Array(bytes.dropFirst())))
        case .binary(let bytes):
            guard case .message = clientSession.binaryReceived(now: clock.now) else { return }
            client.received.append(.binary(bytes))
        }
    }
}
